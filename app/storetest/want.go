package storetest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"kaft/portfolio"
)

// ref is a work at the school of these tests.
func ref(id string) portfolio.Ref { return portfolio.Ref{School: "school", Kind: "work", ID: id} }

// keys makes index keys of pairs.
func keys(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// by lists the works of these tests.
func by(index string) portfolio.Query {
	return portfolio.Query{School: "school", Kind: "work", Index: index, Limit: 1000}
}

func create(t *testing.T, s portfolio.Store, d portfolio.Doc) {
	t.Helper()
	if err := s.Create(t.Context(), d); err != nil {
		t.Fatalf("create %q: %v", d.ID, err)
	}
}

func replace(t *testing.T, s portfolio.Store, d portfolio.Doc) {
	t.Helper()
	if err := s.Replace(t.Context(), d); err != nil {
		t.Fatalf("replace %q: %v", d.ID, err)
	}
}

func remove(t *testing.T, s portfolio.Store, r portfolio.Ref, rev int64) {
	t.Helper()
	if err := s.Delete(t.Context(), r, rev); err != nil {
		t.Fatalf("delete %q: %v", r.ID, err)
	}
}

func list(t *testing.T, s portfolio.Store, q portfolio.Query) []portfolio.Doc {
	t.Helper()
	docs, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatalf("list %+v: %v", q, err)
	}
	return docs
}

// pages walks a query to its end and calls meanwhile, if any, between pages.
func pages(t *testing.T, s portfolio.Store, q portfolio.Query, meanwhile func()) (all []portfolio.Doc) {
	t.Helper()
	for {
		page := list(t, s, q)
		if len(page) > q.Limit {
			t.Fatalf("got a page of %d, want at most %d", len(page), q.Limit)
		}
		all = append(all, page...)
		if len(page) < q.Limit {
			return all
		}
		if len(all) > 10_000 {
			t.Fatalf("%+v does not end", q)
		}
		last := page[len(page)-1]
		q.After = portfolio.Cursor{Key: last.Keys[q.Index], ID: last.ID}
		if meanwhile != nil {
			meanwhile()
		}
	}
}

func wantDoc(t *testing.T, s portfolio.Store, want portfolio.Doc) portfolio.Doc {
	t.Helper()
	got, err := s.Get(t.Context(), want.Ref)
	if err != nil {
		t.Fatalf("get %q: %v", want.ID, err)
	}
	if !same(got, want) {
		t.Fatalf("got %s, want %s", brief(got), brief(want))
	}
	return got
}

func wantIDs(t *testing.T, docs []portfolio.Doc, want ...string) {
	t.Helper()
	var got []string
	for _, d := range docs {
		got = append(got, d.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func wantKind(t *testing.T, err error, want portfolio.ErrKind) {
	t.Helper()
	if err == nil || portfolio.KindOf(err) != want {
		t.Errorf("got error %v, want kind %v", err, want)
	}
}

// same compares documents; no keys are no keys, nil or not.
func same(a, b portfolio.Doc) bool {
	return a.Ref == b.Ref && a.Rev == b.Rev && maps.Equal(a.Keys, b.Keys) && bytes.Equal(a.Body, b.Body)
}

func brief(d portfolio.Doc) string {
	return fmt.Sprintf("%q rev %d keys %v and %d bytes %.20q", d.Ref, d.Rev, d.Keys, len(d.Body), d.Body)
}
