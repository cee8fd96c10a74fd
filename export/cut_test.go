package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// everyPart is an archive in which a cut can fall in anything there is.
func everyPart(t testing.TB) []byte {
	t.Helper()
	s := talk(t, "2009-03-17")
	for _, name := range []string{"vulkaan.txt", "zee.txt"} {
		w := s.work(portfolio.NewWork{Title: name, Text: "Een tekst.", Audience: []string{"staff"}, Uploads: []string{s.upload(name, []byte(noise(4000)+name))}})
		s.assess(w.ID, portfolio.NewAssessment{Goal: "natuur", Level: 3, Remark: "Goed."})
	}
	s.start(s.student, "Rekenen", "Hoi", s.teacher)
	return s.archive(s.student)
}

// desk is where bundles come in, with what must stay as it is.
type desk struct {
	*school
	jobs      *export.Jobs
	temp      string // for what is kept while something is read
	sentences map[string]any
	documents int
	blobsWere []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{school: empty(t, "De Beuk"), temp: t.TempDir()}
	t.Setenv("TMPDIR", d.temp)
	d.jobs = jobs(d.school)
	t.Cleanup(d.jobs.Close)
	raw, err := os.ReadFile("../app/locales/nl.json")
	ok(t, err)
	ok(t, json.Unmarshal(raw, &d.sentences))
	d.documents, d.blobsWere = d.everything(), d.blobs()
	return d
}

// refusal brings something in the way a school does, and gives the key of the
// sentence with which it is refused, or "". Nothing is left of it.
func (d *desk) refusal(raw []byte) string {
	d.t.Helper()
	ctx := context.Background()
	imp, err := d.jobs.Receive(ctx, d.admin, "daan.portfolio.zip", bytes.NewReader(raw))
	var e *portfolio.Error
	if errors.As(err, &e) {
		d.same()
		return e.Msg
	}
	ok(d.t, err)
	state := func() *portfolio.Import {
		x, err := d.lib.ImportByID(ctx, d.admin, imp.ID)
		ok(d.t, err)
		return x
	}
	eventually(d.t, "read", func() bool { return state().State != portfolio.ImportReading })
	why := ""
	if f := state().Fault; f != nil {
		why = f.Msg
		eventually(d.t, "thrown away", func() bool { return slices.Equal(d.blobs(), d.blobsWere) })
	}
	ok(d.t, d.lib.DropImport(ctx, d.admin, imp.ID))
	d.same()
	return why
}

// same checks that the school is as it was.
func (d *desk) same() {
	d.t.Helper()
	if got := d.everything(); got != d.documents {
		d.t.Errorf("%d documents and blobs, want %d", got, d.documents)
	}
	if got := d.blobs(); !slices.Equal(got, d.blobsWere) {
		d.t.Errorf("the blobs are %v, want %v", got, d.blobsWere)
	}
	if all, err := d.lib.Imports(context.Background(), d.admin); err != nil || len(all) > 0 {
		d.t.Errorf("%d imports are left (%v)", len(all), err)
	}
	ok(d.t, filepath.WalkDir(d.temp, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			d.t.Errorf("%s is left", path)
		}
		return err
	}))
}

// cut cuts something at every hundredth of its length: each piece is refused
// with a sentence that there is.
func (d *desk) cut(raw []byte) {
	d.t.Helper()
	for i := range 100 {
		why := d.refusal(raw[:len(raw)*i/100])
		if d.sentences[why] == nil {
			d.t.Errorf("cut at %d%%: %q is no sentence", i, why)
		}
	}
	if why := d.refusal(raw[:len(raw)-1]); why == "" {
		d.t.Error("without its last byte it is taken")
	}
	if why := d.refusal(raw); why != "" {
		d.t.Errorf("the control is refused: %s", why)
	}
}

func TestABundleCutAtEveryHundredthIsRefusedAndLeavesNothing(t *testing.T) {
	raw := everyPart(t)
	newDesk(t).cut(raw)
}

// What somebody makes of a bundle that was cut off, with a program that mends
// zips, is refused as well: the manifests come last. Only the signature comes
// after them.
func TestABundleThatWasCutAndMendedIsRefused(t *testing.T) {
	raw := everyPart(t)
	d := newDesk(t)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	ok(t, err)
	for i := range 100 {
		all, mended := false, new(bytes.Buffer)
		w := zip.NewWriter(mended)
		for _, f := range z.File {
			at, err := f.DataOffset()
			ok(t, err)
			if at+int64(f.CompressedSize64) > int64(len(raw)*i/100) {
				break
			}
			to, err := w.CreateRaw(&f.FileHeader)
			ok(t, err)
			from, err := f.OpenRaw()
			ok(t, err)
			_, err = io.Copy(to, from)
			ok(t, err)
			all = all || strings.HasSuffix(f.Name, "/tagmanifest-sha256.txt")
		}
		ok(t, w.Close())
		why := d.refusal(mended.Bytes())
		if all != (why == "") || !all && d.sentences[why] == nil {
			t.Errorf("cut at %d%% and mended: %q (all manifests are there: %v)", i, why, all)
		}
	}
}

func TestALeap2AFileCutAtEveryHundredthIsRefusedAndLeavesNothing(t *testing.T) {
	feed := feed(modern, leapWork("a", "Eén", `<content type="text">`+noise(3000)+`</content><link rel="enclosure" href="files/a.txt"/>`))
	d := newDesk(t)
	t.Run("bare", func(t *testing.T) { d.t = t; d.cut(bytes.TrimSpace(feed)) })
	t.Run("in a zip", func(t *testing.T) {
		d.t = t
		d.cut(zipOf(t, member{name: "leap2a.xml", text: feed}, member{name: "files/a.txt", text: []byte(noise(3000))}))
	})
}
