package portfolio_test

import (
	"testing"
	"time"

	"kaft/portfolio"
)

func TestARequestIsAnsweredWithinFourWeeksOrTheMonthOfTheLaw(t *testing.T) {
	for _, test := range []struct {
		why              string
		asked            portfolio.Date
		due, first, long portfolio.Date // the answer, the last day to say it takes longer, the answer then
	}{
		{"four weeks are sooner than a month", 20260904, 20261002, 20261005, 20261204},
		{"February: four weeks are the month", 20270202, 20270302, 20270302, 20270503},
		{"29 February is not there: 28, a Sunday", 20270129, 20270226, 20270301, 20270429},
		{"31 January in a leap year: 29 February", 20280131, 20280228, 20280229, 20280501},
		{"31 January: 28 February, a Sunday", 20270131, 20270301, 20270301, 20270430},
		{"asked on 29 February", 20280229, 20280328, 20280329, 20280529},
		{"three months on is a day that is not there", 20261130, 20261228, 20261230, 20270301},
		{"a Saturday", 20260905, 20261005, 20261005, 20261207},
		{"a Sunday", 20260906, 20261005, 20261006, 20261207},
		{"Christmas, and the Sunday after it", 20261127, 20261228, 20261228, 20270301},
		{"New Year on a Friday", 20261204, 20270104, 20270104, 20270304},
		{"Good Friday to the Tuesday after Easter", 20270226, 20270330, 20270330, 20270526},
		{"Easter Monday", 20270301, 20270330, 20270401, 20270601},
		{"King's day on a Tuesday", 20270330, 20270428, 20270430, 20270630},
		{"King's day kept on 26 April, a Saturday, as 27 is a Sunday", 20250329, 20250428, 20250429, 20250630},
		{"5 May", 20270407, 20270507, 20270507, 20270707}, // 5 May and Ascension, 6 May
		{"Ascension", 20260416, 20260515, 20260518, 20260716},
		{"Whit Monday", 20260427, 20260526, 20260527, 20260727},
		{"across the begin of summer time", 20270312, 20270409, 20270412, 20270614},
		{"across its end", 20261009, 20261106, 20261109, 20270111},
	} {
		got := []portfolio.Date{portfolio.Deadline(test.asked), portfolio.ExtendBy(test.asked), portfolio.ExtendedDeadline(test.asked)}
		for i, want := range []portfolio.Date{test.due, test.first, test.long} {
			if got[i] != want {
				t.Errorf("%s: asked on %v: date %d is %v, want %v", test.why, test.asked, i+1, got[i], want)
			}
		}
	}
}

func TestNoDeadlineIsLaterThanTheLawOrOnADayOfRest(t *testing.T) {
	for d := portfolio.Date(20240101); d < 20340101; d = d.AddDays(1) {
		due, first, long := portfolio.Deadline(d), portfolio.ExtendBy(d), portfolio.ExtendedDeadline(d)
		if due > first || first >= long || due <= d {
			t.Fatalf("asked on %v: %v, %v, %v", d, due, first, long)
		}
		for _, x := range []portfolio.Date{due, first, long} {
			if day := x.Start().Weekday(); day == time.Saturday || day == time.Sunday {
				t.Fatalf("asked on %v: %v is a %v", d, x, day)
			}
		}
	}
}

// The dates are those of the calendar that the churches and Rijksoverheid print.
func TestDeadlinesKeepClearOfTheHolidaysOfEachYear(t *testing.T) {
	for _, holiday := range []portfolio.Date{
		20240329, 20240401, 20240509, 20240520, 20250418, 20250421, 20250505, 20250529, 20250609,
		20260403, 20260406, 20260427, 20260505, 20260514, 20260525, 20270326, 20270329, 20270427, 20270505, 20270506, 20270517,
		20280414, 20280417, 20280525, 20280605, 20380423, 20380426, 20240101, 20241225, 20241226,
	} {
		if due := portfolio.Deadline(holiday.AddDays(-28)); due <= holiday {
			t.Errorf("a deadline on %v, a holiday", due)
		}
		if day := holiday.AddDays(-3); portfolio.Deadline(day.AddDays(-28)) < day {
			t.Errorf("a deadline before its time: %v", day)
		}
	}
}

func TestTheDayOfAskingIsThatOfAmsterdam(t *testing.T) {
	late := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC) // the 23rd at school
	if got, want := portfolio.Deadline(portfolio.DateOf(late)), portfolio.Date(20261221); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
