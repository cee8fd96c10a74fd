package chat_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"strings"
	"testing"
	"time"

	"kaft/chat"
	"kaft/portfolio"
)

func aPhoto(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	// Where it was taken, in a segment of its own (EXIF).
	exif := "\xff\xe1\x00\x1aExif\x00\x00GEHEIME PLAATS!!"
	return append(append([]byte("\xff\xd8"), exif...), b.Bytes()[2:]...)
}

func (s *school) upload(who, talk, name string, content []byte) string {
	s.t.Helper()
	u, err := s.talks.TakeFile(ctx, s.as(who), talk, name, bytes.NewReader(content))
	if err != nil {
		s.t.Fatal(err)
	}
	return u.ID
}

func TestAFileOfAMessageOpensForWhoMayReadTheMessage(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	up := s.upload("noor", talk.ID, "tekening.jpg", aPhoto(t))
	m, _, err := s.talks.Send(ctx, s.as("noor"), talk.ID, chat.Words{Key: "k1", Uploads: []string{up}})
	if err != nil || len(m.Files) != 1 || m.Files[0].Type != "image/jpeg" || m.Files[0].Thumb == "" {
		t.Fatalf("%+v %v", m, err)
	}
	file := m.Files[0].FileID()
	open := func(who string, thumb bool) (string, error) {
		_, r, err := s.talks.OpenFile(ctx, s.as(who), talk.ID, m.Seq, file, thumb)
		if err != nil {
			return "", err
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		return string(b), err
	}
	for _, thumb := range []bool{false, true} {
		for who, want := range map[string]string{"noor": "ok", "fatima": "ok", "anna": "ok", "bas": "not_found", "joris": "not_found", "sem": "not_found"} {
			got, err := open(who, thumb)
			if kindOf(err) != want || err == nil && (len(got) == 0 || strings.Contains(got, "GEHEIME")) {
				t.Errorf("%s, thumb %v: %s, %d bytes; want %s, without its place", who, thumb, kindOf(err), len(got), want)
			}
		}
	}
	for _, wrong := range []struct {
		talk string
		seq  int64
		file string
	}{{talk.ID, 1, file}, {talk.ID, 9, file}, {talk.ID, m.Seq, "x"}, {"x", m.Seq, file}} {
		if _, _, err := s.talks.OpenFile(ctx, s.as("noor"), wrong.talk, wrong.seq, wrong.file, false); kindOf(err) != "not_found" {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	s.end("anna custody noor", s.today())
	if _, err := open("anna", false); kindOf(err) != "not_found" {
		t.Errorf("who lost custody still opens it: %v", err)
	}
	if _, err := s.talks.Withdraw(ctx, s.as("noor"), talk.ID, m.Seq, "k2"); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"noor", "fatima"} {
		for _, thumb := range []bool{false, true} {
			if _, err := open(who, thumb); kindOf(err) != "not_found" {
				t.Errorf("%s opens what was taken back: %v", who, err)
			}
		}
	}
}

func TestWhatMayNotBeSentIsNotTaken(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	if _, err := s.talks.TakeFile(ctx, s.as("bas"), talk.ID, "x.jpg", bytes.NewReader(aPhoto(t))); kindOf(err) != "not_found" {
		t.Errorf("who is not in the conversation: %v", err)
	}
	if _, err := s.talks.StartFile(ctx, s.as("bas"), talk.ID, "x.jpg", 10); kindOf(err) != "not_found" {
		t.Errorf("who is not in the conversation: %v", err)
	}
	if _, err := s.talks.TakeFile(ctx, s.as("noor"), talk.ID, "x.png", strings.NewReader("<html><script>alert(1)</script>")); kindOf(err) != "invalid" {
		t.Errorf("a page that calls itself a picture: %v", err)
	}
	theirs := s.upload("fatima", talk.ID, "a.jpg", aPhoto(t))
	work, err := s.lib.TakeUpload(ctx, s.as("noor"), "b.jpg", bytes.NewReader(aPhoto(t)))
	if err != nil {
		t.Fatal(err)
	}
	begun, err := s.talks.StartFile(ctx, s.as("noor"), talk.ID, "c.jpg", 10)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{theirs: "not_found", work.ID: "not_found", begun.ID: "conflict", "x": "not_found"} {
		if _, _, err := s.talks.Send(ctx, s.as("noor"), talk.ID, chat.Words{Key: "k1", Text: "hier", Uploads: []string{id}}); kindOf(err) != want {
			t.Errorf("%s: got %v, want %s", id, err, want)
		}
	}
	mine := s.upload("noor", talk.ID, "d.jpg", aPhoto(t))
	if _, err := s.lib.AddWork(ctx, s.as("noor"), portfolio.NewWork{Title: "x", Uploads: []string{mine}}); kindOf(err) != "not_found" {
		t.Errorf("the file of a message in a work: %v", err)
	}
}

// TestAFileIsNeitherLostNorLeftWhereverSendingIsCutOff cuts it off before and
// after the message is stored, and sweeps.
func TestAFileIsNeitherLostNorLeftWhereverSendingIsCutOff(t *testing.T) {
	for _, stored := range []bool{false, true} {
		s, bad := troubled(t)
		talk := s.start("fatima", "noor", "noor")
		up := s.upload("noor", talk.ID, "a.jpg", aPhoto(t))
		bad.noAnswer.Store(stored)
		bad.notWritten.Store(!stored)
		words := chat.Words{Key: "k1", Uploads: []string{up}}
		if _, _, err := s.talks.Send(ctx, s.as("noor"), talk.ID, words); kindOf(err) != "unavailable" {
			t.Fatal(err)
		}
		bad.noAnswer.Store(false)
		bad.notWritten.Store(false)
		s.clock.advance(49 * time.Hour)
		if n, err := s.lib.Sweep(ctx); n != 1 || err != nil {
			t.Fatalf("swept %d, %v", n, err)
		}
		m, repeated, err := s.talks.Send(ctx, s.as("noor"), talk.ID, words)
		if !stored {
			if kindOf(err) != "not_found" {
				t.Errorf("the file that was forgotten: %v", err)
			}
			continue
		}
		if err != nil || !repeated || len(m.Files) != 1 {
			t.Fatalf("the repeat: %+v %v", m, err)
		}
		_, r, err := s.talks.OpenFile(ctx, s.as("fatima"), talk.ID, m.Seq, m.Files[0].FileID(), false)
		if err != nil {
			t.Fatalf("the sweep took the file of a message: %v", err)
		}
		r.Close()
	}
}
