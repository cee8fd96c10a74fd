package storetest

import (
	"slices"
	"testing"

	"kaft/portfolio"
)

func put(t *testing.T, f portfolio.Files, id string, n noise, size int64) {
	t.Helper()
	if got, err := f.Put(t.Context(), id, n.first(size)); err != nil || got != size {
		t.Fatalf("put %s: got %d, %v, want %d", id, got, err, size)
	}
}

func openBlob(t *testing.T, f portfolio.Files, id string) portfolio.BlobReader {
	t.Helper()
	r, err := f.Open(t.Context(), id)
	if err != nil {
		t.Fatalf("open %s: %v", id, err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func deleteBlob(t *testing.T, f portfolio.Files, id string) {
	t.Helper()
	if err := f.Delete(t.Context(), id); err != nil {
		t.Fatalf("delete %s: %v", id, err)
	}
}

func wantBlob(t *testing.T, f portfolio.Files, id string, n noise, size int64) {
	t.Helper()
	r := openBlob(t, f, id)
	if r.Size() != size {
		t.Errorf("%s: got size %d, want %d", id, r.Size(), size)
	}
	if err := isNoise(r, n, 0, size); err != nil {
		t.Errorf("%s: %v", id, err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("close %s: %v", id, err)
	}
}

func wantListed(t *testing.T, f portfolio.Files, prefix, after string, limit int, want ...string) {
	t.Helper()
	blobs, err := f.List(t.Context(), prefix, after, limit)
	if err != nil {
		t.Fatalf("list %q after %q: %v", prefix, after, err)
	}
	var got []string
	for _, b := range blobs {
		got = append(got, b.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("list %q after %q, %d: got %q, want %q", prefix, after, limit, got, want)
	}
}
