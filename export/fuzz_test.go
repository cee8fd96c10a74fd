package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// Whatever comes in as a bundle is accepted, or refused with a sentence.
func FuzzOpen(f *testing.F) {
	f.Add(rich(f))
	f.Add(zipOf(f, member{name: "b/bagit.txt", text: []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")}))
	f.Add(claims(10, 10))
	f.Add(zipOf(f, member{name: "b/bagit.txt"}, member{name: "b/../../x"}))
	f.Add(zipOf(f, member{name: "leap2a.xml", text: feed(modern, leapWork("a", "Eén", ""))}, member{name: "files/x"}))
	f.Fuzz(func(t *testing.T, raw []byte) { readOrRefuse(t, raw) })
}

// Whatever stands where the document should is accepted, or refused with a
// sentence.
func FuzzDocument(f *testing.F) {
	good := payload(f, rich(f))
	f.Add(good["data/portfolio.json"])
	f.Add([]byte(`{"format":"schoolportfolio-bundle","formatVersion":"1.0","bundle":{}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		good["data/portfolio.json"] = doc
		readOrRefuse(t, sealed(t, good))
	})
}

// Whatever stands where the manifest should is accepted, or refused with a
// sentence.
func FuzzManifest(f *testing.F) {
	good := payload(f, rich(f))
	f.Add([]byte("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/x\n"), []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"))
	sealed(f, good, func(tags map[string][]byte) {
		whole, bagit := bytes.Clone(tags["manifest-sha256.txt"]), bytes.Clone(tags["bagit.txt"])
		f.Add(whole, bagit)
		f.Add(append(whole[:len(whole):len(whole)], whole...), bagit)
		f.Add(bytes.Replace(whole, []byte("data/portfolio.json"), []byte("data/../../x"), 1), bagit)
		f.Add(bytes.Replace(whole, []byte("data/portfolio.json"), []byte("data/%0Aportfolio.json"), 1), bagit)
	})
	f.Fuzz(func(t *testing.T, manifest, bagit []byte) {
		readOrRefuse(t, sealed(t, good, func(tags map[string][]byte) {
			tags["manifest-sha256.txt"], tags["bagit.txt"] = manifest, bagit
			tags["tagmanifest-sha256.txt"] = []byte(sum(string(bagit)) + "  bagit.txt\n" + sum(string(manifest)) + "  manifest-sha256.txt\n")
		}))
	})
}

// Whatever stands where the conversations of an archive should is accepted, or
// refused with a sentence.
func FuzzTalks(f *testing.F) {
	s := talk(f, "2009-03-17")
	id := s.start(s.student, "Rekenen", "Hoi", s.teacher)
	s.plant(id, 2, s.friend, "x")
	raw := s.archive(s.student)
	text := entries(f, raw)["data/streams/chat.jsonl"]
	f.Add(text)
	f.Add(bytes.Replace(text, []byte(`"as":"student"`), []byte(`"as":"peer"`), 1))
	f.Add(text[:bytes.IndexByte(text, '\n')+1])
	f.Fuzz(func(t *testing.T, lines []byte) {
		whole := forged(t, raw, string(lines), func(_, x map[string]any) { delete(x, "records") })
		readOrRefuse(t, whole)
	})
}

// Whatever stands where a credential should proves nothing, or is what was
// signed.
func FuzzCredential(f *testing.F) {
	good := payload(f, rich(f))
	at := ""
	for name := range good {
		if strings.HasPrefix(name, "data/credentials/") {
			at = name
		}
	}
	signed := unproven(f, good[at])
	f.Add(good[at])
	f.Add(bytes.Replace(good[at], []byte(`"proof":`), []byte(`"proof":[],"proof":`), 1))
	f.Add(bytes.Replace(good[at], []byte(suite), []byte("eddsa-rdfc-2022"), 1))
	f.Add([]byte(`{"proof":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		good[at] = raw
		whole := sealed(t, good)
		b, err := export.Open(bytes.NewReader(whole), int64(len(whole)))
		ok(t, err)
		v, err := b.Verify(context.Background(), quiet)
		ok(t, err)
		for _, p := range v.Proofs() {
			if p.Proof != nil && !reflect.DeepEqual(unproven(t, raw), signed) {
				t.Errorf("it proves what was not signed: %s", raw)
			}
		}
	})
}

const suite = "eddsa-jcs-2022"

// unproven is what a credential says, without its proof.
func unproven(t testing.TB, raw []byte) (doc map[string]any) {
	t.Helper()
	ok(t, json.Unmarshal(raw, &doc))
	delete(doc, "proof")
	return doc
}

// Whatever comes in as a file of keys is refused, or goes out as it came in.
func FuzzKeys(f *testing.F) {
	raw, err := export.WriteKeys("https://linde.example", portfolio.SchoolKeys{ID: portfolio.NewID(), Name: "De Linde",
		Keys: []portfolio.PublicKey{{Use: portfolio.KeyBundles, Key: make([]byte, 32), MadeAt: start}}})
	ok(f, err)
	f.Add(raw)
	f.Add([]byte(`{"format":"schoolportfolio-keys","formatVersion":"1.0","schools":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		schools, err := export.ReadKeys(raw)
		if err != nil {
			refused(t, err, portfolio.Invalid, "error.keys")
			return
		}
		again, err := export.WriteKeys(schools[0].Instance, schools...)
		ok(t, err)
		if got, err := export.ReadKeys(again); err != nil || len(got) != len(schools) || len(got[0].Keys) != len(schools[0].Keys) {
			t.Errorf("got %+v (%v), want %+v", got, err, schools)
		}
	})
}

func readOrRefuse(t *testing.T, raw []byte) {
	t.Helper()
	b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
	if err == nil {
		_, err = b.Verify(context.Background(), quiet)
	}
	if k := portfolio.KindOf(err); err != nil && k != portfolio.Invalid && k != portfolio.TooLarge {
		t.Fatalf("refused without a sentence: %v", err)
	}
}
