package export

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// fingerprint is the hash of what somebody made, by which two bundles are
// known to hold the same thing. What depends on the bundle stays out of it:
// who sees it, what it refers to, the names of its files there, and members
// that a reader may not know.
func (it Item) fingerprint() (string, error) {
	it.ID = ""
	it.About, it.Author, it.Authors, it.Depicted, it.History, it.Labels = nil, "", nil, nil, nil, nil
	it.Visibility, it.Origin, it.Extensions, it.Unknown, it.Missing = nil, nil, nil, nil, nil
	it.CreatedAt, it.UpdatedAt = it.CreatedAt.UTC(), it.UpdatedAt.UTC()
	return hashOf(it)
}

func (s Assessment) fingerprint() (string, error) {
	s.ID = ""
	s.About, s.Assessor, s.School, s.Credential = nil, "", "", ""
	s.Visibility, s.Origin, s.Extensions, s.Unknown = nil, nil, nil, nil
	s.CreatedAt, s.UpdatedAt, s.PublishedAt = s.CreatedAt.UTC(), s.UpdatedAt.UTC(), s.PublishedAt.UTC()
	return hashOf(s)
}

// hashOf is the SHA-256 of a value's canonical JSON (RFC 8785).
func hashOf(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if err := (*jsontext.Value)(&raw).Canonicalize(); err != nil {
		return "", err
	}
	return hexSum(raw), nil
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// urn is a Kaft id as the document has it. One that is no UUID becomes one.
func urn(id string) string {
	if !uuidForm.MatchString(id) {
		id = portfolio.DeriveID("id", id)
	}
	return "urn:uuid:" + id
}

// bare is an id of the document as Kaft keeps it.
func bare(urn string) string { return strings.TrimPrefix(urn, "urn:uuid:") }

// moveUnknown puts the members of an object that this version does not know
// under its extensions.
func moveUnknown(unknown jsontext.Value, into map[string]jsontext.Value) (map[string]jsontext.Value, error) {
	if len(unknown) == 0 {
		return into, nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(unknown, &members); err != nil {
		return nil, err
	}
	if into == nil {
		into = map[string]jsontext.Value{}
	}
	for name, v := range members {
		if _, ok := into[name]; !ok {
			into[name] = v
		}
	}
	return into, nil
}
