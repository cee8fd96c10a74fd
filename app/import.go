package app

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"kaft/export"
	"kaft/portfolio"
)

// Bundles that come in, as the administrator sees them (A6): take a file,
// have it checked, say whose it is, see what would happen, take it in, and,
// when it was the wrong one, take it back.

// importsPage is A6.
type importsPage struct {
	Page
	Imports []*portfolio.Import
	Form    Filled
	Max     int64
}

// imports shows the page: GET /verhuizingen.
func (v *visit) imports() error { return v.importsAgain(Filled{}) }

func (v *visit) importsAgain(f Filled) error {
	all, err := v.lib.Imports(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	return v.Render("imports", importsPage{v.frame(), all, f, portfolio.MaxBundle})
}

// receiveBundle takes a file: POST /verhuizingen, as a form with a file. It is
// streamed to the spool, whatever its size.
func (v *visit) receiveBundle() error {
	mediaType, params, err := mime.ParseMediaType(v.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" {
		return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.body", Err: err}
	}
	body, err := v.incoming()
	if err != nil {
		return err
	}
	if body.left > portfolio.MaxBundle+maxForm {
		return portfolio.E(portfolio.TooLarge, "error.form_too_large", "Max", int64(portfolio.MaxBundle))
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			var f Filled
			v.wrongField(&f, "file", v.say("imports.choose"))
			return v.importsAgain(f)
		}
		if err != nil {
			return badForm(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		imp, err := v.app.opt.Jobs.Receive(v.ctx(), v.actor, part.FileName(), part)
		if err != nil {
			if body.cut != nil || errors.Is(err, io.ErrUnexpectedEOF) {
				return badForm(io.ErrUnexpectedEOF)
			}
			var f Filled
			if err := v.wrong(&f, err); err != nil {
				return err
			}
			return v.importsAgain(f)
		}
		return v.seeOther("/verhuizingen/" + imp.ID)
	}
}

// importPage is R1 to R4: one bundle on its way in.
type importPage struct {
	Page
	Import   *portfolio.Import
	Progress Progress
	Fault    string
	Born     string   // when the student was, as far as the bundle says
	Held     []string // what it says to hold
	Out      []string // what it says to leave out
	Notes    []string
	Likely   []Option          // students, the likeliest first
	Others   []Option          // the rest
	Chosen   *portfolio.Person // nil for a new student
	Plan     []string          // what would happen, once somebody is chosen
	New      bool              // a new student was chosen
	Student  *portfolio.Person // whose it became
	Report   []string
	Sender   Note           // who signed it, and who stood for it
	Offer    Note           // the keys of the other school's address
	Host     string         // from which it was fetched
	Stand    bool           // nobody known signed it: who takes it in stands for it
	Said     *inspectedView // what the family said of it; nil where the bundle does not tell
	Talkers  []Option       // of whom the conversations in it can be
}

// someLikely is how many students are suggested.
const someLikely = 5

// move shows one bundle: GET /verhuizingen/:id, with ?leerling=ID or
// leerling=nieuw what would happen, and with ?deel=stand the part that changes.
func (v *visit) move() error {
	imp, err := v.lib.ImportByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := importPage{Page: v.frame(), Import: imp, Host: hostOf(imp.Source), Said: v.inspectedView(imp.From)}
	switch {
	case imp.State == portfolio.ImportReading:
		steps := []string{export.StepHash, export.StepDocument}
		if imp.Source != "" {
			steps = append([]string{export.StepFetch}, steps...)
		}
		p.Progress = v.jobProgress(imp.Headway, imp.Step == "", steps)
	case imp.Active():
		p.Progress = v.jobProgress(imp.Headway, imp.Step == "", []string{export.StepHash, export.StepDocument, export.StepStore})
	case imp.State == portfolio.ImportChecked:
		err = v.fillChoice(&p, v.Query("leerling"))
	case imp.State == portfolio.ImportDone:
		p.Report = v.told(imp.Report, "report")
		p.Student, err = v.lib.PersonByID(v.ctx(), v.actor, imp.Student)
		if portfolio.KindOf(err) == portfolio.NotFound {
			p.Student, err = &portfolio.Person{Name: imp.From.Name}, nil
		}
		if err == nil && imp.KeepsTalks() {
			err = v.fillTalkers(&p)
		}
	}
	if err != nil {
		return err
	}
	if imp.State == portfolio.ImportChecked || imp.State == portfolio.ImportDone {
		if err := v.fillSender(&p); err != nil {
			return err
		}
		v.fillOffer(&p)
	}
	if imp.Fault != nil {
		p.Fault = v.app.cat.SayError(v.prefs.Lang, imp.Fault.Error())
	}
	for _, n := range imp.From.Notes {
		p.Notes = append(p.Notes, v.say(n))
	}
	if v.Query("deel") == "stand" {
		return v.Render("import#state", p)
	}
	return v.Render("import", p)
}

// fillChoice shows what is in a bundle, whose it may be, and, when somebody was
// chosen, what would happen.
func (v *visit) fillChoice(p *importPage, chosen string) error {
	from := p.Import.From
	if birth := from.Birth.String(); birth != "" {
		if from.Birth.Earliest == from.Birth.Latest {
			birth = v.app.cat.Date(v.prefs.Lang, from.Birth.Latest)
		}
		p.Born = v.say("person.born", "Date", birth)
	}
	p.Held = []string{v.say("bundle.in.items", "Count", from.Contents.Items), v.say("bundle.in.assessments", "Count", from.Contents.Assessments),
		v.say("bundle.in.files", "Count", from.Contents.Files, "Size", from.Contents.Bytes)}
	if n := len(from.Missing); n > 0 {
		p.Out = append(p.Out, v.say("import.missing", "Count", n))
	}
	for _, o := range from.Contents.Omitted {
		if o.Reason == portfolio.ReasonOnRequest && o.Count > 0 {
			p.Out = append(p.Out, v.say("import.out_request", "Count", o.Count))
		}
	}
	students, err := v.lib.Candidates(v.ctx(), v.actor, from)
	if err != nil {
		return err
	}
	for _, c := range students {
		o := Option{Value: c.ID, Text: c.Name.Full(), Hint: v.whyLikely(c), Chosen: c.ID == chosen}
		if o.Hint != "" && len(p.Likely) < someLikely {
			p.Likely = append(p.Likely, o)
		} else {
			p.Others = append(p.Others, o)
		}
		if c.ID == chosen {
			p.Chosen = c.Person
		}
	}
	p.Likely = append(p.Likely, Option{Value: newStudent, Text: v.say("import.new", "Name", from.Name.Full()), Chosen: chosen == newStudent})
	p.New = chosen == newStudent
	if p.Chosen == nil && !p.New {
		return nil
	}
	into := chosen
	if p.New {
		into = ""
	}
	plan, err := v.app.opt.Jobs.Plan(v.ctx(), v.actor, p.Import.ID, into)
	p.Plan = v.told(plan, "plan")
	return err
}

// fillSender says who signed a bundle. When nobody known here did, it says who
// took it in all the same, or that somebody has to stand for it.
func (v *visit) fillSender(p *importPage) error {
	imp := p.Import
	if imp.Accepted != nil && imp.State == portfolio.ImportDone {
		by, err := v.lib.PersonByID(v.ctx(), v.actor, imp.Accepted.By)
		if err != nil {
			return err
		}
		p.Sender = Note{Kind: "warn", Title: v.say("import.accepted"), Text: v.say("import.accepted_by", "Name", by.Says(), "Date", v.app.cat.Date(v.prefs.Lang, portfolio.DateOf(imp.Accepted.At))) +
			" " + v.say("import.accepted."+imp.Accepted.Signer)}
		return nil
	}
	trust, err := v.lib.Trust(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	signer, name := trust.Sender(imp.From.Signature)
	switch signer {
	case portfolio.SignerKnown:
		p.Sender = Note{Kind: "ok", Title: v.say("import.signed", "Name", name), Text: v.say("import.signed_text")}
	case portfolio.SignerUnknown:
		p.Stand = true
		p.Sender = Note{Kind: "warn", Title: v.say("import.unknown"), Text: v.say("import.unknown_text", "Fingerprint", inFours(imp.From.Signature.Fingerprint())),
			Path: "/verhuizingen/scholen?pakket=" + imp.ID, Link: v.say("schools.compare")}
	default:
		p.Stand = true
		p.Sender = Note{Kind: "warn", Title: v.say("import.unsigned"), Text: v.say("import.unsigned_text")}
	}
	return nil
}

// fillTalkers lists of whom the conversations in a bundle can be.
func (v *visit) fillTalkers(p *importPage) error {
	readers, err := v.lib.TalkReaders(v.ctx(), v.actor, p.Import.ID)
	p.Talkers = []Option{{Text: v.say("import.talks_nobody"), Chosen: p.Import.Reader == ""}}
	for _, r := range readers {
		p.Talkers = append(p.Talkers, Option{Value: r.ID, Text: r.Name.Full(), Chosen: p.Import.Reader == r.ID})
	}
	return err
}

// nameTalkReader says of whom the conversations in a bundle are: POST
// /verhuizingen/:id/gesprekken.
func (v *visit) nameTalkReader() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := v.lib.NameTalkReader(v.ctx(), v.actor, v.Params("id"), form.Get("lezer")); err != nil {
		return err
	}
	v.done("done.talk_reader", "")
	return v.seeOther("/verhuizingen/" + v.Params("id"))
}

// newStudent stands in a form for a student who is yet to be made.
const newStudent = "nieuw"

// whyLikely says what speaks for a student.
func (v *visit) whyLikely(c portfolio.Candidate) string {
	var why []string
	if c.SamePortfolio {
		why = append(why, v.say("import.likely.portfolio"))
	}
	if c.SameBirth {
		why = append(why, v.say("import.likely.birth"))
	}
	if c.SameName {
		why = append(why, v.say("import.likely.name"))
	}
	return strings.Join(why, ", ")
}

// told puts a report in words: what would be taken over ("plan"), or was
// ("report").
func (v *visit) told(r portfolio.Report, when string) []string {
	var out []string
	add := func(key string, n int) {
		if n > 0 {
			out = append(out, v.say(key, "Count", n))
		}
	}
	if when == "plan" {
		add("import.plan.works", r.Works.New)
		add("import.plan.assessments", r.Assessments.New)
	} else {
		add("import.report.works", r.Works.New)
		add("import.report.assessments", r.Assessments.New)
	}
	if r.Files > 0 {
		out = append(out, v.say("bundle.in.files", "Count", r.Files, "Size", r.Bytes))
	}
	add("import.messages", r.Messages)
	add("import.same", r.Works.Same+r.Assessments.Same)
	add("import.newer", r.Works.Newer)
	add("import.beside", r.Works.Beside)
	add("import.gone", r.Works.Gone)
	add("import.refused", r.Assessments.Refused)
	add("import.altered", r.Assessments.Altered)
	add("import.proof.known", r.Proofs.Known)
	add("import.proof.unknown", r.Proofs.Unknown)
	add("import.proof.none", r.Proofs.None)
	if len(out) == 0 {
		out = append(out, v.say("import.nothing"))
	}
	return out
}

// adoptBundle takes a bundle in for who was chosen: POST
// /verhuizingen/:id/overnemen.
func (v *visit) adoptBundle() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	into := form.Get("leerling")
	switch into {
	case "":
		return portfolio.E(portfolio.Invalid, "error.choose")
	case newStudent:
		into = ""
	}
	if form.Get("accept") != "" {
		if err := v.lib.AcceptSender(v.ctx(), v.actor, v.Params("id")); err != nil {
			return err
		}
	}
	if err := v.app.opt.Jobs.Adopt(v.ctx(), v.actor, v.Params("id"), into); err != nil {
		return err
	}
	return v.seeOther("/verhuizingen/" + v.Params("id"))
}

// dropMove stops an import, or throws away a bundle that was not taken in: POST
// /verhuizingen/:id/weg.
func (v *visit) dropMove() error {
	imp, err := v.lib.ImportByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	if err := v.lib.DropImport(v.ctx(), v.actor, imp.ID); err != nil {
		return err
	}
	if imp.State == portfolio.ImportRunning {
		return v.seeOther("/verhuizingen/" + imp.ID)
	}
	v.done("done.bundle_gone", "")
	return v.seeOther("/verhuizingen")
}

// undoMove takes back an import that is done: POST /verhuizingen/:id/terug.
func (v *visit) undoMove() error {
	if err := v.app.opt.Jobs.Undo(v.ctx(), v.actor, v.Params("id")); err != nil {
		return err
	}
	return v.seeOther("/verhuizingen/" + v.Params("id"))
}
