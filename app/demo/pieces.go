package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"kaft/portfolio"
)

// piece is a work in somebody's portfolio, and what the teacher thinks of it.
type piece struct {
	title, text, subject string
	about                string // the title of the work it looks back at
	file                 string // "photo", "drawing", "pdf" or ""
	days                 int    // ago
	audience             []string
	draft                bool
	goal                 string // of the assessment
	level                int    // 0: none
	remark               string
	unpublished          bool // the assessment is still a draft
}

var (
	onlyMe     []string
	teacher    = []string{portfolio.ToStaff}
	withHome   = []string{portfolio.ToStaff, portfolio.ToGuardians}
	withClass  = []string{portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass}
	withSchool = []string{portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass, portfolio.ToSchool}
)

var noorsWork = []piece{
	{title: "Vlinder op de muur", text: "Ik heb met houtskool gewerkt. De schaduw deed ik met mijn vinger.", subject: "tekenen", file: "drawing", days: 10, audience: withClass,
		goal: "kunst: kijken en maken", level: 3, remark: "Mooie schaduw, Noor. Je hebt goed gekeken naar het licht."},
	{title: "Boekverslag: De Gorgels", text: "Het boek gaat over *Melle*, die wakker wordt van geritsel. Mijn lievelingsstuk is **de nacht in het bos**.", subject: "taal", file: "pdf", days: 19, audience: withHome,
		goal: "taal: opbouw van een tekst", level: 3, remark: "Duidelijk begin en einde. Probeer in het midden meer alinea's."},
	{title: "Wat ik leerde van de toets", text: "Ik las de vraag te snel. De volgende keer onderstreep ik eerst wat er gevraagd wordt.", days: 25, audience: onlyMe},
	{title: "Herfst in het park", text: "Foto van de schoolreis.", subject: "natuur", file: "photo", days: 31, audience: withHome},
	{title: "Spreekbeurt over egels", text: "Egels slapen in de winter. Ik liet een egelhuis zien.", subject: "natuur", file: "photo", days: 60, audience: withClass,
		goal: "taal: opbouw van een tekst", level: 2, remark: "Je vertelde rustig. Kijk de klas wat vaker aan."},
	{title: "Breuken met pizza", text: "Drie achtste van een pizza is minder dan de helft.", subject: "rekenen", file: "drawing", days: 75, audience: teacher,
		goal: "rekenen: breuken", level: 4, remark: "Je legt het uit alsof je juf bent."},
}

var semsWork = []piece{
	{title: "Mijn vulkaan", text: "Met azijn en bakpoeder. Hij deed het drie keer.", subject: "natuur", file: "photo", days: 6, audience: withHome,
		goal: "onderzoeken", level: 3, remark: "Je hebt goed opgeschreven wat er gebeurde."},
	{title: "Geheim verhaal", text: "Dit verhaal is nog niet af. Het gaat over een draak op het dak.", days: 8, audience: onlyMe},
	{title: "Tafels oefenen", text: "De tafel van 7 ken ik nu.", subject: "rekenen", days: 15, audience: teacher,
		goal: "rekenen: tafels", level: 2, remark: "Bijna. Nog een week oefenen.", unpublished: true},
	{title: "Terug naar mijn vulkaan", text: "Volgende keer neem ik minder azijn.", about: "Mijn vulkaan", days: 5, audience: withHome},
}

var lottesWork = []piece{
	{title: "Profielwerkstuk: plan", text: "Onderzoeksvraag: hoe verandert een buurt als er een tram komt?", subject: "aardrijkskunde", file: "pdf", days: 4, audience: teacher,
		goal: "onderzoek: vraag stellen", level: 3, remark: "Scherpe vraag. Begin met de tellingen van 2019."},
	{title: "Gedicht: perron 4", text: "De trein vertrekt,\nik blijf nog even staan.", subject: "Nederlands", days: 12, audience: onlyMe},
	{title: "Affiche schoolfeest", text: "Voor het feest van december.", subject: "kunst", file: "drawing", days: 20, audience: withSchool},
	{title: "Stage bij de bakker", text: "Om vijf uur op. Ik heb geleerd dat deeg niet wacht.", file: "photo", days: 45, audience: withHome,
		goal: "loopbaan", level: 4, remark: "Eerlijk verslag. Je weet nu wat je niet wilt, dat is ook winst."},
}

// work puts one student's pieces in the portfolio and lets the teacher assess.
func (s *school) work(ctx context.Context, r role) error {
	if len(r.pieces) == 0 && r.age > 0 {
		r.pieces = []piece{
			{title: "Mijn eerste werk dit jaar", text: "Hier ben ik trots op.", file: []string{"drawing", "", "photo", "", "", ""}[(len(r.login)+len(r.name.Family))%6], days: 14 + len(r.login), audience: withHome},
			{title: "Dit wil ik leren", text: "Ik wil beter worden in plannen.", days: 50 + len(r.name.Given), audience: teacher},
		}
	}
	ids := map[string]string{}
	for i, p := range r.pieces {
		if err := s.put(ctx, r, i, p, ids); err != nil {
			return fmt.Errorf("%s: %s: %w", r.login, p.title, err)
		}
	}
	return nil
}

func (s *school) put(ctx context.Context, r role, i int, p piece, ids map[string]string) error {
	me := s.as(r.login, portfolio.HatStudent)
	w := portfolio.NewWork{Title: p.title, Text: p.text, Subject: p.subject, Audience: p.audience, Draft: p.draft, HappenedOn: s.ago(p.days)}
	if p.about != "" {
		w.Type, w.About = portfolio.TypeReflection, ids[p.about]
	}
	if p.file != "" {
		name, body := makeFile(p, r.name.Full(), int64(len(r.login)*31+i*7+p.days))
		u, err := s.lib.TakeUpload(ctx, me, name, body)
		if err != nil {
			return err
		}
		w.Uploads = []string{u.ID}
	}
	made, err := s.lib.AddWork(ctx, me, w)
	if err != nil {
		return err
	}
	ids[p.title] = made.ID
	if p.level == 0 {
		return nil
	}
	teacher := s.as("fatima", portfolio.HatStaff)
	if r.age >= 15 {
		teacher = s.as("joris", portfolio.HatStaff)
	}
	a, err := s.lib.Assess(ctx, teacher, made.ID, portfolio.NewAssessment{Goal: p.goal, Level: p.level, Remark: p.remark})
	if err != nil || p.unpublished {
		return err
	}
	_, err = s.lib.PublishAssessment(ctx, teacher, a.ID, a.Rev)
	return err
}

// makeFile makes the bytes of a piece: everything in the demo is generated.
func makeFile(p piece, author string, seed int64) (string, io.Reader) {
	var b bytes.Buffer
	switch p.file {
	case "pdf":
		writePDF(&b, p.title, author, p.text)
		return p.title + ".pdf", &b
	case "photo":
		paintLandscape(&b, seed)
	default:
		paintButterfly(&b, seed)
	}
	return p.title + ".jpg", &b
}
