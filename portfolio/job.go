package portfolio

import (
	"errors"
	"fmt"
	"time"
)

// Headway is how far a long piece of work is.
type Headway struct {
	Step       string    `json:"step,omitempty"`   // which of its steps
	StepAt     time.Time `json:"step_at,omitzero"` // when the step began
	Done       int       `json:"done,omitempty"`   // things, out of Total
	Total      int       `json:"total,omitempty"`  // 0 while counting
	Bytes      int64     `json:"bytes,omitempty"`  // out of TotalBytes
	TotalBytes int64     `json:"total_bytes,omitempty"`
}

// Left estimates how long the bytes still to come will take; 0 when there is
// nothing to go by.
func (p Headway) Left(now time.Time) time.Duration {
	spent := now.Sub(p.StepAt)
	if p.Bytes <= 0 || spent <= 0 || p.TotalBytes <= p.Bytes {
		return 0
	}
	return time.Duration(float64(spent) * float64(p.TotalBytes-p.Bytes) / float64(p.Bytes))
}

// tellEvery is how often progress is stored: often enough for a page that is
// looked at, seldom enough to cost nothing.
const tellEvery = 500 * time.Millisecond

// errStopped says that somebody stopped the work.
var errStopped = E(Conflict, "error.bundle.stopped")

// Fault is an Error as a document keeps it.
type Fault struct {
	Kind  ErrKind           `json:"kind"`
	Msg   string            `json:"msg"`
	Words map[string]string `json:"words,omitempty"`
	Count map[string]int    `json:"count,omitempty"`
	Sizes map[string]int64  `json:"sizes,omitempty"`
}

// FaultOf keeps what a person can be told of an error; the cause goes to the
// log and not into a document.
func FaultOf(err error) *Fault {
	f := &Fault{Kind: Internal, Msg: "error.internal", Words: map[string]string{}, Count: map[string]int{}, Sizes: map[string]int64{}}
	var e *Error
	if !errors.As(err, &e) {
		return f
	}
	f.Kind, f.Msg = e.Kind, e.Msg
	for name, x := range e.Args {
		switch x := x.(type) {
		case int:
			f.Count[name] = x
		case int64:
			f.Sizes[name] = x
		default:
			f.Words[name] = fmt.Sprint(x)
		}
	}
	return f
}

// Error is the error again.
func (f *Fault) Error() *Error {
	e := &Error{Kind: f.Kind, Msg: f.Msg, Args: map[string]any{}}
	for name, x := range f.Words {
		e.Args[name] = x
	}
	for name, x := range f.Count {
		e.Args[name] = x
	}
	for name, x := range f.Sizes {
		e.Args[name] = x
	}
	return e
}
