package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// listsBlobs lists a small, mean set of IDs in every way there is and compares
// with a sorted slice. '-' comes before '/' and digits after it, so the order of
// whole IDs is not the order of folders.
func listsBlobs(t *testing.T, f portfolio.Files) {
	all := []string{
		"z", "a/b", "a-b", "a0", "a/b-c", "a/bc", "aa/b", "b/c/d/e", "b/c/d-e", "b/c/d0", "b/cc", "b-/c", "b0/c", "a/b0/x", "a/b0/y", "0",
	}
	for i := range 40 {
		all = append(all, fmt.Sprintf("many/%02d", i*7%40), fmt.Sprintf("many/%02d-/x", i*3%40))
	}
	for i, id := range all {
		put(t, f, id, noise(i), int64(i))
	}
	slices.Sort(all)
	edges := append([]string{
		"", "a", "a/", "a/b", "a/b/", "a/b0/", "b/c", "b/c/", "b-", "b-/", "many", "many/", "many/1", "many/19-/", "zz", "nothing/here",
		"/", "//", "a//", "../", "A", "\x00", "a/b\xff", "~", strings.Repeat("a", 300),
	}, all[:20]...)
	for i, prefix := range edges {
		for j, after := range edges {
			limit := []int{1, 3, 1000}[(i+j)%3]
			var want []string
			for _, id := range all {
				if strings.HasPrefix(id, prefix) && id > after && len(want) < limit {
					want = append(want, id)
				}
			}
			wantListed(t, f, prefix, after, limit, want...)
		}
	}
	for _, limit := range []int{0, -1, 1001} {
		_, err := f.List(t.Context(), "", "", limit)
		wantKind(t, err, portfolio.Invalid)
	}
	pagesThroughBlobs(t, f, all)
}

// pagesThroughBlobs walks all blobs while some before and behind are deleted.
func pagesThroughBlobs(t *testing.T, f portfolio.Files, all []string) {
	for _, limit := range []int{1, 7, len(all), 1000} {
		var got []string
		for after := ""; ; {
			page, err := f.List(t.Context(), "", after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range page {
				got = append(got, b.ID)
				after = b.ID
			}
			if len(page) < limit {
				break
			}
			if len(got) > len(all) {
				t.Fatal("the list does not end")
			}
		}
		if !slices.Equal(got, all) {
			t.Errorf("in pages of %d: got %q, want %q", limit, got, all)
		}
	}
	var got []string
	for after := ""; len(got) <= len(all); {
		page, err := f.List(t.Context(), "", after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		after = page[0].ID
		got = append(got, after)
		deleteBlob(t, f, after)
	}
	if !slices.Equal(got, all) {
		t.Errorf("while deleting: got %q, want %q", got, all)
	}
	wantListed(t, f, "", "", 1000)
}
