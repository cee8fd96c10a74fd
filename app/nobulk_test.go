package app

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaft/portfolio"
)

// fileOf is a file in the demo school, and a piece of it that no other has.
type fileOf struct {
	path string
	mark string
}

// filesOf are the files of a student's works, read as the student.
func (s *testSchool) filesOf(login string) (files []fileOf, works []string) {
	s.t.Helper()
	ctx := context.Background()
	all, _, err := s.lib.Works(ctx, s.actor(login, portfolio.HatStudent), s.ids[login], "", 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	c := s.as(login)
	for _, w := range all {
		works = append(works, w.ID)
		for _, f := range w.Files {
			path := "/werk/" + w.ID + "/bestand/" + f.FileID()
			body := c.get(path).body
			if int64(len(body)) != f.Size || len(body) < 600 {
				s.t.Fatalf("%s has %d bytes, want %d", path, len(body), f.Size)
			}
			at := len(body) / 2
			files = append(files, fileOf{path, body[at : at+64]})
		}
	}
	return files, works
}

// filesSeen counts which of the files are in an answer.
func filesSeen(body string, files []fileOf) (n int) {
	for _, f := range files {
		if strings.Contains(body, f.mark) {
			n++
		}
	}
	return n
}

// isArchive tells whether an answer is an archive, by what it says and by how the
// kinds that are common begin.
func isArchive(r *reply) bool {
	for _, magic := range []string{"PK\x03\x04", "PK\x05\x06", "\x1f\x8b", "Rar!", "7z\xbc\xaf", "BZh", "\xfd7zXZ"} {
		if strings.HasPrefix(r.body, magic) {
			return true
		}
	}
	t := r.header.Get("Content-Type")
	return strings.Contains(t, "zip") || strings.Contains(t, "tar") || strings.Contains(t, "octet-stream") || strings.HasPrefix(t, "multipart/") ||
		len(r.body) > 262 && r.body[257:262] == "ustar"
}

// TestNoRouteGivesStaffMoreThanOneFileOfAStudent goes along the whole route
// table in every hat of somebody who works at the school, with the ids of what
// there is, a move bundle among them.
func TestNoRouteGivesStaffMoreThanOneFileOfAStudent(t *testing.T) {
	s := newSchool(t)
	files, works := s.filesOf("noor")
	if len(files) < 3 {
		t.Fatalf("noor has %d files, too few to test with", len(files))
	}
	ctx := context.Background()
	anna := s.as("anna")
	made := anna.post("/pakket", url.Values{"leerling": {s.ids["noor"]}})
	if made.status != http.StatusSeeOther {
		t.Fatalf("the bundle: status %d: %s", made.status, made.text())
	}
	bundle := made.location[strings.LastIndexByte(made.location, '/')+1:]
	anna.until(made.location, "Download")
	// The test can see an archive, and more than one file in an answer.
	whole := anna.get("/pakket/" + bundle + "/bestand")
	if whole.status != http.StatusOK || !isArchive(whole) {
		t.Fatalf("the holder of custody gets status %d, an archive: %v", whole.status, isArchive(whole))
	}
	if n := filesSeen(whole.body, files); n < 2 {
		t.Fatalf("%d files seen in a bundle that has them all: is the test blind?", n)
	}

	assessed, err := s.lib.Assessments(ctx, s.actor("noor", portfolio.HatStudent), s.ids["noor"], "")
	if err != nil || len(assessed) == 0 {
		t.Fatalf("%d assessments, %v", len(assessed), err)
	}
	ids := append([]string{s.ids["noor"], bundle, assessed[0].ID, s.classID("groep 7")}, works...)
	oneFile := 0
	for _, hat := range []struct{ login, hat string }{{"fatima", portfolio.HatStaff}, {"wim", portfolio.HatAdmin}, {"petra", portfolio.HatFG}} {
		c := s.wearing(hat.login, hat.hat)
		for _, r := range routes {
			switch r.path {
			case "/ws", "/afmelden", "/overal-afmelden", "/wie": // give nothing, and change who asks
				continue
			}
			for _, path := range filled(r.path, ids, files) {
				form := url.Values{"leerling": {s.ids["noor"]}, "student": {s.ids["noor"]}, "id": {s.ids["noor"]}}
				query := path + "?" + form.Encode()
				got := c.do(r.method, query, bytes.NewReader([]byte(form.Encode())), "application/x-www-form-urlencoded")
				if isArchive(got) {
					t.Errorf("%s gets an archive of %d bytes from %s %s (%d)", hat.hat, len(got.body), r.method, path, got.status)
				}
				n := filesSeen(got.body, files)
				if n > 1 {
					t.Errorf("%s gets %d files from %s %s", hat.hat, n, r.method, path)
				}
				oneFile += n
			}
		}
	}
	if oneFile == 0 {
		t.Error("nobody got any file, also not the teacher with whom it was shared: is the test blind?")
	}
	if r := s.as("anna").get("/pakket/" + bundle); r.status != http.StatusOK {
		t.Errorf("afterwards the bundle is gone: status %d", r.status)
	}
}

// filled are the paths of a route with everything in the place of its :id, and
// for files the files.
func filled(path string, ids []string, files []fileOf) []string {
	switch {
	case strings.HasSuffix(path, "/bestand/:file"):
		var out []string
		for _, f := range files {
			out = append(out, f.path)
		}
		return out
	case strings.HasSuffix(path, "/klein/:file"):
		var out []string
		for _, f := range files {
			out = append(out, strings.Replace(f.path, "/bestand/", "/klein/", 1))
		}
		return out
	case !strings.Contains(path, ":id"):
		return []string{path}
	}
	var out []string
	for _, id := range ids {
		out = append(out, strings.NewReplacer(":id", id, ":n", "1").Replace(path))
	}
	return out
}
