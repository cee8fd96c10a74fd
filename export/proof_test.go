package export

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mr-tron/base58"
)

// fixture reads a file that others wrote.
func fixture(t testing.TB, parts ...string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(append([]string{"../../shared/fixtures"}, parts...)...))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the fixtures are not here: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// otherContexts are the contexts that the fixtures name.
func otherContexts(t testing.TB) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for at, file := range map[string]string{
		"www.w3.org/ns/credentials/v2":                       "credentials-v2.jsonld",
		"purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "ob-v3p0-3.0.3.json",
		"purl.imsglobal.org/spec/ob/v3p0/extensions.json":    "ob-v3p0-extensions.json",
		"w3id.org/security/data-integrity/v1":                "data-integrity-v1.jsonld",
		"www.w3.org/ns/did/v1":                               "did-v1.jsonld",
	} {
		out[at] = &fstest.MapFile{Data: fixture(t, "open-badges", "contexts", file)}
	}
	// W3C's vectors name a context of examples, of which they use one term in
	// each document.
	out["www.w3.org/ns/credentials/examples/v2"] = &fstest.MapFile{Data: []byte(`{"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}`)}
	return out
}

// fragmentKey takes the key of a method from behind its #, as 1EdTech's samples
// have it: their issuers are addresses that nobody serves.
func fragmentKey(method string) (ed25519.PublicKey, error) {
	if strings.HasPrefix(method, "did:key:") {
		return didKey(method)
	}
	address, fragment, _ := strings.Cut(method, "#")
	if !strings.HasPrefix(address, "https://") {
		return nil, errKey
	}
	return multibaseKey(fragment)
}

func TestProofsOfW3CsVectorsHoldAndOfChangedOnesDoNot(t *testing.T) {
	for _, c := range []struct{ suite, file string }{
		{"eddsa-jcs-2022", "eddsa-jcs-2022/signedJCS.json"},
		{"eddsa-rdfc-2022", "eddsa-rdfc-2022/signedDataInt.json"},
	} {
		t.Run(c.file, func(t *testing.T) {
			raw := fixture(t, "w3c-vc-di-eddsa", filepath.FromSlash(c.file))
			check := proofChecker{didKey, otherContexts(t)}
			keys, err := check.check(raw)
			if err != nil || len(keys) != 1 {
				t.Fatalf("%d keys, %v", len(keys), err)
			}
			for what, change := range map[string]func(doc map[string]any){
				"a text":       func(doc map[string]any) { doc["description"] = "Another." },
				"a member":     func(doc map[string]any) { doc["credentialSubject"].(map[string]any)["alsoKnownAs"] = "x" },
				"the moment":   func(doc map[string]any) { doc["proof"].(map[string]any)["created"] = "2024-02-24T23:36:38Z" },
				"the purpose":  func(doc map[string]any) { doc["proof"].(map[string]any)["proofPurpose"] = "authentication" },
				"no signature": func(doc map[string]any) { delete(doc["proof"].(map[string]any), "proofValue") },
				"another key": func(doc map[string]any) {
					doc["proof"].(map[string]any)["verificationMethod"] = "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
				},
			} {
				var doc map[string]any
				if err := json.Unmarshal(raw, &doc); err != nil {
					t.Fatal(err)
				}
				change(doc)
				changed, _ := json.Marshal(doc)
				if _, err := check.check(changed); !errors.Is(err, errBadProof) {
					t.Errorf("%s changed: %v", what, err)
				}
			}
			twice := bytes.Replace(raw, []byte(`"name":`), []byte(`"name": "Doctor", "name":`), 1)
			if _, err := check.check(twice); bytes.Equal(twice, raw) || !errors.Is(err, errBadProof) {
				t.Errorf("a name twice: %v", err)
			}
			if c.suite == suiteRDFC {
				if _, err := (proofChecker{didKey, nil}).check(raw); !errors.Is(err, errNoProof) {
					t.Errorf("without the contexts: %v", err)
				}
			}
		})
	}
}

// A context that is not there is not fetched, and what names it is not checked.
func TestAProofWhoseContextIsNotThereIsNotChecked(t *testing.T) {
	raw := fixture(t, "w3c-vc-di-eddsa", "eddsa-rdfc-2022", "employ", "signedDataInt.json") // names w3id.org/citizenship/v4rc1
	if _, err := (proofChecker{didKey, otherContexts(t)}).check(raw); !errors.Is(err, errNoProof) {
		t.Errorf("got %v", err)
	}
}

// What is signed is what W3C's vector signs: each step of it, and the signature
// that their key makes.
func TestSigningMakesW3CsOwnSignature(t *testing.T) {
	var pair struct{ PrivateKeyMultibase string }
	if err := json.Unmarshal(fixture(t, "w3c-vc-di-eddsa", "keyPair.json"), &pair); err != nil {
		t.Fatal(err)
	}
	seed, err := base58.Decode(pair.PrivateKeyMultibase[1:])
	if err != nil || len(seed) != 34 {
		t.Fatal(len(seed), err)
	}
	var doc map[string]any
	if err := json.Unmarshal(fixture(t, "w3c-vc-di-eddsa", "unsigned.json"), &doc); err != nil {
		t.Fatal(err)
	}
	made, err := prove(doc, ed25519.NewKeyFromSeed(seed[2:]), time.Date(2023, 2, 24, 23, 36, 38, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if want := fixture(t, "w3c-vc-di-eddsa", "eddsa-jcs-2022", "sigBTC58JCS.txt"); !bytes.Contains(made, bytes.TrimSpace(want)) {
		t.Errorf("got %s\nwithout the signature %s", made, want)
	}
}

// 1EdTech's good samples hold, and in each of their bad ones the proof, or what
// a credential has to be, is wrong.
func TestCredentialsOf1EdTechAreAsTheySay(t *testing.T) {
	fixture(t, "open-badges", "1edtech-validator", "ob30", "simple.json")
	check := proofChecker{fragmentKey, otherContexts(t)}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	files, err := filepath.Glob("../../shared/fixtures/open-badges/1edtech-validator/ob30/simple*.json")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		want, name := errBadProof, filepath.Base(f)
		switch name {
		case "simple.json", "simple-did-key-method.json", "simple-did-web-method.json", "simple-multiple-proofs.json", "simple-context-alias.json":
			want = nil
		case "simple-noproof.json", "simple_v1.json", "simple-eddsa-2022.json", "simple-context-version.json":
			want = errNoProof // none, of a kind of before, or by a context that is not there
		}
		if _, key, err := readCredential(raw, check, at); !errors.Is(err, want) || (want == nil && (err != nil || len(key) != ed25519.PublicKeySize)) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
