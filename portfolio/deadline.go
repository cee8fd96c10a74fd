package portfolio

import "time"

// By when a request must be answered. Everything counts in civil dates of
// Amsterdam, so that a change of the clock moves nothing.
//
// The day of asking is not counted: a period of weeks or months ends with the
// day that has the same name or date as the day it runs from (Regulation
// 1182/71 art. 3(1) and 3(2)(c)). What ends on a Saturday, a Sunday or a
// holiday ends with the next working day (there art. 3(4); for the school's own
// term as for one of the law, Algemene termijnenwet art. 1(1)). The days that
// the Crown adds for a year or three (there art. 3(3)) are not known here: the
// deadline is then earlier than the law's, never later.

// RequestDue is the school's own term, in days: 4 weeks. The deadline is never
// later than the month of the law.
const RequestDue = 28

// minWords is how short a sentence of somebody who decides can be, in signs.
const minWords = 20

// Deadline is the last day for the answer to what was asked on a date: the
// earlier of 4 weeks and the month of AVG 12(3).
func Deadline(asked Date) Date {
	return workingDay(min(asked.AddDays(RequestDue), asked.AddMonths(1)))
}

// ExtendBy is the last day on which the school can still say that it needs
// longer: within the first month (AVG 12(3)).
func ExtendBy(asked Date) Date { return workingDay(asked.AddMonths(1)) }

// ExtendedDeadline is the last day for the answer when the school needs longer:
// two further months (AVG 12(3)), three from the day of asking.
func ExtendedDeadline(asked Date) Date { return workingDay(asked.AddMonths(3)) }

// AddMonths moves the date n months on. Where that month has no such day it is
// its last (Regulation 1182/71 art. 3(2)(c)).
func (d Date) AddMonths(n int) Date {
	y, m, day := d.split()
	last := time.Date(y, time.Month(m+n+1), 0, 0, 0, 0, 0, time.UTC)
	return date(last.Year(), int(last.Month()), min(day, last.Day()))
}

// daysTo is how many days there are from a date to another, below 0 for one
// before it.
func (d Date) daysTo(other Date) int {
	y, m, day := d.split()
	oy, om, oday := other.split()
	from := time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC)
	return int(time.Date(oy, time.Month(om), oday, 0, 0, 0, 0, time.UTC).Sub(from) / (24 * time.Hour))
}

// workingDay is the date itself, or the first after it on which people work.
func workingDay(d Date) Date {
	for d.weekend() || d.holiday() {
		d = d.AddDays(1)
	}
	return d
}

func (d Date) weekday() time.Weekday {
	y, m, day := d.split()
	return time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC).Weekday()
}

func (d Date) weekend() bool { return d.weekday() == time.Saturday || d.weekday() == time.Sunday }

// holiday tells whether a date is a generally recognised holiday, or Good
// Friday (Algemene termijnenwet art. 3(1) and (2)).
func (d Date) holiday() bool {
	y, _, _ := d.split()
	easter := easterOf(y)
	for _, h := range []Date{
		date(y, 1, 1),
		easter.AddDays(-2), // Good Friday
		easter.AddDays(1),
		kingsDay(y),
		date(y, 5, 5),
		easter.AddDays(39), // Ascension
		easter.AddDays(50), // Whit Monday
		date(y, 12, 25), date(y, 12, 26),
	} {
		if d == h {
			return true
		}
	}
	return false
}

// kingsDay is the day on which the King's birthday is kept: 27 April, or the
// day before when that is a Sunday.
func kingsDay(year int) Date {
	d := date(year, 4, 27)
	if d.weekday() == time.Sunday {
		return d.AddDays(-1)
	}
	return d
}

// easterOf is Easter Sunday in the Gregorian calendar: the Sunday after the
// full moon of the church's reckoning, by the method of Meeus and Butcher.
func easterOf(year int) Date {
	golden, century, rest := year%19, year/100, year%100
	moon := (19*golden + century - century/4 - (century-(century+8)/25+1)/3 + 15) % 30
	sunday := (32 + 2*(century%4) + 2*(rest/4) - moon - rest%4) % 7
	late := (golden + 11*moon + 22*sunday) / 451
	n := moon + sunday - 7*late + 114
	return date(year, n/31, n%31+1)
}
