package portfolio

import (
	"errors"
	"fmt"
)

// ErrKind sorts what went wrong by what the person can do about it. The app
// has one table from kind to HTTP status.
type ErrKind int

const (
	Internal    ErrKind = iota // a fault of ours; its text stays in the log
	NotFound                   // there is no such thing, or none for this person: the two look alike
	Invalid                    // what was sent is wrong; the sentence says what
	Conflict                   // somebody changed it in the meantime
	Exists                     // the name or number is taken
	TooLarge                   // over a stated limit
	Forbidden                  // the thing may be known to exist, but this person may not do this to it
	Unsigned                   // nobody is signed in, or the session has ended
	TooMany                    // slow down
	Unavailable                // an engine does not answer; try again
)

func (k ErrKind) String() string {
	return [...]string{"internal", "not_found", "invalid", "conflict", "exists", "too_large", "forbidden", "unsigned", "too_many", "unavailable"}[k]
}

// Error is what every function of Kaft returns for something a person can be
// told. Msg is a key of the catalogue (app/locales), Args fill the holes in
// its sentence, Err is the cause for the log and is never shown.
type Error struct {
	Kind ErrKind
	Msg  string
	Args map[string]any
	Err  error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Kind, e.Msg, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Kind, e.Msg)
}

func (e *Error) Unwrap() error { return e.Err }

// E makes an Error. args are pairs of name and value for the sentence.
func E(kind ErrKind, msg string, args ...any) *Error {
	e := &Error{Kind: kind, Msg: msg}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args[args[i].(string)] = args[i+1]
	}
	return e
}

// KindOf is the kind of the first Error in err's chain, or Internal.
func KindOf(err error) ErrKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
