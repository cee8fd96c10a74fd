package portfolio

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a school's machine may have no zone files
)

// Amsterdam is the zone in which a school's days begin and end.
var Amsterdam = mustZone("Europe/Amsterdam")

func mustZone(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // tzdata is embedded: cannot happen
	}
	return l
}

// Date is a civil date in Europe/Amsterdam, as the number yyyymmdd, so that
// dates compare as numbers. Zero is no date.
type Date int32

// DateOf is the civil date in Amsterdam at t.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Amsterdam).Date()
	return date(y, int(m), d)
}

// ParseDate reads "2010-07-01". An empty string is no date. Error kind:
// Invalid.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, &Error{Kind: Invalid, Msg: "error.date", Args: map[string]any{"Date": s}, Err: err}
	}
	return date(t.Year(), int(t.Month()), t.Day()), nil
}

func date(y, m, d int) Date { return Date(y*10000 + m*100 + d) }

func (d Date) split() (y, m, day int) { return int(d) / 10000, int(d) / 100 % 100, int(d) % 100 }

// String is "2010-07-01", or "" for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	y, m, day := d.split()
	return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
}

// Start is the instant at which the date begins in Amsterdam.
func (d Date) Start() time.Time {
	y, m, day := d.split()
	return time.Date(y, time.Month(m), day, 0, 0, 0, 0, Amsterdam)
}

// AddYears moves the date n years on; 29 February becomes 1 March where the
// year has none (RULE.md).
func (d Date) AddYears(n int) Date {
	y, m, day := d.split()
	y += n
	if m == 2 && day == 29 && !leap(y) {
		return date(y, 3, 1)
	}
	return date(y, m, day)
}

// AddDays moves the date n days on.
func (d Date) AddDays(n int) Date {
	y, m, day := d.split()
	t := time.Date(y, time.Month(m), day+n, 0, 0, 0, 0, time.UTC)
	return date(t.Year(), int(t.Month()), t.Day())
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// Birth is a birth date that may be partly unknown ("2010", "2010-07"): the
// interval of all dates it can be. The zero Birth is wholly unknown.
type Birth struct {
	Earliest, Latest Date
}

// ParseBirth reads "2010-07-01", "2010-07", "2010" or "". Error kind: Invalid.
func ParseBirth(s string) (Birth, error) {
	bad := func(err error) (Birth, error) {
		return Birth{}, &Error{Kind: Invalid, Msg: "error.date", Args: map[string]any{"Date": s}, Err: err}
	}
	switch strings.Count(s, "-") {
	case 0:
		if s == "" {
			return Birth{}, nil
		}
		t, err := time.Parse("2006", s)
		if err != nil {
			return bad(err)
		}
		return Birth{date(t.Year(), 1, 1), date(t.Year(), 12, 31)}, nil
	case 1:
		t, err := time.Parse("2006-01", s)
		if err != nil {
			return bad(err)
		}
		last := t.AddDate(0, 1, -1)
		return Birth{date(t.Year(), int(t.Month()), 1), date(t.Year(), int(t.Month()), last.Day())}, nil
	}
	d, err := ParseDate(s)
	if err != nil {
		return bad(err)
	}
	return Birth{d, d}, nil
}

// after tells whether the birth can lie after a date.
func (b Birth) after(d Date) bool { return b.Latest > d }

// String is what ParseBirth reads.
func (b Birth) String() string {
	s := b.Earliest.String()
	switch {
	case b.Earliest == b.Latest:
		return s
	case b.Earliest/100 == b.Latest/100:
		return s[:7]
	}
	return s[:4]
}

func (b Birth) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

func (b *Birth) UnmarshalText(t []byte) (err error) {
	*b, err = ParseBirth(string(t))
	return err
}
