package portfolio

import (
	"encoding/json"
	"testing"
	"time"
)

func TestDatesBeginInAmsterdam(t *testing.T) {
	for _, tt := range []struct {
		at   string
		want Date
	}{
		{"2026-06-30T21:59:59Z", 20260630}, // summer: two hours ahead
		{"2026-06-30T22:00:00Z", 20260701},
		{"2026-11-30T22:59:59Z", 20261130}, // winter: one hour ahead
		{"2026-11-30T23:00:00Z", 20261201},
		{"2026-03-28T22:59:59Z", 20260328}, // the night the clocks go forward
		{"2026-03-28T23:00:00Z", 20260329},
		{"2026-03-29T21:59:59Z", 20260329},
		{"2026-03-29T22:00:00Z", 20260330},
		{"2026-10-24T22:00:00Z", 20261025}, // the night they go back: a day of 25 hours
		{"2026-10-25T22:59:59Z", 20261025},
		{"2026-10-25T23:00:00Z", 20261026},
		{"2026-12-31T18:00:00-05:00", 20270101}, // from elsewhere
		{"2040-06-30T22:00:00Z", 20400701},      // after the zone tables end
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(at); got != tt.want {
			t.Errorf("DateOf(%s) = %v, want %v", tt.at, got, tt.want)
		}
	}
}

func TestEveryDateBeginsOnItselfAndNotBefore(t *testing.T) {
	days := 0
	for d := Date(20240101); d < 20280101; d = d.AddDays(1) {
		start := d.Start()
		if got := DateOf(start); got != d {
			t.Errorf("%v starts on %v", d, got)
		}
		if got := DateOf(start.Add(-1)); got != d.AddDays(-1) {
			t.Errorf("a nanosecond before %v it is %v", d, got)
		}
		if y, m, day := d.split(); d.String() != time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) {
			t.Errorf("%d is written %s", d, d)
		}
		days++
	}
	if days != 366+365+365+365 {
		t.Errorf("walked %d days", days)
	}
}

func TestADateMovesByYears(t *testing.T) {
	for _, tt := range []struct {
		from  Date
		years int
		want  Date
	}{
		{20100701, 16, 20260701},
		{20080229, 16, 20240229}, // a leap year has the day
		{20080229, 18, 20260301}, // a common year has not
		{20240229, 2, 20260301},
		{20840229, 16, 21000301}, // 2100 is a common year
		{19840229, 16, 20000229}, // 2000 is a leap year
		{20080228, 18, 20260228},
		{20080301, 18, 20260301},
		{20080329, 18, 20260329},
		{20261231, 0, 20261231},
	} {
		if got := tt.from.AddYears(tt.years); got != tt.want {
			t.Errorf("%v and %d years is %v, want %v", tt.from, tt.years, got, tt.want)
		}
	}
}

func TestADateMovesByDays(t *testing.T) {
	for _, tt := range []struct {
		from Date
		days int
		want Date
	}{
		{20260328, 1, 20260329},
		{20260329, 1, 20260330},
		{20261025, 1, 20261026},
		{20261231, 1, 20270101},
		{20240228, 1, 20240229},
		{20250228, 1, 20250301},
		{20260301, -1, 20260228},
	} {
		if got := tt.from.AddDays(tt.days); got != tt.want {
			t.Errorf("%v and %d days is %v, want %v", tt.from, tt.days, got, tt.want)
		}
	}
}

func TestParseDateRefusesWhatIsNoDate(t *testing.T) {
	for _, s := range []string{
		"2026-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-1", "26-01-01", "2026", "2026-01", "01-02-2026",
		"2026/01/02", " 2026-01-02", "2026-01-02 ", "2026-01-02T00:00:00Z", "+2026-01-02", "-2026-01-02", "20260102", "12026-01-02", "٢٠٢٦-٠١-٠٢", "2026-01-02\n", "nil",
	} {
		if d, err := ParseDate(s); err == nil || KindOf(err) != Invalid || d != 0 {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
	for s, want := range map[string]Date{"": 0, "2026-01-02": 20260102, "2024-02-29": 20240229, "0001-01-01": 10101, "9999-12-31": 99991231} {
		if d, err := ParseDate(s); err != nil || d != want || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
}

func TestABirthDateMayBePartlyUnknown(t *testing.T) {
	for s, want := range map[string]Birth{
		"":           {},
		"2010":       {20100101, 20101231},
		"2010-02":    {20100201, 20100228},
		"2012-02":    {20120201, 20120229},
		"2010-12":    {20101201, 20101231},
		"2010-07-01": {20100701, 20100701},
		"2012-02-29": {20120229, 20120229},
	} {
		if b, err := ParseBirth(s); err != nil || b != want || b.String() != s {
			t.Errorf("ParseBirth(%q) = %v (%d-%d), %v", s, b, b.Earliest, b.Latest, err)
		}
	}
	for _, s := range []string{"10", "2010-", "2010-7", "2010-13", "2010-00", "2010-02-30", "2010-02-", "2010-02-01-01", "-", "--", "201", "20100", "twenty", "2010 ", "+201"} {
		if b, err := ParseBirth(s); err == nil || KindOf(err) != Invalid || b != (Birth{}) {
			t.Errorf("ParseBirth(%q) = %v, %v", s, b, err)
		}
	}
}

func TestDatesInJSON(t *testing.T) {
	var s Student
	in := `{"id":"s1","birth":"2010-07","left":null,"retention_end":"2026-02-28"}`
	if err := json.Unmarshal([]byte(in), &s); err != nil {
		t.Fatal(err)
	}
	if want := (Student{ID: "s1", Birth: Birth{20100701, 20100731}, RetentionEnd: 20260228}); s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	out, err := json.Marshal(s)
	if want := `{"id":"s1","birth":"2010-07","retention_end":"2026-02-28"}`; err != nil || string(out) != want {
		t.Errorf("got %s, %v, want %s", out, err, want)
	}
}
