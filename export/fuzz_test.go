package export_test

import (
	"bytes"
	"context"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// Whatever comes in as a bundle is accepted, or refused with a sentence.
func FuzzOpen(f *testing.F) {
	f.Add(rich(f))
	f.Add(zipOf(f, member{name: "b/bagit.txt", text: []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")}))
	f.Add(claims(10, 10))
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
	f.Fuzz(func(t *testing.T, manifest, bagit []byte) {
		readOrRefuse(t, sealed(t, good, func(tags map[string][]byte) {
			tags["manifest-sha256.txt"], tags["bagit.txt"] = manifest, bagit
			tags["tagmanifest-sha256.txt"] = []byte(sum(string(bagit)) + "  bagit.txt\n" + sum(string(manifest)) + "  manifest-sha256.txt\n")
		}))
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
