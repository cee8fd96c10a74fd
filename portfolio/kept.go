package portfolio

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

// Kept is one thing of a portfolio as it came in a bundle, so that another
// bundle can take it along again with nothing lost: what Kaft has no place
// for, and the source of what it has.
type Kept struct {
	Head
	Student string          `json:"student"`
	Import  string          `json:"import"`
	Section string          `json:"section"` // the member of the bundle's document
	Name    string          `json:"name"`    // its id there, or the name of the member
	Order   int             `json:"order"`
	Reader  string          `json:"reader,omitempty"` // of messages, who alone may have them: somebody here, or a label of the bundle
	Raw     json.RawMessage `json:"raw"`
}

// KeptCredentials is the section of what proves an assessment that came in, as
// bytes: as JSON it would not stay what was signed.
const KeptCredentials = "credential"

func (k *Kept) keys() map[string]string {
	return map[string]string{"about": fmt.Sprintf("%s/%s/%08d", k.Student, k.Section, k.Order), "state": k.Import}
}

// claim is the mark that a bundle is coming in for a student: one at a time.
// Its id is the student's, so that the store itself lets only one be made.
type claim struct {
	Head
	Import string `json:"import"`
}

// DeriveID is the id that belongs to a list of ids: always the same for the
// same list, and nothing can be read back from it. It is a UUID (RFC 9562,
// version 8).
func DeriveID(parts ...string) string {
	sum := sha256.Sum256([]byte("kaft\x00" + strings.Join(parts, "\x00")))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// keptID: id is a local id for what Kaft has a place for too, else the id there.
func keptID(student, section, id string) string { return DeriveID("kept", student, section, id) }
