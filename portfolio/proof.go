package portfolio

import (
	"context"
	"time"
)

// Who signed something that came from elsewhere. What was changed after it was
// signed is none of these: a bundle is then refused, an assessment left out.
const (
	SignerKnown   = "known"   // a school that is known here
	SignerUnknown = "unknown" // somebody whose key is not known here
	SignerNone    = "none"    // nobody, or in a way that cannot be checked here
)

// Signature is what was found of the signature on a bundle. Whose key it is, is
// asked each time it matters: a school can be made known or withdrawn later.
type Signature struct {
	Key  []byte     `json:"key,omitempty"` // that signed; none: it is not signed
	Keys SchoolKeys `json:"keys,omitzero"` // what the bundle says its school's keys are, which proves nothing
}

// Fingerprint is that of the key that signed, or "".
func (s Signature) Fingerprint() string {
	if len(s.Key) == 0 {
		return ""
	}
	return PublicKey{Key: s.Key}.Fingerprint()
}

// Proof is the signature on an assessment that was made elsewhere: it holds,
// and is of this assessment, this student and this work.
type Proof struct {
	Key     []byte `json:"key"`
	Name    string `json:"name"`              // of the school, as the signer has it
	Changed bool   `json:"changed,omitempty"` // the work is not any more what was assessed
}

// Sender says who signed a bundle.
func (t Trust) Sender(s Signature) (signer, name string) {
	return t.signer(KeyBundles, s.Key)
}

// Assessor says who signed an assessment; p may be nil.
func (t Trust) Assessor(p *Proof) (signer, name string) {
	if p == nil {
		return SignerNone, ""
	}
	return t.signer(KeyCredentials, p.Key)
}

func (t Trust) signer(use string, key []byte) (signer, name string) {
	if len(key) == 0 {
		return SignerNone, ""
	}
	if name, known := t.Owner(use, key); known {
		return SignerKnown, name
	}
	return SignerUnknown, ""
}

// Acceptance is that an administrator takes a bundle in although nobody known
// here signed it.
type Acceptance struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Signer string    `json:"signer"` // who had signed it, as it was known then
}

// AcceptSender records that a person stands for a bundle that nobody known here
// signed. Where a known school did, there is nothing to record. The actor is an
// administrator. Error kinds: Forbidden, NotFound, Conflict.
func (l *Library) AcceptSender(ctx context.Context, a Actor, id string) error {
	imp, err := l.ImportByID(ctx, a, id)
	if err != nil {
		return err
	}
	if imp.State != ImportChecked {
		return E(Conflict, "error.import.state")
	}
	if err := l.accept(ctx, a, imp); err != nil || imp.Accepted == nil {
		return err
	}
	return replace(ctx, l, "import", imp, imp.keys())
}

// accept notes in an import that the actor stands for it, where that is needed.
func (l *Library) accept(ctx context.Context, a Actor, imp *Import) error {
	trust, err := l.Trust(ctx, a.School)
	if err != nil {
		return err
	}
	imp.Accepted = nil
	if signer, _ := trust.Sender(imp.From.Signature); signer != SignerKnown {
		imp.Accepted = &Acceptance{By: a.Person, At: l.now().UTC(), Signer: signer}
	}
	return nil
}

// needSender refuses a bundle that nobody known here signed and that nobody
// here stands for.
func (l *Library) needSender(ctx context.Context, imp *Import, school string) error {
	trust, err := l.Trust(ctx, school)
	if err != nil {
		return err
	}
	if signer, _ := trust.Sender(imp.From.Signature); signer != SignerKnown && imp.Accepted == nil {
		return E(Invalid, "error.import.accept")
	}
	return nil
}

// lazyTrust is looked up once, and only where something came from elsewhere.
type lazyTrust struct{ trust *Trust }

func (t *lazyTrust) of(ctx context.Context, l *Library, school string) (Trust, error) {
	if t.trust == nil {
		trust, err := l.Trust(ctx, school)
		if err != nil {
			return trust, err
		}
		t.trust = &trust
	}
	return *t.trust, nil
}
