package portfolio_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// paperIntake takes what comes in for a PDF, and a text for a text.
type paperIntake struct{ plainIntake }

func (paperIntake) Admit(name string, r io.Reader) (string, io.Reader, error) {
	if strings.HasSuffix(name, ".txt") {
		return "text/plain", r, nil
	}
	return "application/pdf", r, nil
}

// newPaperSchool is a school in which joost's custody of sem, with a document,
// waits for a second.
func newPaperSchool(t *testing.T) (*school, *portfolio.Fact) {
	s := newSchool(t)
	s.lib = portfolio.NewLibrary(s.store, s.files, paperIntake{}, s.now)
	u := s.paper(s.admin, "beschikking")
	custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101, Verified: 20260101, Upload: u.ID})
	return s, custody
}

func (s *school) paper(a portfolio.Actor, text string) *portfolio.Upload {
	s.t.Helper()
	u, err := s.lib.TakeEvidence(ctx, a, "beschikking.pdf", strings.NewReader(text))
	s.ok(err)
	return u
}

func (s *school) reads(a portfolio.Actor, fact, want string) {
	s.t.Helper()
	f, r, err := s.lib.OpenEvidence(ctx, a, fact)
	s.ok(err)
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != want || f.Size != int64(len(want)) || len(f.SHA256) != 64 {
		s.t.Errorf("got %q of %+v, %v, want %q", got, f, err, want)
	}
}

func TestTheDocumentOfAFactOpensForWhoRecordsConfirmsOrGuardsAndForNobodyElse(t *testing.T) {
	s, custody := newPaperSchool(t)
	sem := s.id("sem")
	s.person("mentor", portfolio.HatStaff, portfolio.Birth{})
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyMentor, About: s.class.ID, Party: s.id("mentor"), From: 20260801})
	oma := s.welcome(portfolio.Person{Name: portfolio.Name{Given: "oma"}, Hats: []string{portfolio.HatAdmin, portfolio.HatGuardian}})
	s.who["oma"] = portfolio.Actor{School: s.admin.School, Person: oma.ID, Hat: portfolio.HatAdmin}
	s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: sem, Party: oma.ID, From: 20200101})
	bare := s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationLegalParent, About: s.id("mees"), Party: s.id("joost"), From: 20160101})

	for _, a := range []portfolio.Actor{s.admin, s.other, s.who["petra"], s.who["mentor"]} {
		s.reads(a, custody.ID, "beschikking")
	}
	closed := func(names ...string) {
		t.Helper()
		for _, name := range names {
			before := len(s.lines("sem"))
			_, _, err := s.lib.OpenEvidence(ctx, s.who[name], custody.ID)
			s.fails(err, portfolio.NotFound)
			if got := len(s.lines("sem")); got != before {
				t.Errorf("%s was refused and the log has %d lines more", name, got-before)
			}
		}
	}
	closed("sem", "samira", "joost", "oma", "fatima", "joris")
	s.confirm(custody)
	closed("mentor") // agreed: the work is done
	s.reads(s.other, custody.ID, "beschikking")
	_, _, err := s.lib.OpenEvidence(ctx, s.admin, bare.ID)
	s.fails(err, portfolio.NotFound)
	_, _, err = s.lib.OpenEvidence(ctx, s.admin, "nothing")
	s.fails(err, portfolio.NotFound)

	if got := len(s.evidenceLines("petra")); got != 5 {
		t.Errorf("the FG reads that a document was opened %d times, want 5", got)
	}
	family := s.evidenceLines("samira")
	if len(family) != 5 || slices.ContainsFunc(family, func(n *portfolio.Logged) bool { return n.Note != "" }) {
		t.Errorf("the family reads %d lines, want 5 that do not say what it was", len(family))
	}
}

func (s *school) evidenceLines(reader string) (out []*portfolio.Logged) {
	s.t.Helper()
	lines, err := s.lib.Log(ctx, s.who[reader], s.id("sem"), 100)
	s.ok(err)
	for _, n := range lines {
		if n.Act == "look" && n.Kind == "evidence" {
			out = append(out, n)
		}
	}
	return out
}

func TestADocumentIsTakenFromWhoMayRecordFactsOnlyAndIsNoFileOfAWork(t *testing.T) {
	s, _ := newPaperSchool(t)
	for _, name := range []string{"sem", "samira", "fatima", "petra"} {
		_, err := s.lib.TakeEvidence(ctx, s.who[name], "x.pdf", strings.NewReader("x"))
		s.fails(err, portfolio.Forbidden)
	}
	_, err := s.lib.TakeEvidence(ctx, s.admin, "x.txt", strings.NewReader("x"))
	s.fails(err, portfolio.Invalid)
	_, err = s.lib.TakeEvidence(ctx, s.admin, "leeg.pdf", strings.NewReader(""))
	s.fails(err, portfolio.Invalid)
	_, err = s.lib.TakeEvidence(ctx, s.admin, "groot.pdf", bytes.NewReader(make([]byte, portfolio.MaxEvidence+1)))
	s.fails(err, portfolio.TooLarge)
	s.uploads()
	u, err := s.lib.TakeEvidence(ctx, s.admin, "../../etc/bewijs 📄.pdf", bytes.NewReader(make([]byte, portfolio.MaxEvidence)))
	s.ok(err)
	if u.File.Name != "bewijs 📄.pdf" {
		t.Errorf("the document is called %q", u.File.Name)
	}
	_, err = s.lib.Evidence(ctx, s.other, u.ID)
	s.fails(err, portfolio.NotFound)
	film := s.finish("sem", s.whole("sem", "film.mp4", "film"))
	both := portfolio.Actor{School: s.admin.School, Person: s.id("sem"), Hat: portfolio.HatStudent}
	_, err = s.lib.Evidence(ctx, both, film)
	s.fails(err, portfolio.NotFound)
}

func TestADocumentOfSomebodyElseRecordsNothing(t *testing.T) {
	s, _ := newPaperSchool(t)
	theirs := s.paper(s.other, "van een ander")
	new := portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationLegalParent, About: s.id("sem"), Party: s.id("mees-ma"), From: 20160101, Evidence: "stuk 7"}
	before := s.lines("sem")
	for _, upload := range []string{theirs.ID, "nothing", s.whole("sem", "film.mp4", "film")} {
		new.Upload = upload
		_, err := s.lib.PreviewFact(ctx, s.admin, new)
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.RecordFact(ctx, s.admin, new)
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.EndFact(ctx, s.admin, s.factOf(portfolio.FactCustody, "sem", "samira").ID, 20261201, "stuk 8", upload)
		s.fails(err, portfolio.NotFound)
	}
	new.Upload, new.EvidenceFile = "", theirs.File // nor by the back door
	made, err := s.lib.RecordFact(ctx, s.admin, new)
	s.ok(err)
	if made.EvidenceFile != nil {
		t.Error("a fact took a file that did not come in with it")
	}
	if got, want := len(s.lines("sem")), len(before)+1; got != want {
		t.Errorf("%d lines in the log, want %d", got, want)
	}
	_, err = s.lib.Evidence(ctx, s.other, theirs.ID)
	s.ok(err)
}

func TestEachEndAndEachProofKeepsItsOwnDocument(t *testing.T) {
	s, custody := newPaperSchool(t)
	s.confirm(custody)
	end, err := s.lib.EndFact(ctx, s.admin, custody.ID, 20261201, "beschikking 2", s.paper(s.admin, "einde").ID)
	s.ok(err)
	s.confirm(end)
	unseen := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("joost"), From: 20160101})
	s.confirm(unseen)
	seen, err := s.lib.VerifyCustody(ctx, s.admin, unseen.ID, 20261120, "uittreksel", s.paper(s.admin, "gezien").ID)
	s.ok(err)
	s.reads(s.other, custody.ID, "beschikking")
	s.reads(s.other, end.ID, "einde")
	s.reads(s.other, seen.ID, "gezien")
	s.uploads()
	s.later(100 * time.Hour)
	s.swept(0)
	s.onlyBlobs(custody.EvidenceFile.Blob, end.EvidenceFile.Blob, seen.EvidenceFile.Blob)

	all, err := s.lib.Statements(ctx, s.admin, s.id("sem"))
	s.ok(err)
	i := slices.IndexFunc(all, func(x *portfolio.Statement) bool { return x.ID == custody.ID })
	if x := all[i]; !x.MayOpen || x.ConfirmedName != "ada" || len(x.Later) != 1 || !x.Later[0].MayOpen || x.Later[0].ConfirmedName != "ada" {
		t.Errorf("the person's page is told %+v", x)
	}
}

// A fact that fails after its document came in leaves the document to the sweep;
// one that was stored keeps it, wherever the machine stopped.
func TestASweepForgetsTheDocumentsThatNoFactHolds(t *testing.T) {
	s, custody := newPaperSchool(t)
	never := s.paper(s.admin, "nooit vastgelegd")
	stopped := s.paper(s.admin, "vastgelegd en gestopt")
	again := s.paper(s.admin, "twee keer geprobeerd")
	docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "upload", Limit: 10})
	s.ok(err)
	f := portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationLegalParent, About: s.id("sem"), Party: s.id("mees-ma"), From: 20160101, Upload: stopped.ID}
	kept := s.record(f)
	// As if the machine stopped before the upload was let go: it is still there,
	// and names the fact.
	for _, d := range docs {
		if d.ID == stopped.ID {
			d.Body = bytes.Replace(d.Body, []byte(`"evidence":true`), []byte(`"evidence":true,"facts":["nothing","`+kept.ID+`"]`), 1)
			d.Rev = 0
			s.ok(s.store.Create(ctx, d))
		}
	}
	f.Upload = again.ID
	_, err = s.lib.RecordFact(ctx, s.admin, f) // no evidence, and recorded already
	s.fails(err, portfolio.Invalid)
	s.swept(0)
	s.later(49 * time.Hour)
	s.swept(3)
	s.uploads()
	s.onlyBlobs(custody.EvidenceFile.Blob, kept.EvidenceFile.Blob)
	_, err = s.lib.Evidence(ctx, s.admin, never.ID)
	s.fails(err, portfolio.NotFound)
	s.reads(s.other, kept.ID, "vastgelegd en gestopt")
}
