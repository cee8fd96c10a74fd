package portfolio_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// logAlone is a packer of the log alone: a line each, who did what.
func logAlone(ctx context.Context, v *portfolio.Leaving, b *portfolio.Bundle, w io.Writer, tell func(portfolio.Headway) error) (portfolio.Contents, error) {
	all, _ := v.Looks(ctx)
	if all == nil {
		_, err := io.WriteString(w, "nothing")
		return portfolio.Contents{}, err
	}
	for n, err := range all {
		if err != nil {
			return portfolio.Contents{}, err
		}
		if _, err := fmt.Fprintln(w, n.Actor, n.Act, n.Outcome); err != nil {
			return portfolio.Contents{}, err
		}
	}
	return portfolio.Contents{}, nil
}

// archive has an archive made, of the log alone.
func (s *school) archive(who, student string) *portfolio.Bundle {
	s.t.Helper()
	b, err := s.lib.StartBundle(ctx, s.who[who], s.id(student), portfolio.Wish{Kind: portfolio.BundleArchive, Lang: "nl"})
	s.ok(err)
	s.ok(s.lib.PackBundle(ctx, b.School, b.ID, logAlone))
	return b
}

func (s *school) fetched(who string, b *portfolio.Bundle) (string, error) {
	_, r, err := s.lib.OpenBundle(ctx, s.who[who], b.ID, false)
	if err != nil {
		return "", err
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	return string(raw), err
}

// The school grants a look quietly, and then the student turns 16. The line is
// the parents' to read and not the student's, in an archive as on the page.
func TestAnArchiveOfAParentNeverBringsAQuietLookToTheStudent(t *testing.T) {
	s := deciding(t)
	s.child("iris", "2011-06-15")
	birthday := portfolio.Date(20270615)
	s.clock(birthday.AddDays(-3).Start())
	s.ok(s.lib.Birthdays(ctx))
	w := s.add("iris", portfolio.NewWork{Title: "geheim"})
	r := s.ask("iris-pa", "iris", portfolio.Question{Kinds: []string{"work"}})
	s.ok(s.release("ingrid", r, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today().AddDays(7), Quiet: because}))
	s.later(time.Second)
	_, err := s.lib.Work(ctx, s.who["iris-pa"], w.ID)
	s.ok(err)
	s.later(time.Second)
	quiet := s.id("iris-pa") + " look REQUEST"

	before := s.archive("iris-ma", "iris")
	text, err := s.fetched("iris-ma", before)
	s.ok(err)
	if !strings.Contains(text, quiet) {
		t.Fatalf("a parent's archive has %q, want the look in it", text)
	}
	waits, err := s.lib.StartBundle(ctx, s.who["iris-pa"], s.id("iris"), portfolio.Wish{Kind: portfolio.BundleArchive, Lang: "nl"})
	s.ok(err)

	s.clock(birthday.Start())
	_, err = s.fetched("iris", before)
	s.fails(err, portfolio.Conflict)
	_, err = s.fetched("iris-ma", before)
	s.fails(err, portfolio.NotFound)
	s.ok(s.lib.PackBundle(ctx, waits.School, waits.ID, logAlone)) // for the student, by now
	for name, b := range map[string]*portfolio.Bundle{"made for the student": waits, "the student's own": s.archive("iris", "iris")} {
		text, err := s.fetched("iris", b)
		s.ok(err)
		if strings.Contains(text, quiet) || !strings.Contains(text, s.id("iris")+" add") {
			t.Errorf("%s has %q, want the student's own line and no quiet look", name, text)
		}
	}
}

func TestNoKindOfBundleIsMadeForWhoHasNoRightToTheFile(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "brief", Audience: shared})
	for _, kind := range []string{portfolio.BundleTransfer, portfolio.BundleArchive, portfolio.BundleSelection} {
		wish := portfolio.Wish{Kind: kind, Lang: "nl", Works: []string{w.ID}}
		for who, want := range map[string]portfolio.ErrKind{"fatima": portfolio.Forbidden, "joost": portfolio.Forbidden, "sem": portfolio.Forbidden,
			"petra": portfolio.NotFound, "mees": portfolio.NotFound, "mees-ma": portfolio.NotFound} {
			_, err := s.lib.StartBundle(ctx, s.who[who], s.id("sem"), wish)
			if got := portfolio.KindOf(err); err == nil || got != want {
				t.Errorf("%s asks for %s: got %v, want %v", who, kind, err, want)
			}
		}
		_, err := s.lib.StartBundle(ctx, s.who["samira"], s.id("sem"), wish)
		s.ok(err)
	}
	other := s.add("lotte", portfolio.NewWork{Title: "van lotte", Audience: shared})
	_, err := s.lib.StartBundle(ctx, s.who["samira"], s.id("sem"), portfolio.Wish{Kind: portfolio.BundleSelection, Works: []string{w.ID, other.ID}})
	s.fails(err, portfolio.NotFound)
	hidden := s.add("sem", portfolio.NewWork{Title: "alleen van sem"})
	_, err = s.lib.StartBundle(ctx, s.who["samira"], s.id("sem"), portfolio.Wish{Kind: portfolio.BundleSelection, Works: []string{hidden.ID}})
	s.fails(err, portfolio.NotFound)
}
