package export

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/mr-tron/base58"

	"kaft/portfolio"
)

// KeysFormat is the format of a file of public keys: signing-keys.json in a
// bundle, /.well-known/portfolio-keys.json at a school's address.
const KeysFormat = "schoolportfolio-keys"

// maxKeyFile is the longest file of keys that is read, in bytes.
const maxKeyFile = 256 << 10

// keyFile is that file. What an entry says in another form (did, minisign) is
// for other people's tools; only the key itself is read.
type keyFile struct {
	Format   string      `json:"format"`
	Version  string      `json:"formatVersion"`
	Instance string      `json:"instance,omitzero"`
	Schools  []keySchool `json:"schools"`
}

type keySchool struct {
	ID   string     `json:"id"`
	Name string     `json:"name"`
	Keys []keyEntry `json:"keys"`
}

type keyEntry struct {
	Use         string    `json:"use"` // bundle, credential
	Algorithm   string    `json:"algorithm"`
	Key         []byte    `json:"publicKey"` // 32 bytes, base64
	Fingerprint string    `json:"fingerprint"`
	MadeAt      time.Time `json:"madeAt"`
	Retired     time.Time `json:"retired,omitzero"`
	DID         string    `json:"did,omitzero"`      // of a key for credentials
	Minisign    string    `json:"minisign,omitzero"` // of a key for bundles
}

const algorithm = "Ed25519"

// WriteKeys gives schools' public keys as a file.
func WriteKeys(instance string, schools ...portfolio.SchoolKeys) ([]byte, error) {
	f := keyFile{Format: KeysFormat, Version: Version, Instance: instance, Schools: []keySchool{}}
	for _, s := range schools {
		out := keySchool{ID: urn(s.ID), Name: s.Name, Keys: []keyEntry{}}
		for _, k := range s.Keys {
			e := keyEntry{Use: k.Use, Algorithm: algorithm, Key: k.Key, Fingerprint: k.Fingerprint(), MadeAt: k.MadeAt.UTC(), Retired: k.Retired}
			switch k.Use {
			case portfolio.KeyBundles:
				e.Minisign = minisignPublic(k).String()
			case portfolio.KeyCredentials:
				e.DID = didOf(k.Key)
			}
			out.Keys = append(out.Keys, e)
		}
		f.Schools = append(f.Schools, out)
	}
	raw, err := json.Marshal(f, jsontext.WithIndent(" "))
	return append(raw, '\n'), err
}

// ReadKeys reads a file of public keys. Keys for another use or of another kind
// are passed over. That it says whose they are proves nothing. Error kind:
// Invalid.
func ReadKeys(raw []byte) ([]portfolio.SchoolKeys, error) {
	if len(raw) > maxKeyFile {
		return nil, portfolio.E(portfolio.Invalid, "error.keys")
	}
	var f keyFile
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), &f); err != nil {
		return nil, refuse(err, "error.keys")
	}
	if f.Format != KeysFormat || !strings.HasPrefix(f.Version, major) || len(f.Schools) == 0 {
		return nil, portfolio.E(portfolio.Invalid, "error.keys")
	}
	var out []portfolio.SchoolKeys
	for _, s := range f.Schools {
		of := portfolio.SchoolKeys{ID: bare(s.ID), Name: strings.TrimSpace(cut(s.Name, 200)), Instance: cut(f.Instance, 300)}
		for _, e := range s.Keys {
			if e.Algorithm != algorithm || (e.Use != portfolio.KeyBundles && e.Use != portfolio.KeyCredentials) {
				continue
			}
			k := portfolio.PublicKey{Use: e.Use, Key: e.Key, MadeAt: e.MadeAt, Retired: e.Retired}
			if len(e.Key) != ed25519.PublicKeySize || e.Fingerprint != k.Fingerprint() || len(of.Keys) == portfolio.MaxKnownKeys {
				return nil, portfolio.E(portfolio.Invalid, "error.keys")
			}
			of.Keys = append(of.Keys, k)
		}
		if of.Name == "" || len(of.Keys) == 0 || len(of.ID) > 200 {
			return nil, portfolio.E(portfolio.Invalid, "error.keys")
		}
		out = append(out, of)
	}
	return out, nil
}

// keyID is how minisign tells keys apart: the first eight bytes of the
// fingerprint.
func keyID(k portfolio.PublicKey) []byte {
	b, err := hex.DecodeString(k.Fingerprint())
	if err != nil {
		panic(err) // a fingerprint is hex
	}
	return b[:8]
}

// multikey is what comes before an Ed25519 key in a did:key (W3C Multikey).
var multikey = []byte{0xed, 0x01}

var errKey = errors.New("not a did:key of an Ed25519 key")

// didOf is a key as the name of its holder.
func didOf(key []byte) string {
	return "did:key:z" + base58.Encode(append(bytes.Clone(multikey), key...))
}

// didKey is the key in a did:key, or in a verification method of one: the part
// behind the # then has to be the same key.
func didKey(did string) (ed25519.PublicKey, error) {
	text, ok := strings.CutPrefix(did, "did:key:")
	text, fragment, _ := strings.Cut(text, "#")
	if !ok || cmp.Or(fragment, text) != text {
		return nil, errKey
	}
	return multibaseKey(text)
}

func multibaseKey(text string) (ed25519.PublicKey, error) {
	text, ok := strings.CutPrefix(text, "z")
	if !ok || len(text) > 100 {
		return nil, errKey
	}
	raw, err := base58.Decode(text)
	if err != nil || len(raw) != len(multikey)+ed25519.PublicKeySize || !bytes.HasPrefix(raw, multikey) {
		return nil, errKey
	}
	return raw[len(multikey):], nil
}
