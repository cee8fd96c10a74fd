package export

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"aead.dev/minisign"

	"kaft/portfolio"
)

// A bundle is signed by minisign over its tag manifest, which has the hash of
// the manifest, which has the hash of every file. Anybody can check it with
// minisign and sha256sum.
const (
	tagManifest   = "tagmanifest-sha256.txt"
	signatureFile = tagManifest + ".minisig"
	keysFile      = "signing-keys.json"
	maxSignature  = 4 << 10
)

// minisignPrivate is a key as minisign has it. The module only takes one in
// minisign's own form of a key without a password.
func minisignPrivate(key ed25519.PrivateKey, public portfolio.PublicKey) (minisign.PrivateKey, error) {
	raw := make([]byte, 158)
	copy(raw, "Ed\x00\x00B2")
	copy(raw[54:], keyID(public))
	copy(raw[62:], key)
	var out minisign.PrivateKey
	err := out.UnmarshalText([]byte(base64.StdEncoding.EncodeToString(raw)))
	return out, err
}

func minisignPublic(k portfolio.PublicKey) (out minisign.PublicKey) {
	raw := append(append([]byte("Ed"), keyID(k)...), k.Key...)
	if err := out.UnmarshalText([]byte(base64.StdEncoding.EncodeToString(raw))); err != nil {
		panic(err) // its form is ours
	}
	return out
}

// signer signs what leaves.
type signer struct {
	school portfolio.SchoolKeys
	bundle ed25519.PrivateKey
	public portfolio.PublicKey // of bundle
}

func newSigner(ctx context.Context, v *portfolio.Leaving) (*signer, error) {
	all, err := v.PublicKeys(ctx)
	if err != nil {
		return nil, err
	}
	s := &signer{school: portfolio.SchoolKeys{ID: v.School.ID, Name: v.School.Name, Keys: all}}
	s.bundle, s.public, err = v.Key(ctx, portfolio.KeyBundles)
	return s, err
}

// fingerprints are those of the keys that sign now.
func (s *signer) fingerprints() (out []string) {
	for _, k := range s.school.Keys {
		if k.Retired.IsZero() {
			out = append(out, k.Fingerprint())
		}
	}
	return out
}

// signature is that of a tag manifest: the same for the same text, key and
// moment.
func (s *signer) signature(text string, bundle string, at time.Time) (string, error) {
	key, err := minisignPrivate(s.bundle, s.public)
	if err != nil {
		return "", err
	}
	r := minisign.NewReader(strings.NewReader(text))
	if _, err := io.Copy(io.Discard, r); err != nil {
		return "", err
	}
	trusted := fmt.Sprintf("timestamp:%d\tfile:%s\thashed\t%s", at.Unix(), tagManifest, bundle)
	return string(r.SignWithComments(key, trusted, "Kaft, "+s.public.Fingerprint())), nil
}

// signature checks who signed the bundle, by the keys in it: whether one of
// them is known, is for whoever asks. A signature that is there has to hold:
// without its key, or over something else, the bundle was changed since. Error
// kind: Invalid.
func (b *Bundle) signature() (portfolio.Signature, error) {
	var out portfolio.Signature
	if raw, err := b.readSmall(keysFile, maxKeyFile); err == nil {
		if schools, err := ReadKeys(raw); err == nil && len(schools) == 1 {
			out.Keys = schools[0]
		}
	}
	if _, ok := b.files[signatureFile]; !ok {
		return out, nil
	}
	broken := portfolio.E(portfolio.Invalid, "error.bundle.signature")
	signature, err := b.readSmall(signatureFile, maxSignature)
	if err != nil {
		return out, broken
	}
	text, err := b.readSmall(tagManifest, maxManifest)
	if err != nil {
		return out, broken
	}
	for _, k := range out.Keys.Keys {
		if k.Use == portfolio.KeyBundles && minisign.Verify(minisignPublic(k), text, signature) && bytes.Contains(text, []byte("  manifest-sha256.txt\n")) {
			out.Key = k.Key
			return out, nil
		}
	}
	return out, broken
}

// readSmall reads a file of the bundle that is not long.
func (b *Bundle) readSmall(name string, max int64) ([]byte, error) {
	return (&bag{files: b.files}).read(name, max)
}
