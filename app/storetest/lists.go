package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"kaft/portfolio"
)

// texts are in the order of their bytes, which is not the order of any
// language, nor that of UTF-16.
var texts = []string{"\x01", "-", "0", "00", "A", "a", "a-", "a/", "a0", "aa", "b", "~", "é", "\uffee", "😀"}

func listsInByteOrder(t *testing.T, s portfolio.Store) {
	for i := range texts { // in an order of no meaning
		text := texts[i*7%len(texts)]
		create(t, s, portfolio.Doc{Ref: ref(text), Body: []byte(text), Keys: keys("about", text, "party", "all", "state", "")})
	}
	back := slices.Clone(texts)
	slices.Reverse(back)
	for _, index := range []string{"", "about", "party", "state"} {
		q := by(index)
		got := list(t, s, q)
		wantIDs(t, got, texts...)
		for _, d := range got {
			want := portfolio.Doc{Ref: ref(d.ID), Rev: 1, Body: []byte(d.ID), Keys: keys("about", d.ID, "party", "all", "state", "")}
			if !same(d, want) {
				t.Errorf("listed by %q: got %+v, want %+v", index, d, want)
			}
		}
		q.Desc = true
		wantIDs(t, list(t, s, q), back...)
	}
}

func keepsToBounds(t *testing.T, s portfolio.Store) {
	for i, key := range []string{"a/1", "a/2", "a/2", "a/é", "b/1", "b/😀", "c"} {
		create(t, s, portfolio.Doc{Ref: ref(key + strconv.Itoa(i)), Keys: keys("about", key)})
	}
	create(t, s, portfolio.Doc{Ref: portfolio.Ref{School: "school", Kind: "other", ID: "x"}, Keys: keys("about", "a/2")})
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"", "", []string{"a/10", "a/21", "a/22", "a/é3", "b/14", "b/😀5", "c6"}},
		{"a/2", "", []string{"a/21", "a/22", "a/é3", "b/14", "b/😀5", "c6"}},
		{"", "a/2", []string{"a/10"}},
		{"a/2", "b/1", []string{"a/21", "a/22", "a/é3"}},
		{"a/2", "a/2", nil},
		{"b", "a", nil},
		{"d", "", nil},
	} {
		q := by("about")
		q.From, q.To = c.from, c.to
		wantIDs(t, list(t, s, q), c.want...)
		q.Desc = true
		slices.Reverse(c.want)
		wantIDs(t, list(t, s, q), c.want...)
	}
	wantIDs(t, list(t, s, by("about").Prefix("b/")), "b/14", "b/😀5")
	wantIDs(t, list(t, s, by("").Prefix("a/2")), "a/21", "a/22")
	q := by("")
	q.From, q.To = "a/22", "b/14"
	wantIDs(t, list(t, s, q), "a/22", "a/é3")
	q = by("about")
	q.Limit = 3
	wantIDs(t, list(t, s, q), "a/10", "a/21", "a/22")
	q.Desc = true
	wantIDs(t, list(t, s, q), "c6", "b/😀5", "b/14")
}

func pagesThroughEqualKeys(t *testing.T, s portfolio.Store) {
	var all []string
	for i := range 60 {
		id := fmt.Sprintf("%02d", i*37%60)
		create(t, s, portfolio.Doc{Ref: ref(id), Keys: keys("about", fmt.Sprint(i*37%60/40), "party", "", "state", "same")})
		all = append(all, id)
	}
	slices.Sort(all)
	back := slices.Clone(all)
	slices.Reverse(back)
	for _, index := range []string{"", "about", "party", "state"} {
		for _, limit := range []int{1, 7, 59, 60, 1000} {
			q := by(index)
			q.Limit = limit
			wantIDs(t, pages(t, s, q, nil), all...)
			q.Desc = true
			wantIDs(t, pages(t, s, q, nil), back...)
		}
	}
	q := by("state").Prefix("same")
	q.Limit, q.After = 10, portfolio.Cursor{Key: "a", ID: "before all"}
	wantIDs(t, list(t, s, q), all[:10]...)
	q.After = portfolio.Cursor{Key: "z", ID: "behind all"}
	wantIDs(t, list(t, s, q))
	q.Desc = true
	wantIDs(t, list(t, s, q), back[:10]...)
}

func pagesWhileOthersComeAndGo(t *testing.T, s portfolio.Store) {
	for i := range 40 {
		create(t, s, portfolio.Doc{Ref: ref(fmt.Sprintf("%02d stays", i)), Keys: keys("state", "k")})
		create(t, s, portfolio.Doc{Ref: ref(fmt.Sprintf("%02d goes", i)), Keys: keys("state", "k")})
	}
	n := 0
	meanwhile := func() {
		if n < 40 {
			remove(t, s, ref(fmt.Sprintf("%02d goes", n*17%40)), 1)
			create(t, s, portfolio.Doc{Ref: ref(fmt.Sprintf("%02d comes", n*23%40)), Keys: keys("state", "k")})
			n++
		}
	}
	for _, desc := range []bool{false, true} {
		seen := map[string]int{}
		for _, d := range pages(t, s, portfolio.Query{School: "school", Kind: "work", Index: "state", Desc: desc, Limit: 5}, meanwhile) {
			seen[d.ID]++
		}
		for i := range 40 {
			if id := fmt.Sprintf("%02d stays", i); seen[id] != 1 {
				t.Errorf("desc=%v: %q came %d times, want once", desc, id, seen[id])
			}
		}
		for id, times := range seen {
			if times > 1 {
				t.Errorf("desc=%v: %q came %d times", desc, id, times)
			}
		}
	}
}
