package portfolio

import "math"

const (
	never    = Date(0)             // no date
	lastDate = Date(9999_12_31)    // the last that RFC 3339 can write
	beyond   = Date(math.MaxInt32) // after every date
)

// boundaryAfter is the first date after d on which a fact that can concern
// this question begins or ends, a birthday counts, or a review is due.
func (q *question) boundaryAfter(d Date) Date {
	b := boundary{after: d}
	b.at(q.facts.Student.Left, q.keptUntil)
	b.at(q.youngest.sixteenth, q.youngest.eighteenth)
	b.at(q.oldest.sixteenth, q.oldest.eighteenth)
	for i := range q.facts.Custody { // also of others: they share, and institutions hold it
		c := &q.facts.Custody[i]
		b.at(c.From, c.Until)
		b.at(c.Verified, never)
	}
	for i := range q.facts.Relations {
		if r := &q.facts.Relations[i]; r.Person == q.viewer {
			b.at(r.From, r.Until)
		}
	}
	for i := range q.facts.Duties {
		if x := &q.facts.Duties[i]; x.Person == q.viewer {
			b.at(x.From, dutyUntil(x))
		}
	}
	for i := range q.facts.Shares {
		if x := &q.facts.Shares[i]; x.To == q.viewer {
			b.at(x.From, x.Until)
		}
	}
	for i := range q.facts.Refusals {
		if r := &q.facts.Refusals[i]; r.Person == q.viewer {
			b.at(r.From, r.Until)
			b.at(r.Review, never)
		}
	}
	for i := range q.facts.Restrictions {
		r := &q.facts.Restrictions[i]
		b.at(r.From, r.Until)
	}
	for i := range q.facts.Releases {
		if r := &q.facts.Releases[i]; r.Person == q.viewer {
			b.at(r.From, r.Until)
		}
	}
	for i := range q.facts.Orders {
		if o := &q.facts.Orders[i]; o.Person == q.viewer {
			b.at(o.From, o.Until)
		}
	}
	return b.first
}

// boundary keeps the earliest date it is shown after one date.
type boundary struct{ after, first Date }

func (b *boundary) at(dates ...Date) {
	for _, d := range dates {
		if d > b.after && d <= lastDate && (b.first == never || d < b.first) {
			b.first = d
		}
	}
}
