package export

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/mr-tron/base58"
	"github.com/piprate/json-gold/ld"
)

// Data Integrity proofs of W3C (VC Data Integrity 1.0, EdDSA Cryptosuites 1.0)
// on JSON documents. Kaft signs with eddsa-jcs-2022, which canonicalizes JSON
// (RFC 8785) and needs nothing from elsewhere.
//
// eddsa-rdfc-2022 canonicalizes the meaning of a document, by the contexts it
// names. Those are other people's files, which are not in Kaft: who has them
// can check such a proof too (piprate/json-gold does the work).

const (
	suiteJCS  = "eddsa-jcs-2022"
	suiteRDFC = "eddsa-rdfc-2022"
)

var (
	errNoProof  = errors.New("there is no proof of a kind that can be checked here")
	errBadProof = errors.New("the proof does not hold")
)

// proofChecker knows how to check proofs.
type proofChecker struct {
	key      func(method string) (ed25519.PublicKey, error) // of a verification method
	contexts fs.FS                                          // for eddsa-rdfc-2022, as contextLoader has it; nil: such proofs are not checked
}

// dataProof are the members of a proof that are looked at.
type dataProof struct {
	Context  jsontext.Value `json:"@context"`
	Type     string         `json:"type"`
	Suite    string         `json:"cryptosuite"`
	Created  time.Time      `json:"created"`
	Method   string         `json:"verificationMethod"`
	Purpose  string         `json:"proofPurpose"`
	Value    string         `json:"proofValue"`
	Previous jsontext.Value `json:"previousProof"`
}

// members are an object's members, each as it came.
type members = map[string]jsontext.Value

// prove gives a document with a proof by a key, in canonical JSON: the same
// bytes for the same document, key and moment.
func prove(document any, key ed25519.PrivateKey, created time.Time) ([]byte, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var doc members
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	did := didOf(key.Public().(ed25519.PublicKey))
	proof := map[string]any{"@context": doc["@context"], "type": "DataIntegrityProof", "cryptosuite": suiteJCS,
		"created": created.UTC().Format(time.RFC3339), "verificationMethod": did + "#" + strings.TrimPrefix(did, "did:key:"), "proofPurpose": "assertionMethod"}
	config, err := json.Marshal(proof)
	if err != nil {
		return nil, err
	}
	hashed, err := hashJCS(raw, config)
	if err != nil {
		return nil, err
	}
	proof["proofValue"] = "z" + base58.Encode(ed25519.Sign(key, hashed))
	if doc["proof"], err = json.Marshal([]any{proof}); err != nil {
		return nil, err
	}
	out, err := json.Marshal(doc)
	if err == nil {
		err = (*jsontext.Value)(&out).Canonicalize()
	}
	return out, err
}

// check checks the proofs on a document and gives the keys that made them. Of
// several, those of another kind are passed over; each that can be checked has
// to hold. JSON with a name twice, which two readers could read differently,
// is refused first.
func (c proofChecker) check(raw []byte) (keys []ed25519.PublicKey, err error) {
	if !jsontext.Value(raw).IsValid() || nesting(raw) > maxNesting {
		return nil, errBadProof
	}
	var doc members
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, errBadProof
	}
	var proofs []members
	switch p := doc["proof"]; p.Kind() {
	case jsontext.KindBeginObject:
		proofs = make([]members, 1)
		err = json.Unmarshal(p, &proofs[0])
	case jsontext.KindBeginArray:
		err = json.Unmarshal(p, &proofs)
	default:
		return nil, errNoProof
	}
	if err != nil {
		return nil, errBadProof
	}
	delete(doc, "proof")
	for _, p := range proofs {
		key, err := c.checkOne(doc, p)
		switch {
		case errors.Is(err, errNoProof):
		case err != nil:
			return nil, err
		default:
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errNoProof
	}
	return keys, nil
}

func (c proofChecker) checkOne(doc, config members) (ed25519.PublicKey, error) {
	whole, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	var p dataProof
	if err := json.Unmarshal(whole, &p); err != nil {
		return nil, errBadProof
	}
	rdf := p.Suite == suiteRDFC && c.contexts != nil
	if p.Type != "DataIntegrityProof" || (p.Suite != suiteJCS && !rdf) || len(p.Previous) > 0 {
		return nil, errNoProof
	}
	key, err := c.key(p.Method)
	if err != nil || p.Purpose != "assertionMethod" {
		return nil, errors.Join(errBadProof, err)
	}
	text, isBase58 := strings.CutPrefix(p.Value, "z")
	signature, err := base58.Decode(text)
	if !isBase58 || err != nil || len(signature) != ed25519.SignatureSize {
		return nil, errBadProof
	}
	unsigned, config := clone(doc), clone(config)
	delete(config, "proofValue")
	if len(p.Context) > 0 {
		// The signer's contexts come first in the document's: what was put behind
		// them is not signed (EdDSA Cryptosuites 3.3.2).
		if !startsWith(doc["@context"], p.Context) {
			return nil, errBadProof
		}
		unsigned["@context"] = p.Context
	}
	if rdf {
		config["@context"] = unsigned["@context"]
	}
	rawDoc, err1 := json.Marshal(unsigned)
	rawConfig, err2 := json.Marshal(config)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	var hashed []byte
	if rdf {
		hashed, err = c.hashRDF(rawDoc, rawConfig)
	} else {
		hashed, err = hashJCS(rawDoc, rawConfig)
	}
	if errors.Is(err, errNoProof) {
		return nil, err
	}
	if err != nil || !ed25519.Verify(key, hashed, signature) {
		return nil, errors.Join(errBadProof, err)
	}
	return key, nil
}

func clone(m members) members {
	out := members{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// startsWith tells whether a list of contexts begins with those of another.
func startsWith(list, first jsontext.Value) bool {
	a, b := contextsOf(list), contextsOf(first)
	if len(b) == 0 || len(b) > len(a) {
		return false
	}
	for i := range b {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// contextsOf are the contexts of a list, or the one that is no list, each in
// canonical JSON.
func contextsOf(v jsontext.Value) (out []jsontext.Value) {
	v = v.Clone()
	if v.Canonicalize() != nil {
		return nil
	}
	if v.Kind() != jsontext.KindBeginArray {
		return []jsontext.Value{v}
	}
	if json.Unmarshal(v, &out) != nil {
		return nil
	}
	return out
}

// hashJCS is what eddsa-jcs-2022 signs.
func hashJCS(doc, config jsontext.Value) ([]byte, error) {
	var out []byte
	for _, v := range []jsontext.Value{config, doc} {
		v = v.Clone()
		if err := v.Canonicalize(); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(v)
		out = append(out, sum[:]...)
	}
	return out, nil
}

// hashRDF is what eddsa-rdfc-2022 signs. A term that no context defines would
// not be signed, so it is an error (the safe mode of JSON-LD).
func (c proofChecker) hashRDF(doc, config []byte) (out []byte, err error) {
	defer func() { // a graph or context that the library was not made for
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errBadProof, p)
		}
	}()
	options := ld.NewJsonLdOptions("")
	loader := &contextLoader{files: c.contexts}
	options.Format, options.Algorithm, options.SafeMode, options.DocumentLoader = "application/n-quads", ld.AlgorithmURDNA2015, true, loader
	for _, raw := range [][]byte{config, doc} {
		v, err := ld.DocumentFromReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		quads, err := ld.NewJsonLdProcessor().Normalize(v, options)
		if loader.missing {
			return nil, errNoProof
		}
		if err != nil {
			return nil, err
		}
		text, ok := quads.(string)
		if !ok {
			return nil, errBadProof
		}
		sum := sha256.Sum256([]byte(text))
		out = append(out, sum[:]...)
	}
	return out, nil
}

// contextLoader finds contexts as wget -x stores them: the file of
// https://www.w3.org/ns/credentials/v2 is www.w3.org/ns/credentials/v2. Nothing
// is fetched.
type contextLoader struct {
	files   fs.FS
	missing bool // a context was asked for that is not there
}

func (l *contextLoader) LoadDocument(address string) (*ld.RemoteDocument, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		l.missing = true
		return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, address)
	}
	f, err := l.files.Open(path.Join(u.Host, strings.TrimPrefix(u.Path, "/")))
	if err != nil {
		l.missing = true
		return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, err)
	}
	defer f.Close()
	doc, err := ld.DocumentFromReader(f)
	if err != nil {
		return nil, err
	}
	return &ld.RemoteDocument{DocumentURL: address, Document: doc}, nil
}
