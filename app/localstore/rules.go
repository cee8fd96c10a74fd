package localstore

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kaft/portfolio"
)

const (
	maxBody  = 8 << 20 // bytes
	maxLimit = 1000
	maxID    = 200 // bytes of a blob's ID
)

// checkDoc refuses a document that breaks the contract. Error kinds: Invalid,
// TooLarge.
func checkDoc(d portfolio.Doc) error {
	if err := checkRef(d.Ref); err != nil {
		return err
	}
	for index, key := range d.Keys {
		if !slices.Contains(portfolio.Indexes, index) || !plain(key) {
			return invalid
		}
	}
	if len(d.Body) > maxBody {
		return portfolio.E(portfolio.TooLarge, "error.too_large", "Max", maxBody)
	}
	return nil
}

// checkRef refuses a name that no document can have. Error kind: Invalid.
func checkRef(r portfolio.Ref) error {
	for _, s := range []string{r.School, r.Kind, r.ID} {
		if s == "" || !plain(s) {
			return invalid
		}
	}
	return nil
}

// checkQuery refuses a query that breaks the contract. Error kind: Invalid.
func checkQuery(q portfolio.Query) error {
	known := q.Index == "" || slices.Contains(portfolio.Indexes, q.Index)
	if q.School == "" || q.Kind == "" || !known || q.Limit < 1 || q.Limit > maxLimit {
		return invalid
	}
	return nil
}

// plain is text that every engine orders by its bytes.
func plain(s string) bool {
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// blobID says whether a blob may be called id. It leaves no way out of the
// folder: dots are not in the alphabet, and no part is empty.
func blobID(id string) bool {
	if len(id) > maxID {
		return false
	}
	for part := range strings.SplitSeq(id, "/") {
		if part == "" {
			return false
		}
		for _, c := range []byte(part) {
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return false
			}
		}
	}
	return true
}

var (
	invalid  = portfolio.E(portfolio.Invalid, "error.invalid")
	notFound = portfolio.E(portfolio.NotFound, "error.not_found")
	exists   = portfolio.E(portfolio.Exists, "error.exists")
	conflict = portfolio.E(portfolio.Conflict, "error.conflict")
)

func unavailable(err error) error {
	return &portfolio.Error{Kind: portfolio.Unavailable, Msg: "error.unavailable", Err: err}
}
