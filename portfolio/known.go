package portfolio

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A signature tells by which key, not by whom: that a key is a school's, a
// person says who compared its fingerprint with that school. These are the
// schools of which an administrator said so.

// SchoolKeys are the keys that are said to be a school's.
type SchoolKeys struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Instance string      `json:"instance,omitempty"` // the address of its Kaft
	Keys     []PublicKey `json:"keys"`
}

// MaxKnownKeys is the most keys that are taken of one school at once.
const MaxKnownKeys = 100

// KnownSchool is a school with those of its keys that were compared. One that
// was withdrawn proves nothing any more; it stays in the list.
type KnownSchool struct {
	Head
	Of          SchoolKeys `json:"of"`
	By          string     `json:"by"`
	At          time.Time  `json:"at"`
	WithdrawnBy string     `json:"withdrawn_by,omitempty"`
	Withdrawn   time.Time  `json:"withdrawn,omitzero"`

	ByName, WithdrawnName string `json:"-"`
}

// KnownSchools lists the schools an administrator made known, newest first, the
// withdrawn ones too. The actor is an administrator. Error kind: Forbidden.
func (l *Library) KnownSchools(ctx context.Context, a Actor) ([]*KnownSchool, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	all, err := l.knownSchools(ctx, a.School)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if k.ByName, err = l.nameOf(ctx, a.School, k.By, nil); err != nil {
			return nil, err
		}
		if k.WithdrawnBy == "" {
			continue
		}
		if k.WithdrawnName, err = l.nameOf(ctx, a.School, k.WithdrawnBy, nil); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(x, y *KnownSchool) int { return y.At.Compare(x.At) })
	return all, nil
}

func (l *Library) knownSchools(ctx context.Context, school string) ([]*KnownSchool, error) {
	return list[KnownSchool](ctx, l, Query{School: school, Kind: "known"})
}

// Know makes a school known by those of its keys whose fingerprints were
// compared with that school: the others are left out. The actor is an
// administrator. Error kinds: Forbidden, Invalid (none was compared); Exists
// (all are known), Conflict (somebody else did so at the same moment).
func (l *Library) Know(ctx context.Context, a Actor, of SchoolKeys, compared []string) (*KnownSchool, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	of.Name = strings.TrimSpace(of.Name)
	if err := needText(of.Name, "school", 200); err != nil {
		return nil, err
	}
	if len(of.Keys) > MaxKnownKeys || len(of.Instance) > 1000 || len(of.ID) > 200 {
		return nil, E(Invalid, "error.keys")
	}
	trust, err := l.Trust(ctx, a.School)
	if err != nil {
		return nil, err
	}
	var keys []PublicKey
	fresh := false
	for _, k := range of.Keys {
		if len(k.Key) != ed25519.PublicKeySize || !slices.Contains(compared, k.Fingerprint()) {
			continue
		}
		keys = append(keys, k)
		_, known := trust.Owner(k.Use, k.Key)
		fresh = fresh || !known
	}
	of.Keys = keys
	switch {
	case len(keys) == 0:
		return nil, E(Invalid, "error.keys_none")
	case !fresh:
		return nil, E(Exists, "error.keys_known")
	}
	before, err := l.knownSchools(ctx, a.School)
	if err != nil {
		return nil, err
	}
	// The count is in the id, so that a button pressed twice makes one of it.
	k := &KnownSchool{Head: Head{School: a.School, ID: DeriveID("known", a.School, strconv.Itoa(len(before)))}, Of: of, By: a.Person, At: l.now().UTC()}
	if err := createLogged(ctx, l, "known", k, nil, lineOf(a, a.Person, Line{Act: "know", Item: k.ID}), nil); isKind(err, Exists) {
		return nil, E(Conflict, "error.conflict")
	} else if err != nil {
		return nil, err
	}
	return k, nil
}

// Unknow withdraws a known school. What was taken in from it stays, and does not
// count as proven any more. Withdrawn again, nothing changes. The actor is an
// administrator. Error kinds: Forbidden, NotFound, Conflict.
func (l *Library) Unknow(ctx context.Context, a Actor, id string) error {
	if err := l.may(ctx, a, ActImport); err != nil {
		return err
	}
	k, err := load[KnownSchool](ctx, l, "known", a.School, id)
	if err != nil || !k.Withdrawn.IsZero() {
		return err
	}
	k.WithdrawnBy, k.Withdrawn = a.Person, l.now().UTC()
	return replaceLogged(ctx, l, "known", k, nil, lineOf(a, a.Person, Line{Act: "unknow", Item: k.ID}), nil)
}

// Trust is whose keys a school knows at one moment.
type Trust struct{ schools []SchoolKeys }

// TrustIn knows these schools by all of their keys.
func TrustIn(schools ...SchoolKeys) Trust { return Trust{schools} }

// Trust is whose keys a school knows now: those it made known, and its own.
func (l *Library) Trust(ctx context.Context, school string) (Trust, error) {
	var t Trust
	own, err := l.signingKeys(ctx, school)
	if err != nil {
		return t, err
	}
	if len(own) > 0 {
		s, err := l.SchoolByID(ctx, school)
		if err != nil {
			return t, err
		}
		of := SchoolKeys{ID: s.ID, Name: s.Name}
		for _, k := range own {
			of.Keys = append(of.Keys, k.PublicKey)
		}
		t.schools = append(t.schools, of)
	}
	all, err := l.knownSchools(ctx, school)
	for _, k := range all {
		if k.Withdrawn.IsZero() {
			t.schools = append(t.schools, k.Of)
		}
	}
	return t, err
}

// Owner is the name of the school that is known to sign with a key for a use.
func (t Trust) Owner(use string, key []byte) (name string, known bool) {
	for _, s := range t.schools {
		for _, k := range s.Keys {
			if k.Use == use && bytes.Equal(k.Key, key) {
				return s.Name, true
			}
		}
	}
	return "", false
}
