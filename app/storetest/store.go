package storetest

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	"kaft/portfolio"
)

// TestStore holds a portfolio.Store to its contract.
func TestStore(t *testing.T, open Opener[portfolio.Store]) {
	for _, c := range []struct {
		sentence string
		test     func(*testing.T, portfolio.Store)
	}{
		{"what was created can be got, with its keys and any bytes", getsWhatWasCreated},
		{"the store keeps no hold on what it was given or gave", sharesNoMemory},
		{"an ID is taken once", refusesATakenID},
		{"what is not there is not found", findsNothingWhereNothingIs},
		{"the current revision can be replaced, and counts on", replacesTheCurrentRevision},
		{"another revision is a conflict and changes nothing", refusesAnotherRevision},
		{"a replaced document is listed under its new keys only", movesIndexKeys},
		{"a deleted document is gone from every list", deletesEverywhere},
		{"a list goes by key and then by ID, by their bytes, both ways", listsInByteOrder},
		{"a list keeps to its bounds", keepsToBounds},
		{"pages follow each other though many documents share a key", pagesThroughEqualKeys},
		{"pages hold each document once while others come and go", pagesWhileOthersComeAndGo},
		{"nothing crosses from one school or kind to another", keepsSchoolsApart},
		{"what breaks the rules is invalid and changes nothing", refusesWhatBreaksTheRules},
		{"a body may have 8 MiB and no more", boundsBodies},
		{"eight who read, change and replace lose nothing", losesNoUpdate},
		{"of many who create one ID one succeeds", createsOnce},
		{"many who write at once are each answered for themselves", answersEachForItself},
		{"a context that has ended is an error and changes nothing", heedsAnEndedContext},
		{"a context that ends meanwhile leaves nothing half done", leavesNothingHalfDone},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s, _ := open(t)
			c.test(t, s)
		})
	}
	t.Run("any sequence of calls gives the answers of a plain map", func(t *testing.T) {
		s, _ := open(t)
		answersLikeAMap(t, s)
	})
	t.Run("closing and opening keeps everything", func(t *testing.T) {
		s, reopen := open(t)
		if reopen == nil {
			t.Skip("this engine is not the test's to restart")
		}
		keepsEverything(t, s, reopen)
	})
}

func getsWhatWasCreated(t *testing.T, s portfolio.Store) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, d := range []portfolio.Doc{
		{Ref: ref("plain"), Body: []byte(`{"a":1}`), Keys: keys("about", "p1", "party", "p2", "state", "open")},
		{Ref: ref("every byte"), Body: every, Keys: keys("state", "")},
		{Ref: ref("no body")},
		{Ref: ref("é \u200d 😀 \x01 / ' \" \\ $ . %")},
		{Ref: ref("its revision is not asked"), Rev: 7},
	} {
		create(t, s, d)
		d.Rev = 1
		wantDoc(t, s, d)
	}
}

func sharesNoMemory(t *testing.T, s portfolio.Store) {
	d := portfolio.Doc{Ref: ref("1"), Body: []byte("before"), Keys: keys("about", "before")}
	create(t, s, d)
	copy(d.Body, "after!")
	d.Keys["about"] = "after"
	want := portfolio.Doc{Ref: ref("1"), Rev: 1, Body: []byte("before"), Keys: keys("about", "before")}
	got := wantDoc(t, s, want)
	copy(got.Body, "after!")
	got.Keys["about"] = "after"
	wantDoc(t, s, want)
}

func refusesATakenID(t *testing.T, s portfolio.Store) {
	create(t, s, portfolio.Doc{Ref: ref("1"), Body: []byte("first"), Keys: keys("about", "first")})
	err := s.Create(t.Context(), portfolio.Doc{Ref: ref("1"), Body: []byte("second"), Keys: keys("about", "second")})
	wantKind(t, err, portfolio.Exists)
	wantDoc(t, s, portfolio.Doc{Ref: ref("1"), Rev: 1, Body: []byte("first"), Keys: keys("about", "first")})
	wantIDs(t, list(t, s, by("about")), "1")
	remove(t, s, ref("1"), 1)
	create(t, s, portfolio.Doc{Ref: ref("1"), Body: []byte("third")}) // free again
}

func findsNothingWhereNothingIs(t *testing.T, s portfolio.Store) {
	create(t, s, portfolio.Doc{Ref: ref("1")})
	for _, r := range []portfolio.Ref{ref("2"), {School: "other", Kind: "work", ID: "1"}, {School: "school", Kind: "other", ID: "1"}} {
		_, err := s.Get(t.Context(), r)
		wantKind(t, err, portfolio.NotFound)
		wantKind(t, s.Replace(t.Context(), portfolio.Doc{Ref: r, Rev: 1}), portfolio.NotFound)
		wantKind(t, s.Replace(t.Context(), portfolio.Doc{Ref: r}), portfolio.NotFound)
		wantKind(t, s.Delete(t.Context(), r, 1), portfolio.NotFound)
	}
	wantIDs(t, list(t, s, by("about")))
}

func replacesTheCurrentRevision(t *testing.T, s portfolio.Store) {
	d := portfolio.Doc{Ref: ref("1"), Body: []byte("0"), Keys: keys("about", "a")}
	create(t, s, d)
	create(t, s, portfolio.Doc{Ref: ref("2"), Body: []byte("untouched")})
	for rev := range int64(5) {
		d.Rev, d.Body = rev+1, strconv.AppendInt(nil, rev, 10)
		replace(t, s, d)
		d.Rev++
		wantDoc(t, s, d)
	}
	wantDoc(t, s, portfolio.Doc{Ref: ref("2"), Rev: 1, Body: []byte("untouched")})
}

func refusesAnotherRevision(t *testing.T, s portfolio.Store) {
	d := portfolio.Doc{Ref: ref("1"), Rev: 1, Body: []byte("old"), Keys: keys("about", "old")}
	create(t, s, d)
	d.Body = []byte("current")
	replace(t, s, d)
	d.Rev = 2
	for _, rev := range []int64{-1, 0, 1, 3} {
		err := s.Replace(t.Context(), portfolio.Doc{Ref: ref("1"), Rev: rev, Body: []byte("lost"), Keys: keys("about", "lost", "state", "lost")})
		wantKind(t, err, portfolio.Conflict)
		wantKind(t, s.Delete(t.Context(), ref("1"), rev), portfolio.Conflict)
	}
	wantDoc(t, s, d)
	wantIDs(t, list(t, s, by("about")), "1")
	wantIDs(t, list(t, s, by("state")))
}

func movesIndexKeys(t *testing.T, s portfolio.Store) {
	create(t, s, portfolio.Doc{Ref: ref("1"), Keys: keys("about", "a", "party", "p")})
	replace(t, s, portfolio.Doc{Ref: ref("1"), Rev: 1, Keys: keys("about", "b", "state", "s")})
	under := func(index, key string) portfolio.Query {
		q := by(index)
		q.From, q.To = key, key+"\x01"
		return q
	}
	wantIDs(t, list(t, s, under("about", "a")))
	wantIDs(t, list(t, s, under("about", "b")), "1")
	wantIDs(t, list(t, s, by("party")))
	wantIDs(t, list(t, s, by("state")), "1")
	replace(t, s, portfolio.Doc{Ref: ref("1"), Rev: 2})
	for _, index := range portfolio.Indexes {
		wantIDs(t, list(t, s, by(index)))
	}
	wantIDs(t, list(t, s, by("")), "1")
}

func deletesEverywhere(t *testing.T, s portfolio.Store) {
	for _, id := range []string{"1", "2"} {
		create(t, s, portfolio.Doc{Ref: ref(id), Keys: keys("about", "a", "party", "p", "state", "s")})
	}
	replace(t, s, portfolio.Doc{Ref: ref("1"), Rev: 1, Keys: keys("about", "a")})
	remove(t, s, ref("1"), 2)
	_, err := s.Get(t.Context(), ref("1"))
	wantKind(t, err, portfolio.NotFound)
	wantKind(t, s.Delete(t.Context(), ref("1"), 2), portfolio.NotFound)
	for _, index := range append([]string{""}, portfolio.Indexes...) {
		wantIDs(t, list(t, s, by(index)), "2")
	}
	create(t, s, portfolio.Doc{Ref: ref("1")})
	wantDoc(t, s, portfolio.Doc{Ref: ref("1"), Rev: 1})
}

func keepsSchoolsApart(t *testing.T, s portfolio.Store) {
	places := []portfolio.Ref{
		{School: "school", Kind: "work", ID: "1"}, {School: "other", Kind: "work", ID: "1"},
		{School: "school", Kind: "note", ID: "1"}, {School: portfolio.Installation, Kind: "work", ID: "1"},
		{School: "SCHOOL", Kind: "work", ID: "1"}, {School: "schoo", Kind: "lwork", ID: "1"},
	}
	all := keys("about", "a", "party", "a", "state", "a")
	for i, r := range places {
		create(t, s, portfolio.Doc{Ref: r, Body: []byte{byte(i)}, Keys: all})
	}
	check := func(rev int64) {
		t.Helper()
		for i, r := range places {
			want := portfolio.Doc{Ref: r, Rev: rev, Body: []byte{byte(i)}, Keys: all}
			wantDoc(t, s, want)
			for _, index := range []string{"", "about", "party", "state"} {
				for _, desc := range []bool{false, true} {
					got := list(t, s, portfolio.Query{School: r.School, Kind: r.Kind, Index: index, Desc: desc, Limit: 10})
					if len(got) != 1 || !same(got[0], want) {
						t.Errorf("%v by %q: got %v, want only its own", r, index, got)
					}
				}
			}
		}
	}
	check(1)
	for i, r := range places {
		replace(t, s, portfolio.Doc{Ref: r, Rev: 1, Body: []byte{byte(i)}, Keys: all})
	}
	check(2)
	for i := len(places) - 1; i > 0; i-- {
		remove(t, s, places[i], 2)
		places = places[:i]
		check(2)
	}
}

func refusesWhatBreaksTheRules(t *testing.T, s portfolio.Store) {
	create(t, s, portfolio.Doc{Ref: ref("1"), Keys: keys("about", "a")})
	for _, r := range []portfolio.Ref{
		{School: "", Kind: "work", ID: "1"}, {School: "school", Kind: "", ID: "1"}, {School: "school", Kind: "work", ID: ""},
		ref("a\x00b"), ref("a\xff"), {School: "s\x00", Kind: "work", ID: "1"}, {School: "school", Kind: "\xc3", ID: "1"},
	} {
		_, err := s.Get(t.Context(), r)
		wantKind(t, err, portfolio.Invalid)
		wantKind(t, s.Create(t.Context(), portfolio.Doc{Ref: r}), portfolio.Invalid)
		wantKind(t, s.Replace(t.Context(), portfolio.Doc{Ref: r, Rev: 1}), portfolio.Invalid)
		wantKind(t, s.Delete(t.Context(), r, 1), portfolio.Invalid)
	}
	for _, k := range []map[string]string{keys("unknown", "a"), keys("", "a"), keys("about", "a\x00"), keys("about", "\xff"), keys("About", "a")} {
		wantKind(t, s.Create(t.Context(), portfolio.Doc{Ref: ref("2"), Keys: k}), portfolio.Invalid)
		wantKind(t, s.Replace(t.Context(), portfolio.Doc{Ref: ref("1"), Rev: 1, Keys: k}), portfolio.Invalid)
	}
	for _, q := range []portfolio.Query{
		{Kind: "work", Limit: 1}, {School: "school", Limit: 1}, {School: "school", Kind: "work", Index: "unknown", Limit: 1},
		{School: "school", Kind: "work"}, {School: "school", Kind: "work", Limit: -1}, {School: "school", Kind: "work", Limit: 1001},
	} {
		_, err := s.List(t.Context(), q)
		wantKind(t, err, portfolio.Invalid)
	}
	wantDoc(t, s, portfolio.Doc{Ref: ref("1"), Rev: 1, Keys: keys("about", "a")})
	wantIDs(t, list(t, s, by("")), "1")
}

func boundsBodies(t *testing.T, s portfolio.Store) {
	body := make([]byte, 8<<20+1)
	noise(1).ReadAt(body, 0)
	for i, size := range []int{4 << 20, 8 << 20} {
		d := portfolio.Doc{Ref: ref(strconv.Itoa(i)), Body: body[:size], Keys: keys("about", "a")}
		create(t, s, d)
		d.Rev, d.Body = 1, body[1:size+1]
		replace(t, s, d)
		d.Rev = 2
		wantDoc(t, s, d)
	}
	wantKind(t, s.Create(t.Context(), portfolio.Doc{Ref: ref("2"), Body: body}), portfolio.TooLarge)
	wantKind(t, s.Replace(t.Context(), portfolio.Doc{Ref: ref("1"), Rev: 2, Body: body}), portfolio.TooLarge)
	wantDoc(t, s, portfolio.Doc{Ref: ref("1"), Rev: 2, Body: body[1 : 8<<20+1], Keys: keys("about", "a")})
	wantIDs(t, list(t, s, by("")), "0", "1")
}

func keepsEverything(t *testing.T, s portfolio.Store, reopen func() portfolio.Store) {
	var want []portfolio.Doc
	for i, text := range texts {
		d := portfolio.Doc{Ref: ref(text), Body: bytes.Repeat([]byte{byte(i)}, i*1000), Keys: keys("about", text, "state", "s")}
		create(t, s, d)
		d.Rev = 1
		if i%3 == 0 {
			d.Keys = keys("about", "moved")
			replace(t, s, d)
			d.Rev = 2
		}
		if i%5 == 4 {
			remove(t, s, d.Ref, d.Rev)
			continue
		}
		want = append(want, d)
	}
	for range 2 {
		s = reopen()
		for _, d := range want {
			wantDoc(t, s, d)
		}
		if got := list(t, s, by("")); !slices.EqualFunc(got, want, same) {
			t.Errorf("got %v, want %v", got, want)
		}
		moved := list(t, s, by("about").Prefix("moved"))
		wantIDs(t, moved, slices.Collect(func(yield func(string) bool) {
			for _, d := range want {
				if d.Rev == 2 && !yield(d.ID) {
					return
				}
			}
		})...)
	}
}
