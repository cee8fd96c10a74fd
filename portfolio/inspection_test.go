package portfolio_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaft/portfolio"
)

const (
	ja       = portfolio.SaysYes
	nee      = portfolio.SaysNo
	onbekend = portfolio.SaysUnknown
)

// leaves is a school of a kind with iris, who is nearly 16, and one work that
// her parents see.
func leaves(t *testing.T, kind string) *school {
	s := deciding(t)
	s.clock(portfolio.Date(20270601).Start())
	s.child("iris", "2011-06-15")
	s.add("iris", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	s.ok(s.lib.SetSchoolKind(ctx, s.admin, kind))
	return s
}

func (s *school) shown(who string) *portfolio.ShownFile {
	s.t.Helper()
	f, err := s.lib.ShowFile(ctx, s.who[who], s.id("iris"))
	s.ok(err)
	return f
}

// speaks says something of the file as it is now.
func (s *school) speaks(who, agrees, objection, permission string) {
	s.t.Helper()
	said := portfolio.Saying{Print: s.shown(who).Print, Agrees: agrees, Objection: objection, Permission: permission}
	s.ok(s.lib.SayOfFile(ctx, s.who[who], s.id("iris"), said))
}

// ready checks why somebody may not hand the file over: "" for may.
func (s *school) ready(who, want string) {
	s.t.Helper()
	got, err := s.lib.TransferReady(ctx, s.who[who], s.id("iris"))
	s.ok(err)
	if got.Ready != (want == "") || strings.TrimPrefix(got.Why, "error.transfer.") != want {
		s.t.Errorf("%s may hand over: %v, %q; want %q", who, got.Ready, got.Why, want)
	}
	if got := s.shown(who).Readiness.Why; strings.TrimPrefix(got, "error.transfer.") != want {
		s.t.Errorf("the page tells %s %q, want %q", who, got, want)
	}
}

func (s *school) transfer(who string) (*portfolio.Bundle, error) {
	return s.lib.StartBundle(ctx, s.who[who], s.id("iris"), portfolio.Wish{Lang: "nl"})
}

// family lists what counts of what was said, as "who agrees permission".
func (s *school) family(who string) string {
	var out []string
	for _, x := range s.shown(who).Family {
		out = append(out, strings.TrimSpace(x.Name+" "+x.Agrees+" "+x.Permission))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestWhatComesBeforeATransferHangsOnTheKindOfSchool(t *testing.T) {
	for _, c := range []struct{ kind, first, looked, permitted string }{
		{"", "", "", ""},
		{portfolio.SchoolPrimary, "look", "", ""},
		{portfolio.SchoolSecondary, "look", "permission", ""},
		{portfolio.SchoolOther, "look", "permission", ""},
	} {
		s := leaves(t, c.kind)
		s.ready("iris-ma", c.first)
		_, err := s.transfer("iris-ma")
		if c.first == "" {
			s.ok(err)
			continue
		}
		s.fails(err, portfolio.Conflict)
		for _, kind := range []string{portfolio.BundleArchive, portfolio.BundleSelection} { // the family's own copy waits for nothing
			wish := portfolio.Wish{Kind: kind, Lang: "nl"}
			if kind == portfolio.BundleSelection {
				wish.Works = []string{s.shown("iris-ma").Works[0].ID}
			}
			_, err := s.lib.StartBundle(ctx, s.who["iris-ma"], s.id("iris"), wish)
			s.ok(err)
		}
		if c.kind == portfolio.SchoolPrimary {
			s.speaks("iris-ma", onbekend, "", "")
		} else {
			s.speaks("iris-ma", ja, "", nee)
			s.ready("iris-ma", "refused")
			s.speaks("iris-ma", ja, "", ja)
		}
		s.ready("iris-ma", c.permitted)
		b, err := s.transfer("iris-ma")
		s.ok(err)
		s.ok(s.lib.PackBundle(ctx, b.School, b.ID, justTitles))
		_, err = s.fetched("iris-ma", b)
		s.ok(err)
	}
}

func TestOnlyWhoHasTheRightToTheFileSaysSomethingOfIt(t *testing.T) {
	s := leaves(t, portfolio.SchoolPrimary)
	print := s.shown("iris-ma").Print
	for who, want := range map[string]portfolio.ErrKind{
		"iris": portfolio.Forbidden, "iris-weg": portfolio.Forbidden, "mentor": portfolio.NotFound, "samira": portfolio.NotFound, "directeur": portfolio.Forbidden,
	} {
		_, err := s.lib.ShowFile(ctx, s.who[who], s.id("iris"))
		if who == "mentor" || who == "directeur" {
			want = portfolio.KindOf(err) // staff for the student or not: refused either way
		}
		s.fails(err, want)
		s.fails(s.lib.SayOfFile(ctx, s.who[who], s.id("iris"), portfolio.Saying{Print: print, Agrees: ja}), want)
		_, err = s.lib.TransferReady(ctx, s.who[who], s.id("iris"))
		s.fails(err, want)
	}
	for _, said := range []portfolio.Saying{
		{Agrees: "misschien"}, {Agrees: nee}, {Agrees: ja, Objection: "te veel"}, {Agrees: onbekend, Objection: "te veel"}, {Agrees: ja, Permission: ja},
		{Agrees: ja, Remarks: strings.Repeat("x", portfolio.MaxSaid+1)}, {Agrees: nee, Objection: strings.Repeat("x", portfolio.MaxSaid+1)},
	} {
		said.Print = print
		s.fails(s.lib.SayOfFile(ctx, s.who["iris-ma"], s.id("iris"), said), portfolio.Invalid)
	}
	if got := s.shown("iris-ma"); got.Mine != nil || len(got.History) != 0 {
		t.Errorf("refused, and yet there is %v", got.History)
	}
}

func TestSeparatedParentsEachAnswerAndNoNoIsHidden(t *testing.T) {
	s := leaves(t, portfolio.SchoolPrimary)
	s.speaks("iris-ma", ja, "", "")
	if got, want := s.told("iris-pa", "iris"), "file_shown 2027-06-01"; !slices.Contains(got, want) {
		t.Errorf("the father was told %q, want %q", got, want)
	}
	s.speaks("iris-pa", nee, "te weinig rekenen", "")
	s.ready("iris-ma", "") // from a primary school nobody's permission is needed
	if got, want := s.family("iris-ma"), "iris-ma ja, iris-pa nee"; got != want {
		t.Errorf("the mother reads %q, want %q", got, want)
	}
	b, err := s.transfer("iris-ma")
	s.ok(err)
	var block *portfolio.Inspected
	s.ok(s.lib.PackBundle(ctx, b.School, b.ID, inspectedOnly(&block)))
	if block.Agrees != nee || block.Objection != "te weinig rekenen" || len(block.Answers) != 2 || !block.Seen || block.SeenOn != s.today() || !block.Provisional {
		t.Errorf("the bundle says %+v", block)
	}
	if broken := block.Broken(false); broken != nil {
		t.Errorf("the bundle breaks %v", broken)
	}

	s.ok(s.lib.SetSchoolKind(ctx, s.admin, portfolio.SchoolSecondary))
	s.speaks("iris-ma", ja, "", ja)
	s.ready("iris-ma", "") // the father was not asked yet
	b, err = s.transfer("iris-ma")
	s.ok(err)
	s.ok(s.lib.PackBundle(ctx, b.School, b.ID, justTitles))
	s.speaks("iris-pa", onbekend, "", nee)
	s.ready("iris-ma", "refused")
	_, err = s.fetched("iris-ma", b) // made before, handed over after
	s.fails(err, portfolio.Conflict)
	s.speaks("iris-pa", onbekend, "", ja)
	_, err = s.fetched("iris-ma", b)
	s.ok(err)
	if got, want := len(s.shown("iris-pa").History), 5; got != want {
		t.Errorf("of what was said %d is kept, want %d", got, want)
	}
}

// The no of the father closes until his custody ends; then it counts no more,
// and hers who lost it neither.
func TestWhoLosesCustodyInBetweenSaysNothingAnyMore(t *testing.T) {
	s := leaves(t, portfolio.SchoolSecondary)
	s.speaks("iris-ma", ja, "", ja)
	s.speaks("iris-pa", nee, "niet af", nee)
	s.ready("iris-ma", "refused")
	s.endCustody("iris", "iris-pa", s.today())
	s.ready("iris-ma", "")
	if got, want := s.family("iris-ma"), "iris-ma ja ja"; got != want {
		t.Errorf("what counts is %q, want %q", got, want)
	}
	b, err := s.transfer("iris-ma")
	s.ok(err)
	s.endCustody("iris", "iris-ma", s.today())
	if err := s.lib.PackBundle(ctx, b.School, b.ID, justTitles); err == nil {
		t.Error("a bundle was made for who lost custody")
	}
	s.fails(s.lib.MayHandOver(ctx, s.who["iris-ma"], b), portfolio.Forbidden)
}

func TestFromThe16thBirthdayTheStudentAloneAnswers(t *testing.T) {
	s := leaves(t, portfolio.SchoolSecondary)
	s.clock(portfolio.Date(20270612).Start())
	s.speaks("iris-ma", ja, "", ja)
	s.speaks("iris-pa", ja, "", ja)
	waits, err := s.transfer("iris-ma")
	s.ok(err)
	made, err := s.transfer("iris-pa")
	s.ok(err)
	s.ok(s.lib.PackBundle(ctx, made.School, made.ID, justTitles))

	s.clock(portfolio.Date(20270615).Start())
	s.ready("iris", "look")
	if err := s.lib.PackBundle(ctx, waits.School, waits.ID, justTitles); portfolio.KindOf(err) != portfolio.Conflict {
		t.Errorf("a bundle with the permission of before gave %v", err)
	}
	_, err = s.fetched("iris", made)
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.ShowFile(ctx, s.who["iris-ma"], s.id("iris"))
	s.fails(err, portfolio.Forbidden)
	s.speaks("iris", ja, "", ja)
	s.ready("iris", "")
	if got, want := s.family("iris"), "iris ja ja"; got != want {
		t.Errorf("what counts is %q, want %q", got, want)
	}
	_, err = s.fetched("iris", made)
	s.ok(err)
}

func TestTheFileThatGoesIsTheFileThatWasSeen(t *testing.T) {
	s := leaves(t, portfolio.SchoolPrimary)
	old := s.shown("iris-ma").Print
	s.speaks("iris-ma", ja, "", "")
	s.speaks("iris-pa", ja, "", "")
	s.add("iris", portfolio.NewWork{Title: "geheim"}) // a parent's file has it not
	s.ready("iris-ma", "")
	b, err := s.transfer("iris-ma")
	s.ok(err)
	s.add("iris", portfolio.NewWork{Title: "krater", Audience: shared})
	s.ready("iris-ma", "changed")
	s.fails(s.lib.SayOfFile(ctx, s.who["iris-ma"], s.id("iris"), portfolio.Saying{Print: old, Agrees: ja}), portfolio.Conflict)
	var block *portfolio.Inspected
	if err := s.lib.PackBundle(ctx, b.School, b.ID, inspectedOnly(&block)); portfolio.KindOf(err) != portfolio.Conflict {
		t.Errorf("what nobody saw was packed: %v", err)
	}
	s.speaks("iris-ma", ja, "", "")
	b, err = s.transfer("iris-ma")
	s.ok(err)
	s.ok(s.lib.PackBundle(ctx, b.School, b.ID, inspectedOnly(&block)))
	for _, x := range block.Answers {
		if got, want := x.Changed, x.By == s.id("iris-pa"); got != want {
			t.Errorf("that the file changed after %s saw it: %v, want %v", x.Name, got, want)
		}
	}
}

func TestWhatIsSaidTwiceOrAtOnceIsKeptOnce(t *testing.T) {
	s := leaves(t, portfolio.SchoolPrimary)
	var wg sync.WaitGroup
	for _, who := range []string{"iris-ma", "iris-pa", "iris-ma", "iris-pa"} {
		said := portfolio.Saying{Print: s.shown(who).Print, Agrees: ja}
		wg.Go(func() {
			if err := s.lib.SayOfFile(ctx, s.who[who], s.id("iris"), said); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, want := len(s.shown("iris-ma").History), 2; got != want {
		t.Errorf("%d are kept, want %d", got, want)
	}
}

// OSO's business rules OVa.IZ02 to IZ05, and what the fields mean.
func TestABlockKeepsTheRulesOfOSO(t *testing.T) {
	for _, c := range []struct {
		block      portfolio.Inspected
		permission bool
		want       string
	}{
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: nee, Objection: "te veel zorg", Permission: ja}, true, ""},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: ja}, false, ""},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: onbekend}, false, ""},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: nee}, false, ""},
		{portfolio.Inspected{}, false, "seen"},
		{portfolio.Inspected{Seen: true, Agrees: ja}, false, "date"},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331}, false, "answer"},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: ja}, true, "permission"},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: ja, Permission: onbekend}, true, ""},
		{portfolio.Inspected{SeenOn: 20260331}, false, "seen date_unseen"},
		{portfolio.Inspected{Agrees: ja}, false, "seen answer_unseen"},
		{portfolio.Inspected{Agrees: nee}, false, "seen answer_unseen"},
		{portfolio.Inspected{Agrees: onbekend}, false, "seen"},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: ja, Objection: "te veel zorg"}, false, "reason"},
		{portfolio.Inspected{Seen: true, SeenOn: 20260331, Agrees: onbekend, Objection: "te veel zorg"}, false, "reason"},
	} {
		if got := strings.Join(c.block.Broken(c.permission), " "); got != c.want {
			t.Errorf("%+v breaks %q, want %q", c.block, got, c.want)
		}
	}
}

// inspectedOnly is a packer that reads the works and what was said of them.
func inspectedOnly(into **portfolio.Inspected) portfolio.Packer {
	return func(ctx context.Context, v *portfolio.Leaving, b *portfolio.Bundle, w io.Writer, tell func(portfolio.Headway) error) (portfolio.Contents, error) {
		c, err := justTitles(ctx, v, b, w, tell)
		if err != nil {
			return c, err
		}
		*into, err = v.Inspected(ctx)
		return c, err
	}
}
