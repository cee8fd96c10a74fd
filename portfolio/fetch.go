package portfolio

import (
	"context"
	"strings"
	"time"
)

// A bundle that is fetched from another school with a code. The way it comes is
// export's; from the spool on it is a bundle like any other.

// fetchPace slows down an administrator who tries codes or addresses: this Kaft
// is nobody's tool for trying those of others.
var fetchPace = pace{free: 10, longest: 5 * time.Minute, memory: time.Hour}

// Fetching is what a school says when it comes with a code.
type Fetching struct {
	Code    string
	Receipt string // the same each time for this school, address and code, and known to nobody else
	School  string
}

// MayFetch refuses who may not take in bundles, before anything else is looked
// at. Error kind: Forbidden.
func (l *Library) MayFetch(ctx context.Context, a Actor) error { return l.may(ctx, a, ActImport) }

// StartFetch lets the actor try a code at the address of another Kaft. It counts
// as a wrong try until FetchFound. The actor is an administrator. Error kinds:
// Forbidden, Invalid (it cannot be a code), TooMany (WaitOf says how long).
func (l *Library) StartFetch(ctx context.Context, a Actor, address, code string) (Fetching, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return Fetching{}, err
	}
	normal := normalCode(code)
	if normal == "" {
		return Fetching{}, E(Invalid, "error.fetch.typed")
	}
	if err := l.chargeKnock(ctx, "fetch-"+a.School, func(t *tries) error { return t.charge(l.now(), fetchPace) }); err != nil {
		return Fetching{}, err
	}
	school, err := l.SchoolByID(ctx, a.School)
	if err != nil {
		return Fetching{}, err
	}
	receipt, err := l.keyed(ctx, "receipt", strings.Join([]string{a.School, address, normal}, "\x00"))
	return Fetching{Code: normal, Receipt: receipt, School: school.Name}, err
}

// FetchFound begins an import of what is there at the address of another Kaft,
// with the keys that it shows. Somebody has to spool it. The actor is an
// administrator. Error kind: Forbidden.
func (l *Library) FetchFound(ctx context.Context, a Actor, address, name string, offered []SchoolKeys) (*Import, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	if err := l.chargeKnock(ctx, "fetch-"+a.School, func(t *tries) error { t.Count = max(0, t.Count-1); return nil }); err != nil {
		return nil, err
	}
	imp := l.newImport(a, name)
	imp.Source, imp.Offered = address, offered
	return imp, create(ctx, l, "import", imp, imp.keys())
}
