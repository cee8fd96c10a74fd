package app

import (
	"cmp"
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/export"
	"kaft/portfolio"
)

// The move bundle as the family makes and fetches it (P7, S12). How far it is
// stands in its document; the page asks again when the socket says so, and
// without JavaScript when the reader does.

// bundlesPage is P7: what goes in, what not and why, and what was made before.
type bundlesPage struct {
	Page
	Student *portfolio.Ward
	Me      string
	Own     bool // it is the visitor's own portfolio
	In, Out []string
	Kinds   Choice         // which bundle to make
	Busy    bool           // a bundle is coming in for this student
	Steps   *transferSteps // what comes before a transfer; nil where nothing does
	Bundles []*portfolio.Bundle
	Passed  []*portfolio.Bundle // the visitor's, which are the student's now; then there is nothing else here
	Codes   []codeView
}

// bundles shows the page: GET /pakket, or /pakket?leerling=ID.
func (v *visit) bundles() error {
	student := cmp.Or(v.Query("leerling"), v.actor.Person)
	p := bundlesPage{Page: v.frame(), Me: v.actor.Person, Own: student == v.actor.Person}
	var err error
	if p.Bundles, err = v.lib.Bundles(v.ctx(), v.actor, student); portfolio.KindOf(err) == portfolio.Forbidden && err != nil {
		return v.passedBundles(p, student, err)
	}
	if err != nil {
		return err
	}
	if p.Student, err = v.lib.Ward(v.ctx(), v.actor, student); err != nil {
		return err
	}
	if p.Codes, err = v.codes(student, ""); err != nil {
		return err
	}
	leaving, err := v.lib.Leave(v.ctx(), v.actor, student)
	if portfolio.KindOf(err) == portfolio.Conflict {
		p.Busy = true
		return v.Render("bundles", p)
	}
	if err != nil {
		return err
	}
	c, err := leaving.Count(v.ctx())
	if err != nil {
		return err
	}
	if leaving.School.ShowsFile() {
		shown, err := v.lib.ShowFile(v.ctx(), v.actor, student)
		if err != nil {
			return err
		}
		steps := v.transferSteps(shown)
		p.Steps = &steps
	}
	p.In, p.Out = v.inBundle(c, p.Student.Name.Short()), v.outOfBundle(c)
	p.Kinds = Choice{Name: "soort", Legend: v.say("bundle.kind"), Options: []Option{
		{Value: portfolio.BundleTransfer, Text: v.say("bundle.kind.transfer"), Chosen: true},
		{Value: portfolio.BundleArchive, Text: v.say("bundle.kind.archive"), Hint: v.say("bundle.kind.archive_hint")},
		{Value: portfolio.BundleSelection, Text: v.say("bundle.kind.selection"), Hint: v.say("bundle.kind.selection_hint")},
	}}
	return v.Render("bundles", p)
}

// passedBundles shows a parent that the bundles of before the 16th birthday went
// to the student. Who has none is refused as before.
func (v *visit) passedBundles(p bundlesPage, student string, refused error) error {
	var err error
	if p.Passed, err = v.lib.PassedBundles(v.ctx(), v.actor, student); err != nil {
		return err
	}
	if len(p.Passed) == 0 {
		return refused
	}
	if p.Student, err = v.lib.Ward(v.ctx(), v.actor, student); err != nil {
		return err
	}
	return v.Render("bundles", p)
}

// inBundle says what is, or would be, in a bundle.
func (v *visit) inBundle(c portfolio.Contents, name string) []string {
	in := []string{v.say("bundle.in.items", "Count", c.Items), v.say("bundle.in.assessments", "Count", c.Assessments)}
	if c.Files > 0 {
		in = append(in, v.say("bundle.in.files", "Count", c.Files, "Size", c.Bytes))
	}
	if c.Private > 0 {
		in = append(in, v.say("bundle.in.private", "Count", c.Private, "Name", name))
	}
	return append(in, v.say("bundle.in.labels"))
}

// outOfBundle says what stays out and why.
func (v *visit) outOfBundle(c portfolio.Contents) []string {
	var out []string
	for _, o := range c.Omitted {
		switch {
		case o.Reason == portfolio.ReasonSelection:
			out = append(out, v.say("bundle.out.not_picked", "Count", o.Count))
		case o.Reason == portfolio.ReasonNotYet:
			out = append(out, v.say("bundle.out.not_yet"))
		case o.Reason == portfolio.ReasonOnRequest && o.Category == portfolio.ItemWork:
			out = append(out, v.say("bundle.out.request", "Count", o.Count))
		case o.Reason == portfolio.ReasonOnRequest:
			out = append(out, v.say("bundle.out.earlier", "Count", o.Count))
		default:
			if text := v.say("bundle.out." + o.Category); text != "" {
				out = append(out, text)
			}
		}
	}
	return append(out, v.say("bundle.out.others"))
}

// makeBundle has a bundle made: POST /pakket. Of a selection the works are asked
// first.
func (v *visit) makeBundle() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	student := cmp.Or(form.Get("leerling"), v.actor.Person)
	wish := portfolio.Wish{Kind: form.Get("soort"), Lang: v.prefs.Lang, Works: form["werk"]}
	if wish.Kind == portfolio.BundleSelection && !form.Has("gekozen") {
		return v.seeOther("/pakket/keuze?leerling=" + url.QueryEscape(student))
	}
	b, err := v.app.opt.Jobs.Make(v.ctx(), v.actor, student, wish)
	if wish.Kind == portfolio.BundleSelection && err != nil && portfolio.KindOf(err) == portfolio.Invalid {
		v.Status(fiber.StatusUnprocessableEntity)
		return v.showPicks(student, wish.Works, v.app.cat.SayError(v.prefs.Lang, asError(err)))
	}
	if notReady(err) {
		return v.seeOther("/leerling/" + url.PathEscape(student) + "/overstap")
	}
	if err != nil {
		return err
	}
	return v.seeOther("/pakket/" + b.ID)
}

// picksPage is where the works of a selection are ticked.
type picksPage struct {
	Page
	Student *portfolio.Ward
	Works   []pickedWork
	Fault   string
}

type pickedWork struct {
	*portfolio.Work
	On bool
}

// picks shows the works to pick from: GET /pakket/keuze?leerling=ID.
func (v *visit) picks() error {
	return v.showPicks(cmp.Or(v.Query("leerling"), v.actor.Person), nil, "")
}

func (v *visit) showPicks(student string, on []string, fault string) error {
	leaving, err := v.lib.Leave(v.ctx(), v.actor, student)
	if err != nil {
		return err
	}
	p := picksPage{Page: v.frame(), Fault: fault}
	if p.Student, err = v.lib.Ward(v.ctx(), v.actor, student); err != nil {
		return err
	}
	for w, err := range leaving.Works(v.ctx()) {
		if err != nil {
			return err
		}
		p.Works = append(p.Works, pickedWork{w, slices.Contains(on, w.ID)})
	}
	slices.Reverse(p.Works) // newest first
	return v.Render("picks", p)
}

// bundlePage is the page of one bundle.
type bundlePage struct {
	Page
	Bundle   *portfolio.Bundle
	Student  *portfolio.Ward
	Progress Progress
	Fault    string // why it failed
	In, Out  []string
	Give     bool       // to another school, with a code
	Once     string     // of the form that makes a code
	Codes    []codeView // of this bundle
}

// bundle shows how far a bundle is, or what is in it: GET /pakket/:id, of which
// ?deel=stand is the part that changes, and ?deel=codes its codes.
func (v *visit) bundle() error {
	b, err := v.lib.BundleByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := bundlePage{Page: v.frame(), Bundle: b}
	if p.Student, err = v.lib.Ward(v.ctx(), v.actor, b.Student); err != nil {
		return err
	}
	switch b.State {
	case portfolio.BundleReady:
		p.In, p.Out = v.inBundle(b.Contents, p.Student.Name.Short()), v.outOfBundle(b.Contents)
		if b.Kind == portfolio.BundleArchive {
			p.In = append(p.In, v.say("bundle.in.archive"))
		}
		p.Give, p.Once = b.Kind == portfolio.BundleTransfer, rand.Text()
		if p.Codes, err = v.codes(b.Student, b.ID); err != nil {
			return err
		}
	case portfolio.BundleFailed:
		p.Fault = v.app.cat.SayError(v.prefs.Lang, b.Fault.Error())
	default:
		p.Progress = v.jobProgress(b.Headway, b.State == portfolio.BundleWaiting, []string{portfolio.StepData, portfolio.StepFiles, portfolio.StepSeal})
	}
	switch v.Query("deel") {
	case "stand":
		return v.Render("bundle#state", p)
	case "codes":
		return v.Render("bundle#given", p)
	}
	return v.Render("bundle", p)
}

// jobProgress is how far a job is, as the page shows it: the bar and the steps.
func (v *visit) jobProgress(h portfolio.Headway, waits bool, steps []string) Progress {
	p := Progress{ID: "job", Label: v.say("job.waiting")}
	if !waits && h.Step != "" {
		p.Label = v.say("job.step." + h.Step)
	}
	switch {
	case h.TotalBytes > 0:
		p.Value, p.Max = h.Bytes, h.TotalBytes
		p.Detail = v.say("job.bytes", "Bytes", h.Bytes, "Of", h.TotalBytes)
		if h.Total > 0 {
			p.Detail = v.say("job.files", "Done", h.Done, "Count", h.Total) + " · " + p.Detail
		}
		if left := h.Left(v.lib.Now()); left > 0 {
			p.Detail += " · " + v.timeLeft(left)
		}
	case h.Done > 0:
		p.Detail = v.say("job.done", "Count", h.Done)
	}
	state := "done"
	if waits || h.Step == "" {
		state = "wait"
	}
	for _, s := range steps {
		if state == "busy" {
			state = "wait"
		}
		if s == h.Step {
			state = "busy"
		}
		p.Steps = append(p.Steps, Step{Text: v.say("job.step." + s), State: state})
	}
	return p
}

// timeLeft is "nog ongeveer 2 minuten".
func (v *visit) timeLeft(d time.Duration) string {
	if d < 90*time.Second {
		return v.say("job.left_seconds", "Count", max(1, int(d.Seconds())))
	}
	return v.say("job.left_minutes", "Count", int(d.Round(time.Minute).Minutes()))
}

// fetchBundle sends a bundle, or a part of it: GET /pakket/:id/bestand. Whether
// the visitor may have it is decided again for each part.
func (v *visit) fetchBundle() error {
	resumed := v.Get("Range") != ""
	b, r, err := v.lib.OpenBundle(v.ctx(), v.actor, v.Params("id"), resumed)
	if err != nil {
		return err
	}
	tag := `"` + b.Contents.SHA256 + `"`
	return v.sendPart(r, tag, func() {
		v.bundleHeaders(b.Contents.Name)
		v.Set("Accept-Ranges", "bytes")
		v.Set("ETag", tag) // a part that is fetched later is of the same bundle
	})
}

// fetchMahara sends what Mahara reads, made of a bundle while it goes: GET
// /pakket/:id/mahara. Whether the visitor may have it is decided as for the
// bundle. There are no parts of it, so one that broke off begins again.
func (v *visit) fetchMahara() error {
	b, r, err := v.lib.OpenBundle(v.ctx(), v.actor, v.Params("id"), false)
	if err != nil {
		return err
	}
	x, err := export.OpenLeap2A(r)
	if err != nil {
		return err
	}
	v.bundleHeaders(strings.TrimSuffix(b.Contents.Name, ".portfolio.zip") + ".leap2a.zip")
	// The length is said before the first byte: what breaks off is short of it.
	return v.SendStream(x.Reader(), int(x.Size))
}

// bundleHeaders says that a zip comes, and that nothing may keep or show it.
func (v *visit) bundleHeaders(name string) {
	v.Set("Content-Type", "application/zip")
	v.Set("Content-Disposition", disposition("attachment", name))
	v.Set("Content-Security-Policy", filePolicy)
	v.Set("Cross-Origin-Resource-Policy", "same-origin")
	v.Set("Cache-Control", "private, no-store")
	v.Set("Vary", "Cookie")
}

// dropBundle stops a bundle, or throws one away: POST /pakket/:id/weg.
func (v *visit) dropBundle() error {
	b, err := v.lib.BundleByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	if err := v.lib.DropBundle(v.ctx(), v.actor, b.ID); err != nil {
		return err
	}
	if b.Active() {
		return v.seeOther("/pakket/" + b.ID)
	}
	v.done("done.bundle_gone", "")
	return v.seeOther("/pakket?leerling=" + b.Student)
}
