package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kaft/export"
	"kaft/portfolio"
)

// What a student takes along, arrives, and goes out again as it was. The
// portfolios are random; the comparison is of the documents, member by member,
// and of the files' hashes.
func TestAPortfolioThatMovesTwiceIsTheSame(t *testing.T) {
	linde, beuk, eik := full(t, "2009-03-17"), empty(t, "De Beuk"), empty(t, "De Eik")
	rapid.Check(t, func(r *rapid.T) {
		linde.enrol(portfolio.Birth{Earliest: 20090317, Latest: 20090317})
		fill(r, linde)
		first := linde.bundle(linde.student, linde.student.Person)

		imp := beuk.take(first, "")
		same(t, "in a second school", documentOf(t, first), documentOf(t, beuk.bundle(beuk.as(imp.Student, portfolio.HatStudent), imp.Student)))

		second := beuk.bundle(beuk.as(imp.Student, portfolio.HatStudent), imp.Student)
		nothingLost(t, first, second)
		imp = eik.take(second, "")
		nothingLost(t, first, eik.bundle(eik.as(imp.Student, portfolio.HatStudent), imp.Student))
		same(t, "in a third school", documentOf(t, second), documentOf(t, eik.bundle(eik.as(imp.Student, portfolio.HatStudent), imp.Student)))

		// The same once more changes nothing; nor does coming home.
		for _, back := range []struct {
			at   *school
			into string
			raw  []byte
		}{{eik, imp.Student, second}, {eik, imp.Student, first}, {linde, linde.student.Person, second}} {
			before := back.at.everything()
			again := back.at.take(back.raw, back.into)
			if again.Report.Works.New+again.Report.Works.Beside+again.Report.Assessments.New+again.Report.Assessments.Refused+again.Report.Files > 0 {
				r.Fatalf("imported again: %+v", again.Report)
			}
			if got := back.at.everything(); got != before {
				r.Fatalf("imported again, and the school changed: %d documents and blobs, want %d", got, before)
			}
		}
	})
}

// nothingLost asks Compare, which does not share a line with same.
func nothingLost(t testing.TB, before, after []byte) {
	t.Helper()
	for _, d := range differences(t, before, after) {
		if d.Lost() || d.Why == "new since" {
			t.Fatalf("%s %s %s was %q, is %q (%s)", d.Member, d.ID, d.Field, d.Was, d.Is, d.Why)
		}
	}
}

func differences(t testing.TB, before, after []byte) []export.Difference {
	t.Helper()
	ctx := context.Background()
	var both [2]*export.Verified
	for i, raw := range [][]byte{before, after} {
		b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
		ok(t, err)
		defer b.Close()
		both[i], err = b.Verify(ctx, quiet)
		ok(t, err)
	}
	out, err := export.Compare(ctx, both[0], both[1])
	ok(t, err)
	return out
}

// fill makes a random portfolio.
func fill(r *rapid.T, s *school) {
	ctx := context.Background()
	text := rapid.StringN(1, 40, -1).Filter(func(x string) bool { return strings.TrimSpace(x) != "" && !strings.ContainsRune(x, 0) })
	sets := [][]string{nil, {"staff"}, {"staff", "guardians"}, {"staff", "guardians", "class"}, {"school", "class_guardians"}}
	contents := [][]byte{[]byte("%PDF-1.7 one"), []byte("\xff\xd8\xff\xe0 two"), bytes.Repeat([]byte("three "), 4000)}
	var works []*portfolio.Work
	for i := range rapid.IntRange(1, 5).Draw(r, "works") {
		n := portfolio.NewWork{Type: rapid.SampledFrom([]string{"work", "reflection"}).Draw(r, "type"), Title: text.Draw(r, "title"), Text: text.Draw(r, "text"),
			Audience: rapid.SampledFrom(sets).Draw(r, "audience"), Draft: rapid.Bool().Draw(r, "draft"),
			HappenedOn: rapid.SampledFrom([]portfolio.Date{0, 20240229, 20261101}).Draw(r, "on")}
		if rapid.Bool().Draw(r, "subject?") {
			n.Subject = text.Draw(r, "subject")
		}
		if len(works) > 0 && rapid.Bool().Draw(r, "about?") {
			n.About = rapid.SampledFrom(works).Draw(r, "about").ID
		}
		for j := range rapid.IntRange(0, 3).Draw(r, "files") {
			n.Uploads = append(n.Uploads, s.upload(fmt.Sprintf("%s %d.%d.Pdf", text.Draw(r, "name"), i, j), rapid.SampledFrom(contents).Draw(r, "content")))
		}
		w := s.work(n)
		for range rapid.IntRange(0, 2).Draw(r, "changes") {
			n.Title, n.Uploads = text.Draw(r, "new title"), nil
			keep := []string{}
			for _, f := range w.Files {
				keep = append(keep, f.FileID())
			}
			var err error
			w, err = s.lib.ChangeWork(ctx, s.student, w.ID, w.Rev, n, keep)
			ok(s.t, err)
		}
		if slices.Contains(w.Audience, "staff") && !w.Draft {
			for k := range rapid.IntRange(0, 2).Draw(r, "assessments") {
				s.assess(w.ID, portfolio.NewAssessment{Goal: text.Draw(r, "goal"), Level: rapid.IntRange(0, 4).Draw(r, "level"), Remark: fmt.Sprint(k, text.Draw(r, "remark"))})
			}
		}
		if rapid.IntRange(0, 5).Draw(r, "bin?") == 0 {
			_, err := s.lib.BinWork(ctx, s.student, w.ID, w.Rev)
			ok(s.t, err)
			continue
		}
		works = append(works, w)
	}
}

// everything counts what a school's engines hold, but for the log, the
// journals of imports and bundles.
func (s *school) everything() int {
	ctx := context.Background()
	n := 0
	for _, kind := range []string{"work", "version", "assessment", "person", "kept", "claim", "upload"} {
		var after portfolio.Cursor
		for {
			page, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: kind, After: after, Limit: 1000})
			ok(s.t, err)
			n += len(page)
			if len(page) < 1000 {
				break
			}
			after.ID = page[len(page)-1].ID
		}
	}
	return n + len(s.blobs())
}

// blobs are the ids of all blobs.
func (s *school) blobs() (ids []string) {
	after := ""
	for {
		page, err := s.files.List(context.Background(), "", after, 1000)
		ok(s.t, err)
		for _, b := range page {
			after = b.ID
			ids = append(ids, b.ID)
		}
		if len(page) < 1000 {
			return ids
		}
	}
}

// entries are the files of a zip by their path below its folder.
func entries(t testing.TB, raw []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	ok(t, err)
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		ok(t, err)
		b, err := io.ReadAll(r)
		ok(t, err)
		_, name, _ := strings.Cut(f.Name, "/")
		out[name] = b
	}
	return out
}

// documentOf is a bundle's document in the form in which two are compared.
// Every difference that is allowed is made away with here, and nowhere else:
//
//   - bundle: about this bundle, and not about the portfolio
//   - origin: what came from another school says so; for what did not, it is
//     the bundle's source
//   - visibility: what came in is private until it is shared again; who saw it
//     before stands in origin
//   - the second school is one school more
//   - lists are in order of id
func documentOf(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	files := entries(t, raw)
	var doc map[string]any
	ok(t, json.Unmarshal(files["data/portfolio.json"], &doc))
	source := doc["bundle"].(map[string]any)["source"].(map[string]any)
	var here string
	for _, s := range list(doc["schools"]) {
		if s["id"] == source["school"] {
			here = s["name"].(string)
		}
	}
	for _, member := range []string{"items", "reflections", "assessments"} {
		for _, it := range list(doc[member]) {
			if it["origin"] == nil {
				it["origin"] = map[string]any{"instance": source["instance"], "school": here}
				if v, ok := it["visibility"].(map[string]any); ok && v["audiences"] != nil {
					it["origin"].(map[string]any)["audiences"] = v["audiences"]
				}
			}
			delete(it, "visibility")
		}
	}
	var schools []any
	for _, s := range list(doc["schools"]) {
		if n := s["name"]; n == "De Linde" {
			schools = append(schools, s)
		}
	}
	doc["schools"] = schools
	for member, v := range doc {
		if l, ok := v.([]any); ok {
			slices.SortFunc(l, func(a, b any) int {
				return strings.Compare(a.(map[string]any)["id"].(string), b.(map[string]any)["id"].(string))
			})
			doc[member] = l
		}
	}
	delete(doc, "bundle")
	for name, b := range files {
		if strings.HasPrefix(name, "data/files/") || strings.HasPrefix(name, "data/credentials/") {
			doc["bytes of "+name] = string(b)
		}
	}
	return doc
}

func list(v any) []map[string]any {
	var out []map[string]any
	l, _ := v.([]any)
	for _, e := range l {
		out = append(out, e.(map[string]any))
	}
	return out
}

// same compares two documents member by member.
func same(t testing.TB, where string, want, got map[string]any) {
	t.Helper()
	for _, member := range slices.Sorted(maps.Keys(merge(want, got))) {
		w, _ := json.MarshalIndent(want[member], "", " ")
		g, _ := json.MarshalIndent(got[member], "", " ")
		if !bytes.Equal(w, g) {
			t.Fatalf("%s: %s differs:\n%s\nwant\n%s", where, member, g, w)
		}
	}
}

func merge(a, b map[string]any) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}
