package portfolio_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaft/portfolio"
)

// packedUp is a bundle of a student that is ready.
func (s *school) packedUp(who, student, kind string) *portfolio.Bundle {
	s.t.Helper()
	b, err := s.lib.StartBundle(ctx, s.who[who], s.id(student), portfolio.Wish{Kind: kind, Lang: "nl"})
	s.ok(err)
	s.ok(s.lib.PackBundle(ctx, b.School, b.ID, justTitles))
	return b
}

func (s *school) code(who string, b *portfolio.Bundle, once string) (string, *portfolio.Handover) {
	s.t.Helper()
	code, h, err := s.lib.MakeHandover(ctx, s.who[who], b.ID, strings.Repeat(once, 20))
	s.ok(err)
	return code, h
}

// claimOf is how a school comes with a code.
func claimOf(code, school string) portfolio.Claim {
	return portfolio.Claim{Code: code, Receipt: "receipt of " + school + strings.Repeat("-", 32), School: school, Instance: "https://kaft." + school + ".nl", Address: "192.0.2.7"}
}

// deliver reads what a claim brings.
func (s *school) deliver(c portfolio.Claim) (string, *portfolio.Delivery, error) {
	s.t.Helper()
	d, err := s.lib.Deliver(ctx, c)
	if err != nil {
		return "", nil, err
	}
	defer d.Blob.Close()
	raw, err := io.ReadAll(d.Blob)
	s.ok(err)
	return string(raw), d, nil
}

// delivers checks that a claim brings the bundle, or nothing: then every refusal
// is the same error.
func (s *school) delivers(what string, c portfolio.Claim, want bool) {
	s.t.Helper()
	text, _, err := s.deliver(c)
	switch {
	case want && (err != nil || !strings.Contains(text, "brief")):
		s.t.Errorf("%s: got %q, %v, want the bundle", what, text, err)
	case !want:
		if e, ok := err.(*portfolio.Error); !ok || e.Kind != portfolio.NotFound || e.Msg != "error.handover.code" || len(e.Args) > 0 {
			s.t.Errorf("%s: got %q, %v, want the one refusal there is", what, text, err)
		}
	}
}

func (s *school) states(who, student string) (out []string) {
	s.t.Helper()
	all, err := s.lib.Handovers(ctx, s.who[who], s.id(student))
	s.ok(err)
	for _, h := range all {
		out = append(out, h.State)
	}
	return out
}

func TestACodeBringsTheBundleToTheFirstSchoolThatComesAndTellsWhoAndWhen(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "brief", Audience: shared})
	b := s.packedUp("samira", "sem", portfolio.BundleTransfer)
	code, h := s.code("samira", b, "a")
	if len(strings.ReplaceAll(code, "-", "")) != 20 || strings.ContainsAny(code, "01OILUV") {
		t.Errorf("the code is %q", code)
	}
	if again, same := s.code("samira", b, "a"); again != code || same.ID != h.ID {
		t.Errorf("the same form once more made %q (%s)", again, same.ID)
	}
	s.same("states", s.states("samira", "sem"), []string{portfolio.HandoverOpen})
	for _, d := range s.docs("handover") {
		if strings.Contains(string(d.Body)+d.ID, strings.ReplaceAll(code, "-", "")) || strings.Contains(string(d.Body), code) {
			t.Errorf("the code is stored: %s", d.Body)
		}
	}

	linde := claimOf(strings.ToLower(strings.ReplaceAll(code, "-", " ")), "linde")
	linde.School += "\n\u202ex"
	text, d, err := s.deliver(linde)
	s.ok(err)
	if !strings.Contains(text, "brief") {
		t.Errorf("came %q", text)
	}
	s.same("begun", s.states("samira", "sem"), []string{portfolio.HandoverBegun})
	s.delivers("another school while the first is fetching", claimOf(code, "beuk"), false)
	s.delivers("the same once more", linde, true)
	s.later(time.Minute)
	s.ok(d.Sent(ctx))
	s.ok(d.Sent(ctx))
	s.same("fetched", s.states("samira", "sem"), []string{portfolio.HandoverFetched})
	all, err := s.lib.Handovers(ctx, s.who["samira"], s.id("sem"))
	s.ok(err)
	if to := all[0].To; to.School != "lindex" || to.Instance != "https://kaft.linde.nl" || to.Address != "192.0.2.7" || !to.At.Add(time.Minute).Equal(all[0].Fetched) {
		t.Errorf("who fetched is %+v at %v", to, all[0].Fetched)
	}
	s.delivers("another school after that", claimOf(code, "beuk"), false)
	s.delivers("the same within a day", linde, true)
	s.later(25 * time.Hour)
	s.delivers("the same after a day", linde, false)
	_, err = s.lib.RevokeHandover(ctx, s.who["samira"], h.ID)
	s.fails(err, portfolio.Conflict)
	if told := s.told("samira", "sem"); !slices.Contains(told, "bundle_handed "+h.ID) {
		t.Errorf("who made the code was told %q", told)
	}
	lines, err := s.lib.Log(ctx, s.who["samira"], s.id("sem"), 10)
	s.ok(err)
	var acts []string
	for _, n := range lines {
		acts = append(acts, n.Act+" "+n.ActorName)
	}
	s.same("the log", acts[:4], []string{"handed De Linde", "fetch De Linde", "code samira", "export samira"})
}

func TestACodeIsMadeByWhoMayGiveTheBundleAndForNothingElse(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "brief", Audience: shared})
	b := s.packedUp("samira", "sem", portfolio.BundleTransfer)
	once := strings.Repeat("x", 20)
	for _, who := range []string{"joost", "sem", "lotte", "fatima", "mees-ma", "petra"} {
		_, _, err := s.lib.MakeHandover(ctx, s.who[who], b.ID, once)
		s.fails(err, portfolio.NotFound)
		if all, err := s.lib.Handovers(ctx, s.who[who], s.id("sem")); err == nil {
			t.Errorf("%s lists %d codes", who, len(all))
		}
	}
	archive, err := s.lib.StartBundle(ctx, s.who["samira"], s.id("sem"), portfolio.Wish{Kind: portfolio.BundleArchive, Lang: "nl"})
	s.ok(err)
	_, _, err = s.lib.MakeHandover(ctx, s.who["samira"], archive.ID, once)
	s.fails(err, portfolio.Conflict) // not ready
	s.ok(s.lib.PackBundle(ctx, archive.School, archive.ID, justTitles))
	_, _, err = s.lib.MakeHandover(ctx, s.who["samira"], archive.ID, once)
	s.fails(err, portfolio.Invalid)
	_, _, err = s.lib.MakeHandover(ctx, s.who["samira"], b.ID, "short")
	s.fails(err, portfolio.Invalid)
	_, h := s.code("samira", b, "1")
	for _, who := range []string{"joost", "sem", "fatima", "petra"} {
		_, err := s.lib.RevokeHandover(ctx, s.who[who], h.ID)
		s.fails(err, portfolio.NotFound)
	}
	for i := 2; i <= portfolio.MaxHandovers; i++ {
		s.code("samira", b, fmt.Sprint(i))
	}
	_, _, err = s.lib.MakeHandover(ctx, s.who["samira"], b.ID, once)
	s.fails(err, portfolio.Conflict)
	s.code("samira", b, "1") // that one is there
}

func TestACodeIsOfNoUseOnceItsMakerMayNotGiveTheBundle(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(s *school, b *portfolio.Bundle, h *portfolio.Handover, w *portfolio.Work)
		want  bool
		state string // for who may list it
		by    string // who lists
		born  string // "" for who turns 16 within the 14 days
	}{
		{"nothing", func(*school, *portfolio.Bundle, *portfolio.Handover, *portfolio.Work) {}, true, portfolio.HandoverOpen, "iris-ma", ""},
		{"13 days, and a sweep", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.later(13 * 24 * time.Hour)
			_, err := s.lib.SweepBundles(ctx)
			s.ok(err)
			_, err = s.lib.SweepHandovers(ctx)
			s.ok(err)
		}, true, portfolio.HandoverOpen, "iris-ma", ""},
		{"14 days", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.later(portfolio.HandoverLife)
		}, false, portfolio.HandoverExpired, "iris-ma", "2015-06-15"},
		{"a minute less than 14 days", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.later(portfolio.HandoverLife - time.Minute)
		}, true, portfolio.HandoverOpen, "iris-ma", "2015-06-15"},
		{"it is revoked, twice", func(s *school, _ *portfolio.Bundle, h *portfolio.Handover, _ *portfolio.Work) {
			for range 2 {
				_, err := s.lib.RevokeHandover(ctx, s.who["iris-ma"], h.ID)
				s.ok(err)
			}
		}, false, portfolio.HandoverRevoked, "iris-ma", ""},
		{"the bundle is thrown away", func(s *school, b *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.ok(s.lib.DropBundle(ctx, s.who["iris-ma"], b.ID))
		}, false, portfolio.HandoverLapsed, "iris-ma", ""},
		{"a work in it is closed", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, w *portfolio.Work) {
			_, err := s.lib.ShareWork(ctx, s.who["iris"], w.ID, w.Rev, nil)
			s.ok(err)
		}, false, portfolio.HandoverLapsed, "iris-ma", ""},
		{"a parent refuses it from a secondary school", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.ok(s.lib.SetSchoolKind(ctx, s.admin, portfolio.SchoolSecondary))
			s.speaks("iris-ma", ja, "", ja)
			s.speaks("iris-pa", onbekend, "", nee)
		}, false, portfolio.HandoverLapsed, "iris-ma", ""},
		{"both parents permit it from a secondary school", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.ok(s.lib.SetSchoolKind(ctx, s.admin, portfolio.SchoolSecondary))
			s.speaks("iris-ma", ja, "", ja)
			s.speaks("iris-pa", nee, "niet af", ja)
		}, true, portfolio.HandoverOpen, "iris-ma", ""},
		{"the student turns 16 a minute later", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.clock(portfolio.Date(20270615).Start().Add(-time.Minute))
		}, true, portfolio.HandoverOpen, "iris-ma", ""},
		{"the student is 16", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.clock(portfolio.Date(20270615).Start())
		}, false, portfolio.HandoverLapsed, "iris", ""},
		{"the custody of another parent ends", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.endCustody("iris", "iris-pa", s.today())
		}, true, portfolio.HandoverOpen, "iris-ma", ""},
		{"the custody of its maker ends", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.endCustody("iris", "iris-ma", s.today())
		}, false, "", "", ""},
		{"its maker is blocked", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.alter("person", s.id("iris-ma"), func(p map[string]any) { p["blocked"] = true })
		}, false, "", "", ""},
		{"its maker is no family any more", func(s *school, _ *portfolio.Bundle, _ *portfolio.Handover, _ *portfolio.Work) {
			s.alter("person", s.id("iris-ma"), func(p map[string]any) { p["hats"] = []string{} })
		}, false, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSchool(t)
			s.child("iris", cmp.Or(c.born, "2011-06-15"))
			s.clock(portfolio.Date(20270615).AddDays(-13).Start().Add(-time.Hour))
			w := s.add("iris", portfolio.NewWork{Title: "brief", Audience: shared})
			b := s.packedUp("iris-ma", "iris", portfolio.BundleTransfer)
			code, h := s.code("iris-ma", b, "a")
			c.after(s, b, h, w)
			if c.by != "" {
				s.same("state", s.states(c.by, "iris"), []string{c.state})
			}
			s.delivers(c.name, claimOf(code, "linde"), c.want)
		})
	}
}

// alter changes a document behind the Library's back.
func (s *school) alter(kind, id string, change func(map[string]any)) {
	s.t.Helper()
	d, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: kind, ID: id})
	s.ok(err)
	var body map[string]any
	s.ok(json.Unmarshal(d.Body, &body))
	change(body)
	d.Body, err = json.Marshal(body)
	s.ok(err)
	s.ok(s.store.Replace(ctx, d))
}

// A code that is revoked while its bundle goes out breaks it off; a code that is
// over is forgotten only long after.
func TestWhatIsBeingSentStopsWhenTheCodeIsRevoked(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "brief", Audience: shared})
	code, h := s.code("samira", s.packedUp("samira", "sem", portfolio.BundleTransfer), "a")
	_, d, err := s.deliver(claimOf(code, "linde"))
	s.ok(err)
	s.ok(d.Stands(ctx))
	_, err = s.lib.RevokeHandover(ctx, s.who["samira"], h.ID)
	s.ok(err)
	s.fails(d.Stands(ctx), portfolio.NotFound)
	_, _, err = s.lib.MakeHandover(ctx, s.who["samira"], h.Bundle, strings.Repeat("a", 20))
	s.fails(err, portfolio.Conflict) // the form of a code that is over makes no other
	for _, c := range []struct {
		later time.Duration
		want  int
	}{{portfolio.HandoverLife, 0}, {360 * 24 * time.Hour, 0}, {10 * 24 * time.Hour, 1}} {
		s.later(c.later)
		if swept, err := s.lib.SweepHandovers(ctx); err != nil || swept != c.want {
			t.Errorf("after %v more: %d swept, %v, want %d", c.later, swept, err, c.want)
		}
	}
}

func TestOfManySchoolsThatComeAtOnceOneGetsTheBundle(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "brief", Audience: shared})
	code, _ := s.code("samira", s.packedUp("samira", "sem", portfolio.BundleTransfer), "a")
	var all sync.WaitGroup
	got := make([]error, 8)
	start := make(chan struct{})
	for i := range got {
		all.Go(func() {
			c := claimOf(code, fmt.Sprintf("school%d", i))
			c.Address = fmt.Sprintf("192.0.2.%d", i)
			<-start
			d, err := s.lib.Deliver(ctx, c)
			if err == nil {
				d.Blob.Close()
			}
			got[i] = err
		})
	}
	close(start)
	all.Wait()
	won := 0
	for _, err := range got {
		if err == nil {
			won++
		} else if portfolio.KindOf(err) != portfolio.NotFound {
			t.Errorf("got %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d schools got the bundle, want 1", won)
	}
}

func TestWhoTriesCodesIsSlowedDownAndWhoHasOneIsNot(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "brief", Audience: shared})
	code, _ := s.code("samira", s.packedUp("samira", "sem", portfolio.BundleTransfer), "a")
	right := claimOf(code, "linde")
	for range 30 { // a fetch that breaks again and again is no guessing
		s.delivers("the right code", right, true)
	}
	wrong := claimOf("2345-6789-ABCD-EFGH-JKMN", "boef")
	tried := func(c portfolio.Claim) int {
		for n := range 50 {
			if _, _, err := s.deliver(c); portfolio.KindOf(err) == portfolio.TooMany {
				return n
			}
		}
		return 50
	}
	for _, c := range []struct {
		address string
		want    int
	}{{"192.0.2.99", 10}, {"192.0.2.98", 10}, {"2001:db8:1:2::1", 10}, {"2001:db8:1:2:ffff::9", 0}, {"2001:db8:1:3::1", 10}, {"::ffff:192.0.2.99", 0}} {
		wrong.Address = c.address
		if got := tried(wrong); got != c.want {
			t.Errorf("%s could try %d codes, want %d", c.address, got, c.want)
		}
	}
	right.Address = "192.0.2.99"
	if _, _, err := s.deliver(right); portfolio.KindOf(err) != portfolio.TooMany {
		t.Errorf("a guesser that guessed right gets %v, want to wait", err)
	}
	right.Address = "192.0.2.7"
	s.delivers("the right code, from where nobody guessed", right, true)
	s.later(25 * time.Hour)
	wrong.Address = "192.0.2.99"
	if got := tried(wrong); got != 10 {
		t.Errorf("a day later %d tries, want 10", got)
	}
	for _, c := range []portfolio.Claim{{Code: code, Receipt: strings.Repeat("r", 40)}, {Code: code, Receipt: "short", School: "x"}, {Code: code, Receipt: strings.Repeat("r", 400), School: "x"}} {
		_, _, err := s.deliver(c)
		s.fails(err, portfolio.Invalid)
	}
}

func TestAnAdministratorWhoTriesCodesElsewhereIsSlowedDown(t *testing.T) {
	s := newSchool(t)
	_, err := s.lib.StartFetch(ctx, s.who["samira"], "https://x.nl", "2345-6789-ABCD-EFGH-JKMN")
	s.fails(err, portfolio.Forbidden)
	for _, typed := range []string{"", "2345", "2345-6789-ABCD-EFGH-JKM0", strings.Repeat("2", 300)} {
		_, err := s.lib.StartFetch(ctx, s.admin, "https://x.nl", typed)
		s.fails(err, portfolio.Invalid)
	}
	receipts := map[string]bool{}
	for range 10 {
		f, err := s.lib.StartFetch(ctx, s.admin, "https://x.nl", "2345 6789 abcd efgh jkmn")
		s.ok(err)
		receipts[f.Receipt] = true
		if f.Code != "23456789ABCDEFGHJKMN" || f.School != "De Linde" {
			t.Errorf("it says %+v", f)
		}
	}
	if len(receipts) != 1 {
		t.Errorf("%d receipts for one code, want 1: a fetch that broke would not be known again", len(receipts))
	}
	_, err = s.lib.StartFetch(ctx, s.admin, "https://x.nl", "2345-6789-ABCD-EFGH-JKMN")
	s.fails(err, portfolio.TooMany)
	s.later(time.Minute)
	f, err := s.lib.StartFetch(ctx, s.admin, "https://y.nl", "2345-6789-ABCD-EFGH-JKMN")
	s.ok(err)
	if receipts[f.Receipt] {
		t.Error("two addresses get the same receipt: one could fetch from the other with it")
	}
}

// The program stops after each single write; the next start goes on. There is
// then one code, one line for each thing that happened, and the bundle is there
// as long as the code is.
func TestACodeSurvivesAStopAfterEachWrite(t *testing.T) {
	for n := 0; ; n++ {
		s := newSchool(t)
		s.add("sem", portfolio.NewWork{Title: "brief", Audience: shared})
		b := s.packedUp("samira", "sem", portfolio.BundleTransfer)
		cut := &power{left: n}
		whole := s.lib
		all := func(lib *portfolio.Library) (string, error) {
			code, _, err := lib.MakeHandover(ctx, s.who["samira"], b.ID, strings.Repeat("a", 20))
			if err != nil {
				return "", err
			}
			d, err := lib.Deliver(ctx, claimOf(code, "linde"))
			if err != nil {
				return "", err
			}
			d.Blob.Close()
			return code, d.Sent(ctx)
		}
		first, broke := all(portfolio.NewLibrary(&poweredStore{s.store, cut}, s.files, plainIntake{}, s.now))
		s.lib = portfolio.NewLibrary(s.store, s.files, plainIntake{}, s.now)
		_, err := s.lib.FinishLog(ctx)
		s.ok(err)
		code, _, err := s.lib.MakeHandover(ctx, s.who["samira"], b.ID, strings.Repeat("a", 20))
		if fetched := s.states("samira", "sem"); slices.Equal(fetched, []string{portfolio.HandoverFetched}) {
			s.fails(err, portfolio.Conflict) // it is over
		} else {
			s.ok(err)
			s.delivers("after the stop", claimOf(code, "linde"), true)
			s.delivers("another school", claimOf(code, "beuk"), false)
			_, d, err := s.deliver(claimOf(code, "linde"))
			s.ok(err)
			s.ok(d.Sent(ctx))
		}
		lines, err := whole.Log(ctx, s.who["samira"], s.id("sem"), 20)
		s.ok(err)
		acts := map[string]int{}
		for _, l := range lines {
			acts[l.Act]++
		}
		kept, err := s.lib.BundleByID(ctx, s.who["samira"], b.ID)
		s.ok(err)
		if codes := len(s.docs("handover")); codes != 1 || acts["code"] != 1 || acts["fetch"] != 1 || acts["handed"] != 1 || kept.Expires.Before(s.now().Add(portfolio.HandoverLife)) {
			t.Errorf("a stop after %d writes (%v): %d codes, the log has %v, the bundle is kept until %v", n, broke, codes, acts, kept.Expires)
		}
		if broke == nil && cut.left >= 0 {
			if n < 12 || first == "" {
				t.Errorf("only %d writes: is the test blind?", n)
			}
			return
		}
	}
}

// A fetch that is stopped while it comes in leaves nothing.
func TestABundleThatIsThrownAwayWhileItComesInLeavesNothing(t *testing.T) {
	s := newSchool(t)
	imp, err := s.lib.FetchFound(ctx, s.admin, "https://kaft.linde.nl", "../sem.zip", nil)
	s.ok(err)
	if imp.File != "sem.zip" || imp.State != portfolio.ImportReading {
		t.Errorf("it begins as %+v", imp)
	}
	s.ok(s.lib.DropImport(ctx, s.admin, imp.ID))
	s.fails(s.lib.SpoolImport(ctx, imp, strings.NewReader("a bundle")), portfolio.NotFound)
	blobs, err := s.files.List(ctx, s.admin.School+"/import-", "", 10)
	if err != nil || len(blobs) > 0 {
		t.Errorf("left is %v, %v", blobs, err)
	}
	_, err = s.lib.FetchFound(ctx, s.who["samira"], "https://kaft.linde.nl", "sem.zip", nil)
	s.fails(err, portfolio.Forbidden)
}
