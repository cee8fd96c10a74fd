package portfolio

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// What a school signs with a key of its own.
const (
	KeyBundles     = "bundle"     // move bundles
	KeyCredentials = "credential" // assessments
)

// PublicKey is what everybody may know of a school's Ed25519 key (RFC 8032).
// One that is retired signs nothing new; it stays published, so that what it
// signed can still be checked.
type PublicKey struct {
	Use     string    `json:"use"`
	Key     []byte    `json:"key"` // 32 bytes
	MadeAt  time.Time `json:"made_at"`
	Retired time.Time `json:"retired,omitzero"`
}

// Fingerprint is how people name and compare a key: the first 32 digits of the
// SHA-256 of its 32 bytes, in hex.
func (k PublicKey) Fingerprint() string {
	sum := sha256.Sum256(k.Key)
	return hex.EncodeToString(sum[:16])
}

// signingKey is a school's key with its secret half. Keys are numbered by use,
// and the last one signs: a key is retired by the one after it, never changed.
type signingKey struct {
	Head
	PublicKey
	Seed   []byte `json:"seed"`
	Number int    `json:"number"`
}

// PublicKeys lists the school's keys, the one that signs first for each use.
// They are for everybody.
func (l *Library) PublicKeys(ctx context.Context, school string) ([]PublicKey, error) {
	for _, use := range []string{KeyBundles, KeyCredentials} {
		if _, err := l.signingKey(ctx, school, use); err != nil {
			return nil, err
		}
	}
	all, err := l.signingKeys(ctx, school)
	var out []PublicKey
	for _, k := range all {
		out = append(out, k.PublicKey)
	}
	return out, err
}

// RenewKey makes a new key for a use; the one before it is retired. The actor is
// an administrator. Error kinds: Forbidden, Invalid; Conflict when somebody else
// did so at the same moment.
func (l *Library) RenewKey(ctx context.Context, a Actor, use string) error {
	if err := l.may(ctx, a, ActImport); err != nil {
		return err
	}
	if use != KeyBundles && use != KeyCredentials {
		return E(Invalid, "error.choice", "Field", "kind")
	}
	k, err := l.signingKey(ctx, a.School, use)
	if err != nil {
		return err
	}
	made := l.newKey(a.School, use, k.Number+1)
	err = createLogged(ctx, l, "key", made, nil, lineOf(a, a.Person, Line{Act: "key", Item: made.ID, Note: use}), nil)
	if isKind(err, Exists) {
		err = E(Conflict, "error.conflict")
	}
	return err
}

// signingKey is the key that signs now. The first is made when it is first
// asked for.
func (l *Library) signingKey(ctx context.Context, school, use string) (*signingKey, error) {
	for range 2 {
		all, err := l.signingKeys(ctx, school)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(all, func(k *signingKey) bool { return k.Use == use }); i >= 0 {
			return all[i], nil
		}
		k := l.newKey(school, use, 0)
		if err := create(ctx, l, "key", k, nil); !isKind(err, Exists) {
			return k, err
		} // else another process made it just now
	}
	return nil, E(Conflict, "error.conflict")
}

func (l *Library) newKey(school, use string, number int) *signingKey {
	k := &signingKey{Head: Head{School: school, ID: DeriveID("key", school, use, strconv.Itoa(number))}, Number: number, Seed: make([]byte, ed25519.SeedSize)}
	rand.Read(k.Seed) // never fails (crypto/rand)
	k.PublicKey = PublicKey{Use: use, Key: k.private().Public().(ed25519.PublicKey), MadeAt: l.now().UTC()}
	return k
}

func (k *signingKey) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Seed) }

// signingKeys lists a school's keys, newest first, each with the moment the
// next of its use took over.
func (l *Library) signingKeys(ctx context.Context, school string) ([]*signingKey, error) {
	all, err := list[signingKey](ctx, l, Query{School: school, Kind: "key"})
	slices.SortFunc(all, func(a, b *signingKey) int { return cmp.Or(cmp.Compare(a.Use, b.Use), cmp.Compare(b.Number, a.Number)) })
	for i := 1; i < len(all); i++ {
		if all[i].Use == all[i-1].Use {
			all[i].Retired = all[i-1].MadeAt
		}
	}
	return all, err
}

// PublicKeys lists the keys of the school that signs what leaves.
func (v *Leaving) PublicKeys(ctx context.Context) ([]PublicKey, error) {
	return v.lib.PublicKeys(ctx, v.School.ID)
}

// Key is the key by which the school signs what leaves.
func (v *Leaving) Key(ctx context.Context, use string) (ed25519.PrivateKey, PublicKey, error) {
	k, err := v.lib.signingKey(ctx, v.School.ID, use)
	if err != nil {
		return nil, PublicKey{}, err
	}
	return k.private(), k.PublicKey, nil
}
