package portfolio

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A code with which another school fetches a bundle. The family makes it and
// gives it away; the other school's Kaft says it to this one. What comes then is
// decided again as for the person who made the code, at that moment.

// HandoverLife is how long a code can be used.
const HandoverLife = 14 * 24 * time.Hour

// MaxHandovers is how many codes of one student can be waiting at a time.
const MaxHandovers = 20

// handoverKept is how long after its end a family reads who used a code.
const handoverKept = 365 * 24 * time.Hour

// A code is read out and typed over: no 0 and O, no 1, I and L, no U and V. It
// has 97 bits, so no limit on guessing has to hold it together; a limit of all
// addresses together would only let a stranger stop every family's code.
const (
	codeSigns  = "23456789ABCDEFGHJKMNPQRSTWXYZ"
	codeLength = 20
)

// States of a code.
const (
	HandoverOpen    = "open"    // waits for a school
	HandoverBegun   = "begun"   // a school is fetching, or broke off
	HandoverFetched = "fetched" // the whole of the bundle was sent
	HandoverRevoked = "revoked"
	HandoverExpired = "expired"
	HandoverLapsed  = "lapsed" // its maker may not give this bundle any more, or it is gone
)

// Handover is one code. The code itself is not in it: its id is a keyed hash of
// the code.
type Handover struct {
	Head
	Student   string    `json:"student"`
	Bundle    string    `json:"bundle"`
	By        string    `json:"by"`
	Hat       string    `json:"hat"`
	Address   string    `json:"address,omitempty"`
	At        time.Time `json:"at"`
	Expires   time.Time `json:"expires"`
	Revoked   time.Time `json:"revoked,omitzero"`
	RevokedBy string    `json:"revoked_by,omitempty"`
	To        *Receiver `json:"to,omitempty"`
	Fetched   time.Time `json:"fetched,omitzero"` // the last byte was sent

	State string `json:"-"` // as Handovers finds it
}

// Receiver is the school that used a code, by what it said of itself.
type Receiver struct {
	School   string    `json:"school"`
	Instance string    `json:"instance,omitempty"` // the address of its Kaft
	Address  string    `json:"address,omitempty"`  // from which it asked
	At       time.Time `json:"at"`
	Receipt  string    `json:"receipt"` // a keyed hash of what it brought, by which it is known again
}

func (h *Handover) keys() map[string]string {
	return map[string]string{"about": h.Student + "/" + stamp(h.At), "party": h.By, "state": "over/" + stamp(h.Expires)}
}

func (h *Handover) actor() Actor { return Actor{h.School, h.By, h.Hat, h.Address} }

// ended is the state of a code that is over by itself, or "".
func (h *Handover) ended(now time.Time) string {
	switch {
	case !h.Fetched.IsZero():
		return HandoverFetched
	case !h.Revoked.IsZero():
		return HandoverRevoked
	case !now.Before(h.Expires):
		return HandoverExpired
	}
	return ""
}

// waiting is the state of a code that can still be used.
func (h *Handover) waiting() string {
	if h.To != nil {
		return HandoverBegun
	}
	return HandoverOpen
}

// MakeHandover makes a code for a transfer bundle that is ready. The code is
// told here and never again: only its hash is stored. Asked again with the same
// once, it is the same code: a form that is sent twice makes one. The bundle is
// kept as long as the code can be used. Error kinds: NotFound; Conflict (not
// ready, something in it has closed, too many codes, or once made a code that is
// over); Invalid (another kind of bundle, once is too short).
func (l *Library) MakeHandover(ctx context.Context, a Actor, bundle, once string) (code string, h *Handover, err error) {
	b, err := l.handable(ctx, a, bundle)
	if err != nil {
		return "", nil, err
	}
	if len(once) < 16 || len(once) > 100 {
		return "", nil, E(Invalid, "error.handover.once")
	}
	if b.Kind != BundleTransfer {
		return "", nil, E(Invalid, "error.handover.kind")
	}
	if code, err = l.newCode(ctx, a, b, once); err != nil {
		return "", nil, err
	}
	id, err := l.keyed(ctx, "handover", code)
	if err != nil {
		return "", nil, err
	}
	now := l.now().UTC()
	h = &Handover{Head: Head{School: a.School, ID: id}, Student: b.Student, Bundle: b.ID, By: a.Person, Hat: a.Hat, Address: a.Address,
		At: now, Expires: now.Add(HandoverLife)}
	if err := l.roomForHandover(ctx, h); err != nil {
		return "", nil, err
	}
	if err := l.keepBundle(ctx, a, b, h.Expires); err != nil { // first: a code never outlives its bundle
		return "", nil, err
	}
	err = createLogged(ctx, l, "handover", h, h.keys(), lineOf(a, h.Student, Line{Act: "code", Item: h.ID}), func() { l.bundleChanged(b) })
	if isKind(err, Exists) {
		if h, err = load[Handover](ctx, l, "handover", a.School, id); err == nil && h.ended(now) != "" {
			err = E(Conflict, "error.handover.over")
		}
	}
	if err != nil {
		return "", nil, err
	}
	h.State = h.waiting()
	return inFours(code), h, nil
}

// handable is a bundle that the actor may give away now.
func (l *Library) handable(ctx context.Context, a Actor, bundle string) (*Bundle, error) {
	b, err := l.BundleByID(ctx, a, bundle)
	if err != nil {
		return nil, err
	}
	if b.State != BundleReady {
		return nil, E(Conflict, "error.bundle.not_ready")
	}
	_, err = l.stillOpen(ctx, a, b)
	return b, err
}

// newCode is the code that once makes: nobody can tell it who does not have the
// installation's key, and the same once makes no other.
func (l *Library) newCode(ctx context.Context, a Actor, b *Bundle, once string) (string, error) {
	sum, err := l.keyed(ctx, "handover-code", strings.Join([]string{b.School, b.ID, a.Person, once}, "\x00"))
	if err != nil {
		return "", err
	}
	n, _ := new(big.Int).SetString(sum, 16) // keyed gives hex
	signs, rest := big.NewInt(int64(len(codeSigns))), new(big.Int)
	code := make([]byte, codeLength)
	for i := range code {
		n.DivMod(n, signs, rest)
		code[i] = codeSigns[rest.Int64()]
	}
	return string(code), nil
}

// inFours writes a code as people read it out.
func inFours(code string) string {
	var out []string
	for g := range slices.Chunk([]byte(code), 4) {
		out = append(out, string(g))
	}
	return strings.Join(out, "-")
}

// normalCode is a code as somebody typed it, "" where it cannot be one.
func normalCode(typed string) string {
	if len(typed) > 200 {
		return ""
	}
	code := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-–—.·", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, typed)
	if len(code) != codeLength || strings.Trim(code, codeSigns) != "" {
		return ""
	}
	return code
}

// roomForHandover refuses one code too many of a student.
func (l *Library) roomForHandover(ctx context.Context, h *Handover) error {
	all, err := l.handoversOf(ctx, h.School, h.Student)
	if err != nil {
		return err
	}
	waiting := 0
	for _, x := range all {
		if x.ended(h.At) == "" && x.ID != h.ID {
			waiting++
		}
	}
	if waiting >= MaxHandovers {
		return E(Conflict, "error.handover.many", "Max", MaxHandovers)
	}
	return nil
}

func (l *Library) handoversOf(ctx context.Context, school, student string) ([]*Handover, error) {
	return list[Handover](ctx, l, Query{School: school, Kind: "handover", Index: "about", Desc: true}.Prefix(student+"/"))
}

// keepBundle keeps a bundle at least until an instant.
func (l *Library) keepBundle(ctx context.Context, a Actor, b *Bundle, until time.Time) error {
	for range 20 {
		if !b.Expires.Before(until) {
			return nil
		}
		b.Expires = until
		err := replace(ctx, l, "bundle", b, b.keys())
		if !isKind(err, Conflict) {
			return err
		}
		if b, err = l.BundleByID(ctx, a, b.ID); err != nil { // somebody fetched it just now, or threw it away
			return err
		}
	}
	return E(Conflict, "error.conflict")
}

// Handovers lists the codes that the actor made for bundles of a student, and
// for the student all there are, newest first, each with its state. Error kinds:
// NotFound, Forbidden.
func (l *Library) Handovers(ctx context.Context, a Actor, student string) ([]*Handover, error) {
	if _, err := l.mayTo(ctx, a, ActBundle, student); err != nil {
		return nil, err
	}
	all, err := l.handoversOf(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	var out []*Handover
	stands := map[string]error{} // by who gives which bundle: all its codes stand or fall together
	for _, h := range all {
		if h.By != a.Person && h.Student != a.Person {
			continue
		}
		if h.State = h.ended(l.now()); h.State == "" {
			giver := strings.Join([]string{h.By, h.Hat, h.Bundle}, "/")
			err, known := stands[giver]
			if !known {
				_, err = l.standing(ctx, h)
				stands[giver] = err
			}
			switch {
			case refusal(err):
				h.State = HandoverLapsed
			case err != nil:
				return nil, err
			default:
				h.State = h.waiting()
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// RevokeHandover makes a code of no use from now on; what is being sent breaks
// off. Revoked again, nothing changes. Error kinds: NotFound; Conflict when the
// bundle was fetched.
func (l *Library) RevokeHandover(ctx context.Context, a Actor, id string) (*Handover, error) {
	for range 20 {
		h, err := load[Handover](ctx, l, "handover", a.School, id)
		if err != nil {
			return nil, err
		}
		if h.By != a.Person && h.Student != a.Person {
			return nil, E(NotFound, "error.not_found")
		}
		if _, err := l.mayTo(ctx, a, ActBundle, h.Student); err != nil {
			return nil, E(NotFound, "error.not_found")
		}
		if !h.Revoked.IsZero() {
			h.State = HandoverRevoked
			return h, nil
		}
		if !h.Fetched.IsZero() {
			return nil, E(Conflict, "error.handover.fetched")
		}
		h.Revoked, h.RevokedBy, h.State = l.now().UTC(), a.Person, HandoverRevoked
		err = replaceLogged(ctx, l, "handover", h, h.keys(), lineOf(a, h.Student, Line{Act: "uncode", Item: h.ID}), func() { l.handoverChanged(h) })
		if !isKind(err, Conflict) { // else a school was fetching just now
			return h, err
		}
	}
	return nil, E(Conflict, "error.conflict")
}

func (l *Library) handoverChanged(h *Handover) {
	l.Changed(Change{School: h.School, What: "bundle", ID: h.Bundle, Persons: []string{h.By, h.Student}})
}

// standing is the bundle of a code, if who made the code may give it now: that
// person, in that hat, by the facts as they are.
func (l *Library) standing(ctx context.Context, h *Handover) (*Bundle, error) {
	p, err := l.person(ctx, h.School, h.By)
	if err != nil {
		return nil, err
	}
	if p.Blocked || !p.Wears(h.Hat) {
		return nil, E(NotFound, "error.not_found")
	}
	return l.handable(ctx, h.actor(), h.Bundle)
}

// refusal tells whether an error means that something may not be given, and not
// that nobody could find out.
func refusal(err error) bool {
	return isKind(err, NotFound) || isKind(err, Forbidden) || isKind(err, Conflict)
}

// SweepHandovers forgets the codes that were over long ago.
func (l *Library) SweepHandovers(ctx context.Context) (swept int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		old, err := list[Handover](ctx, l, Query{School: s.ID, Kind: "handover", Index: "state", From: "over/", To: "over/" + stamp(l.now().Add(-handoverKept))})
		if err != nil {
			return swept, err
		}
		for _, h := range old {
			if err := l.store.Delete(ctx, Ref{h.School, "handover", h.ID}, h.Rev); err != nil && !isKind(err, NotFound) {
				return swept, err
			}
			swept++
		}
	}
	return swept, nil
}
