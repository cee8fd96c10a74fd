package portfolio

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"
	"unicode"
)

// A school that comes with a code. Whoever is there is known by nothing but the
// code, and learns nothing but the bundle: a code that never was, one that was
// revoked, used by another or is over, and one whose maker may not give the
// bundle any more get the same answer.

// handoverPace slows down who tries codes: an address that knows one pays
// nothing.
var handoverPace = pace{free: 10, longest: 15 * time.Minute, memory: 24 * time.Hour}

// Claim is what a school says when it comes for a bundle.
type Claim struct {
	Code     string
	Receipt  string // made by that school for this code: by it a fetch that broke is known again
	School   string // its name, as it says
	Instance string // the address of its Kaft, as it says
	Address  string // from which it asks, as we see
}

// shortest and longest receipt, in bytes.
const minReceipt, maxReceipt = 32, 200

// Delivery is a bundle on its way to another school. Somebody closes Blob.
type Delivery struct {
	Bundle *Bundle
	Blob   BlobReader

	lib *Library
	h   *Handover
}

// Deliver opens the bundle that a code is for, at any offset, for who came first
// with the code. Before a byte leaves the log says so, and who made the code is
// told. Error kinds: NotFound (whatever the reason), TooMany (WaitOf says how long), Invalid (the claim does not say who comes).
func (l *Library) Deliver(ctx context.Context, c Claim) (*Delivery, error) {
	c.School, c.Instance = plainLine(c.School, 200), plainLine(c.Instance, 300)
	if c.School == "" || len(c.Receipt) < minReceipt || len(c.Receipt) > maxReceipt {
		return nil, E(Invalid, "error.handover.claim")
	}
	from, err := l.keyed(ctx, "handover-address", network(c.Address))
	if err != nil {
		return nil, err
	}
	knock := "handover-" + from
	if err := l.chargeKnock(ctx, knock, func(t *tries) error { return t.charge(l.now(), handoverPace) }); err != nil {
		return nil, err
	}
	h, b, err := l.claim(ctx, c)
	if err != nil {
		if refusal(err) {
			err = &Error{Kind: NotFound, Msg: "error.handover.code", Err: err}
		}
		return nil, err
	}
	if err := l.chargeKnock(ctx, knock, func(t *tries) error { t.Count = max(0, t.Count-1); return nil }); err != nil {
		return nil, err
	}
	if err := l.notify(ctx, h.School, Notice{Person: h.By, Hat: h.Hat, What: "bundle_handed", Student: h.Student, Item: h.ID}); err != nil {
		return nil, err
	}
	r, err := l.files.Open(ctx, b.Blob)
	if err != nil {
		return nil, err
	}
	if r.Size() != b.Size {
		r.Close()
		return nil, errors.New("bundle " + b.ID + " has another size than it was made with")
	}
	return &Delivery{Bundle: b, Blob: r, lib: l, h: h}, nil
}

// claim finds the code and ties it to the first who comes with it.
func (l *Library) claim(ctx context.Context, c Claim) (*Handover, *Bundle, error) {
	receipt, err := l.keyed(ctx, "handover-receipt", c.Receipt)
	if err != nil {
		return nil, nil, err
	}
	for range 20 {
		h, err := l.handoverOf(ctx, c.Code)
		if err != nil {
			return nil, nil, err
		}
		b, right, err := l.giving(ctx, h, receipt)
		if err != nil || h.To != nil {
			return h, b, err
		}
		h.To = &Receiver{School: c.School, Instance: c.Instance, Address: c.Address, At: l.now().UTC(), Receipt: receipt}
		line := lineOf(l.sending(h), h.Student, Line{Act: "fetch", Kind: "handover", Item: h.ID, Outcome: right.Outcome.String(), Rule: right.Rule})
		err = replaceLogged(ctx, l, "handover", h, h.keys(), line, func() { l.handoverChanged(h) })
		if !isKind(err, Conflict) { // else somebody else came at the same moment, or it was revoked
			return h, b, err
		}
	}
	return nil, nil, E(Conflict, "error.conflict")
}

// handoverOf finds the code in whichever school of this installation made it.
func (l *Library) handoverOf(ctx context.Context, typed string) (*Handover, error) {
	id, err := l.keyed(ctx, "handover", normalCode(typed))
	if err != nil {
		return nil, err
	}
	schools, err := l.Schools(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range schools {
		h, err := load[Handover](ctx, l, "handover", s.ID, id)
		if !isKind(err, NotFound) {
			return h, err
		}
	}
	return nil, E(NotFound, "error.not_found")
}

// giving decides whether the bundle of a code may go to who brings a receipt,
// now, and by which right.
func (l *Library) giving(ctx context.Context, h *Handover, receipt string) (*Bundle, Decision, error) {
	now := l.now()
	switch {
	case !h.Revoked.IsZero(), !now.Before(h.Expires),
		h.To != nil && h.To.Receipt != receipt, // both are keyed hashes: comparing them tells nobody anything
		!h.Fetched.IsZero() && now.Sub(h.Fetched) > resumeWithin:
		return nil, Decision{}, E(NotFound, "error.not_found")
	}
	b, err := l.standing(ctx, h)
	if err != nil {
		return nil, Decision{}, err
	}
	right, err := l.stillOpen(ctx, h.actor(), b)
	return b, right, err
}

// sending is who the log names for what goes to another school by itself.
func (l *Library) sending(h *Handover) Actor {
	a := Actor{School: h.School, Person: h.School, Hat: HatSystem}
	if h.To != nil {
		a.Address = h.To.Address
	}
	return a
}

// Stands decides again whether the bundle may go on being sent. Error kind:
// NotFound.
func (d *Delivery) Stands(ctx context.Context) error {
	h, err := load[Handover](ctx, d.lib, "handover", d.h.School, d.h.ID)
	if err == nil {
		_, _, err = d.lib.giving(ctx, h, d.h.To.Receipt)
	}
	return err
}

// Sent says that the last byte of the bundle was sent.
func (d *Delivery) Sent(ctx context.Context) error {
	l := d.lib
	for range 20 {
		h, err := load[Handover](ctx, l, "handover", d.h.School, d.h.ID)
		if err != nil || !h.Fetched.IsZero() { // sent once more: it was fetched then
			return err
		}
		h.Fetched = l.now().UTC()
		err = replaceLogged(ctx, l, "handover", h, h.keys(), lineOf(l.sending(h), h.Student, Line{Act: "handed", Item: h.ID}), func() { l.handoverChanged(h) })
		if !isKind(err, Conflict) {
			return err
		}
	}
	return E(Conflict, "error.conflict")
}

// network is the part of an address that one subscriber has: the whole of an
// IPv4 address, the first half of an IPv6 one.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	half, _ := ip.Prefix(64) // fits an IPv6 address
	return half.String()
}

// plainLine is what a stranger said, as one line that can stand in a page: no
// control characters, none that turn the direction of what is around them.
func plainLine(s string, longest int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest])
	}
	return strings.TrimSpace(s)
}
