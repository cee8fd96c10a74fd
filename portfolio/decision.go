package portfolio

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Decision is what Inspect answers. It holds from the instant that was asked
// about up to, and not including, Until; nothing may use it longer.
type Decision struct {
	Outcome Outcome
	Open    bool   // a page may show the item now
	Hold    bool   // a person at the school must look at this
	Rule    string // the number of the rule that settled it: "4", "6.1", …
	Redact  Redact
	// Until is the first instant at which the same facts give another decision.
	// Zero: they never will.
	Until time.Time
}

// MarshalJSON writes every field; until is an RFC 3339 instant or null.
func (d Decision) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Outcome Outcome    `json:"outcome"`
		Open    bool       `json:"open"`
		Hold    bool       `json:"hold"`
		Rule    string     `json:"rule"`
		Redact  Redact     `json:"redact"`
		Until   *time.Time `json:"until"`
	}{d.Outcome, d.Open, d.Hold, d.Rule, d.Redact, d.until()})
}

func (d Decision) until() *time.Time {
	if d.Until.IsZero() {
		return nil
	}
	return &d.Until
}

// Outcome is what the viewer gets. Outcomes compare: more is better for the
// viewer. The zero Outcome is NO.
type Outcome uint8

const (
	NO      Outcome = iota // nothing, and no hint that it exists
	ON_ASK                 // nothing on screen; may ask, staff answer in words
	SHARED                 // opens now, only because someone entitled shared it
	TOLD                   // opens now as progress information; not a right to the file
	DUTY                   // opens now, by function
	REQUEST                // a right: it opens after a registered request that staff release
	INSPECT                // a right: it opens now
)

var outcomes = []string{"NO", "ON_ASK", "SHARED", "TOLD", "DUTY", "REQUEST", "INSPECT"}

func (o Outcome) String() string {
	if int(o) >= len(outcomes) {
		return fmt.Sprintf("Outcome(%d)", o)
	}
	return outcomes[o]
}

func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

func (o *Outcome) UnmarshalText(b []byte) error {
	i := slices.Index(outcomes, string(b))
	if i < 0 {
		return fmt.Errorf("%q is no outcome", b)
	}
	*o = Outcome(i)
	return nil
}

// opens tells whether the outcome by itself lets a page show the item.
func (o Outcome) opens() bool {
	return o == INSPECT || o == DUTY || o == TOLD || o == SHARED
}

// Redact is the set of things to leave out of what is shown.
type Redact uint8

const (
	RedactContact  Redact = 1 << iota // addresses, telephone numbers, e-mail
	RedactLocation                    // where the child is or will be
)

var redactions = []string{"contact", "location"}

// Has tells whether all of x must be left out.
func (r Redact) Has(x Redact) bool { return r&x == x }

// MarshalJSON writes a list: [], ["location"], ["contact","location"].
func (r Redact) MarshalJSON() ([]byte, error) {
	list := []string{}
	for i, name := range redactions {
		if r.Has(1 << i) {
			list = append(list, name)
		}
	}
	return json.Marshal(list)
}

func (r *Redact) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	*r = 0
	for _, name := range list {
		i := slices.Index(redactions, name)
		if i < 0 {
			return fmt.Errorf("%q is nothing to redact", name)
		}
		*r |= 1 << i
	}
	return nil
}
