package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"sync/atomic"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// dying are engines that stop after so many writes, as a power cut does: the
// writes before are durable, and nothing answers any more.
type dying struct {
	portfolio.Store
	files portfolio.Files
	left  atomic.Int64
}

var errCut = portfolio.E(portfolio.Unavailable, "error.unavailable")

// write takes one write off; it tells whether the engine still lives.
func (d *dying) write() error {
	if d.left.Add(-1) < 0 {
		return errCut
	}
	return nil
}

func (d *dying) Create(ctx context.Context, doc portfolio.Doc) error {
	if err := d.write(); err != nil {
		return err
	}
	return d.Store.Create(ctx, doc)
}

func (d *dying) Replace(ctx context.Context, doc portfolio.Doc) error {
	if err := d.write(); err != nil {
		return err
	}
	return d.Store.Replace(ctx, doc)
}

func (d *dying) Delete(ctx context.Context, ref portfolio.Ref, rev int64) error {
	if err := d.write(); err != nil {
		return err
	}
	return d.Store.Delete(ctx, ref, rev)
}

func (d *dying) Get(ctx context.Context, ref portfolio.Ref) (portfolio.Doc, error) {
	if d.left.Load() < 0 {
		return portfolio.Doc{}, errCut
	}
	return d.Store.Get(ctx, ref)
}

func (d *dying) List(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	if d.left.Load() < 0 {
		return nil, errCut
	}
	return d.Store.List(ctx, q)
}

// dyingFiles are its files.
type dyingFiles struct{ *dying }

func (d dyingFiles) Put(ctx context.Context, id string, r io.Reader) (int64, error) {
	if err := d.write(); err != nil {
		return 0, err
	}
	return d.files.Put(ctx, id, r)
}

func (d dyingFiles) Open(ctx context.Context, id string) (portfolio.BlobReader, error) {
	if d.left.Load() < 0 {
		return nil, errCut
	}
	return d.files.Open(ctx, id)
}

func (d dyingFiles) Delete(ctx context.Context, id string) error {
	if err := d.write(); err != nil {
		return err
	}
	return d.files.Delete(ctx, id)
}

func (d dyingFiles) List(ctx context.Context, prefix, after string, limit int) ([]portfolio.Blob, error) {
	if d.left.Load() < 0 {
		return nil, errCut
	}
	return d.files.List(ctx, prefix, after, limit)
}

// until runs do on engines that die after n writes.
func (s *school) until(n int, do func(lib *portfolio.Library) error) error {
	d := &dying{Store: s.store, files: s.files}
	d.left.Store(int64(n))
	return do(portfolio.NewLibrary(d, dyingFiles{d}, detect{}, s.clock.Now))
}

// An import that is cut off after any write is, at the next start, either not
// there at all or there whole; so is the recovery itself, and an undo.
func TestAnImportCutOffAnywhereIsWholeOrNothing(t *testing.T) {
	linde := talk(t, "2009-03-17")
	for i, contents := range []string{"one", "two"} {
		w := linde.work(portfolio.NewWork{Title: contents, Text: "x", Audience: []string{"staff"}, Uploads: []string{linde.upload(contents+".txt", []byte(contents))}})
		linde.assess(w.ID, portfolio.NewAssessment{Level: i + 1})
	}
	linde.start(linde.student, "", "Hoi", linde.teacher)
	raw := linde.archive(linde.student)
	ctx := context.Background()

	beuk := empty(t, "De Beuk")
	there := beuk.add(portfolio.Person{Name: portfolio.Name{Given: "Daan"}, Hats: []string{portfolio.HatStudent}}).Person
	portfolioID := func() string {
		p, err := beuk.lib.PersonByID(ctx, beuk.admin, there)
		ok(t, err)
		return p.Portfolio
	}
	before, id := beuk.everything(), portfolioID()

	for _, into := range []string{there, ""} {
		t.Run(fmt.Sprintf("into %q", into), func(t *testing.T) {
			taken := 0
			for n := 0; ; n++ {
				err := beuk.until(n, func(lib *portfolio.Library) error {
					_, err := export.Import(ctx, lib, beuk.admin, bytes.NewReader(raw), int64(len(raw)), into, quiet)
					return err
				})
				if n > 3 && err != nil { // the recovery is cut off as well, here and there
					_ = beuk.until(n%5, func(lib *portfolio.Library) error { _, err := lib.RecoverImports(ctx); return err })
				}
				_, e := beuk.lib.RecoverImports(ctx)
				ok(t, e)
				beuk.logs()
				done := beuk.done()
				if done == nil {
					if got := beuk.everything(); got != before || portfolioID() != id {
						t.Fatalf("after %d writes something is left: %d documents and blobs, want %d", n, got, before)
					}
					if err == nil {
						t.Fatalf("after %d writes nothing is there, and no error", n)
					}
					continue
				}
				beuk.whole(done)
				taken++
				for m := 0; ; m++ { // an undo cut off after any write, too
					err := beuk.until(m, func(lib *portfolio.Library) error { _, err := lib.UndoImport(ctx, beuk.admin, done.ID); return err })
					_, e := beuk.lib.RecoverImports(ctx)
					ok(t, e)
					beuk.logs()
					if now := beuk.done(); now != nil {
						beuk.whole(now)
						continue
					}
					if got := beuk.everything(); got != before || portfolioID() != id {
						t.Fatalf("undone after %d writes (%v), something is left: %d documents and blobs, want %d", m, err, got, before)
					}
					break
				}
				if err == nil {
					break
				}
			}
			if taken < 2 {
				t.Errorf("an import that was cut off was finished %d times, want some", taken-1)
			}
		})
	}
}

// logs checks that the log tells once of each import that came in, and once of
// each that was undone.
func (s *school) logs() {
	s.t.Helper()
	ctx := context.Background()
	_, err := s.lib.FinishLog(ctx)
	ok(s.t, err)
	want, got := map[string]int{}, map[string]int{}
	for kind, count := range map[string]func(portfolio.Doc){
		"import": func(d portfolio.Doc) {
			var imp portfolio.Import
			ok(s.t, json.Unmarshal(d.Body, &imp))
			if !imp.DoneAt.IsZero() {
				want["import "+d.ID]++
			}
			if !imp.DoneAt.IsZero() && imp.State == portfolio.ImportUndone {
				want["undo "+d.ID]++
			}
		},
		"audit": func(d portfolio.Doc) {
			var n portfolio.Line
			ok(s.t, json.Unmarshal(d.Body, &n))
			if n.Act == "import" || n.Act == "undo" {
				got[n.Act+" "+n.Item]++
			}
		},
	} {
		docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: kind, Limit: 1000})
		ok(s.t, err)
		for _, d := range docs {
			count(d)
		}
	}
	if !maps.Equal(got, want) {
		s.t.Errorf("the log tells of %v, want %v", got, want)
	}
}

// done is the import that is in, or nil.
func (s *school) done() *portfolio.Import {
	s.t.Helper()
	all, err := s.lib.Imports(context.Background(), s.admin)
	ok(s.t, err)
	var in *portfolio.Import
	for _, imp := range all {
		switch imp.State {
		case portfolio.ImportDone:
			if in != nil {
				s.t.Fatal("two imports are in")
			}
			in = imp
		case portfolio.ImportUndone:
		default:
			s.t.Fatalf("an import is %s after a start", imp.State)
		}
	}
	return in
}

// whole checks that an import of two works, two assessments and a conversation
// is all there.
func (s *school) whole(imp *portfolio.Import) {
	s.t.Helper()
	ctx, a := context.Background(), s.as(imp.Student, portfolio.HatStudent)
	works, _, err := s.lib.Works(ctx, a, imp.Student, "", 10)
	ok(s.t, err)
	all, err := s.lib.Assessments(ctx, a, imp.Student, "")
	ok(s.t, err)
	if len(works) != 2 || len(all) != 2 {
		s.t.Fatalf("%d works and %d assessments, want 2 and 2", len(works), len(all))
	}
	kept, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "kept", Index: "about", From: imp.Student + "/chat/", To: imp.Student + "/chat0", Limit: 10})
	ok(s.t, err)
	if len(kept) != 1 || !bytes.Contains(kept[0].Body, []byte("Hoi")) {
		s.t.Fatalf("%d parts of conversations are kept, want 1", len(kept))
	}
	for _, w := range works {
		_, r, err := s.lib.OpenFile(ctx, a, w.ID, w.Files[0].FileID(), false)
		ok(s.t, err)
		b, err := io.ReadAll(r)
		r.Close()
		ok(s.t, err)
		if string(b) != w.Title {
			s.t.Fatalf("the file of %q holds %q", w.Title, b)
		}
		if len(w.Audience) > 0 || w.Origin.Import != imp.ID || w.Origin.School != "De Linde" {
			s.t.Fatalf("the work is open to %v, from %+v", w.Audience, w.Origin)
		}
	}
}
