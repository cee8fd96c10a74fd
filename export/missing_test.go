package export_test

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// A bundle of which a file is gone, or not what it was, brings everything else;
// the work says which file is missing, and a later bundle brings it after all.
func TestAWorkWhoseFileIsMissingArrivesAndSaysSo(t *testing.T) {
	ctx := context.Background()
	linde := full(t, "2009-03-17")
	linde.work(portfolio.NewWork{Title: "Werk", Text: "tekst", Uploads: []string{linde.upload("hier.txt", []byte("hier")), linde.upload("weg.txt", []byte("weg"))}})
	linde.work(portfolio.NewWork{Title: "Ander werk", Text: "x", Uploads: []string{linde.upload("ander.txt", []byte("ander"))}})
	whole := linde.bundle(linde.student, linde.student.Person)
	good := payload(t, whole)
	lost := ""
	for name := range good {
		if strings.HasPrefix(name, "data/files/"+sum("weg")) {
			lost = name
		}
	}
	sealedWithout := func(change func(map[string][]byte)) []byte { // after its hashes were written down
		rest := maps.Clone(good)
		return sealed(t, rest, func(map[string][]byte) { change(rest) })
	}
	for what, raw := range map[string][]byte{
		"gone":    sealedWithout(func(all map[string][]byte) { delete(all, lost) }),
		"damaged": sealedWithout(func(all map[string][]byte) { all[lost] = []byte("iets anders") }),
	} {
		t.Run(what, func(t *testing.T) {
			beuk := empty(t, "De Beuk")
			imp := beuk.take(raw, "")
			if !slices.Equal(imp.From.Missing, []string{lost}) || imp.Report.Files != 2 {
				t.Errorf("%v is missing and %d files came, want %s and 2", imp.From.Missing, imp.Report.Files, lost)
			}
			student := beuk.as(imp.Student, portfolio.HatStudent)
			find := func() *portfolio.Seen {
				t.Helper()
				works, _, err := beuk.lib.Works(ctx, student, imp.Student, "", 5)
				ok(t, err)
				if len(works) != 2 {
					t.Fatalf("%d works", len(works))
				}
				return works[slices.IndexFunc(works, func(w *portfolio.Seen) bool { return w.Title == "Werk" })]
			}
			w := find()
			if len(w.Files) != 1 || !slices.Equal(w.Missing, []string{"weg.txt"}) {
				t.Errorf("it has %d files and misses %q", len(w.Files), w.Missing)
			}
			out := beuk.bundle(student, imp.Student)
			items := list(documentOf(t, out)["items"])
			i := slices.IndexFunc(items, func(it map[string]any) bool { return it["title"] == "Werk" })
			if got, _ := items[i]["missing"].([]any); len(got) != 1 || got[0] != "weg.txt" || len(items[i]["files"].([]any)) != 1 {
				t.Errorf("going out: %v", items[i])
			}
			third := empty(t, "De Eik")
			if imp := third.take(out, ""); len(imp.From.Missing) > 0 {
				t.Errorf("a third school misses %v: our own bundle is whole", imp.From.Missing)
			}
			if got := beuk.take(raw, imp.Student).Report.Works; got != (portfolio.Tally{Same: 2}) {
				t.Errorf("again: %+v", got)
			}
			later := beuk.take(whole, imp.Student)
			if got := later.Report.Works; got != (portfolio.Tally{Same: 1, Newer: 1}) {
				t.Errorf("whole at last: %+v", got)
			}
			w = find()
			if len(w.Files) != 2 || len(w.Missing) > 0 {
				t.Errorf("then it has %d files and misses %q", len(w.Files), w.Missing)
			}
			for _, f := range w.Files {
				_, r, err := beuk.lib.OpenFile(ctx, student, w.ID, f.FileID(), false)
				ok(t, err)
				b, err := io.ReadAll(r)
				ok(t, err)
				r.Close()
				if string(b)+".txt" != f.Name {
					t.Errorf("%s holds %q", f.Name, b)
				}
			}
			_, err := beuk.lib.UndoImport(ctx, beuk.admin, later.ID)
			ok(t, err)
			if w = find(); !slices.Equal(w.Missing, []string{"weg.txt"}) {
				t.Errorf("undone, it misses %q", w.Missing)
			}
			w.Work, err = beuk.lib.ChangeWork(ctx, student, w.ID, w.Rev, portfolio.NewWork{Title: "Werk", Text: "tekst", Uploads: []string{upload(t, beuk, student)}}, nil)
			ok(t, err)
			if len(w.Missing) > 0 {
				t.Errorf("the student brought a file, and it still misses %q", w.Missing)
			}
		})
	}
	t.Run("nothing else may be missing", func(t *testing.T) {
		raw := sealedWithout(func(all map[string][]byte) { delete(all, "data/schema/portfolio-1.0.schema.json") })
		empty(t, "De Beuk").refuses(t, raw, "error.bundle.missing_file")
	})
}

func upload(t *testing.T, s *school, a portfolio.Actor) string {
	u, err := s.lib.TakeUpload(context.Background(), a, "weg.txt", strings.NewReader("weg"))
	ok(t, err)
	return u.ID
}
