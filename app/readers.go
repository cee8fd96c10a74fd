package app

import (
	"net/url"
	"slices"
	"strings"

	"kaft/portfolio"
)

// Seeing is the server's answer to "who can see this?", in sentences that name
// people: a part of the form of a work and of its page.
type Seeing struct {
	See   string     // "Dit zien: jij, juf Fatima en 24 kinderen uit je klas."
	Not   string     // "Dit zien niet: je ouders.", or ""
	Lists []NameList // who "24 kinderen" are
	More  []string   // what else is true
	Sure  *Sure      // nil when there is nothing to be sure of
}

// NameList names the people of one circle.
type NameList struct {
	Title string
	Names []string
	Open  bool // the list is shown at once
}

// Sure asks once whether more people may see a work. Its answer is for one
// choice: after another choice it is asked again.
type Sure struct {
	Value   string
	Text    string
	Checked bool
}

const (
	manyReaders = 6  // of one circle; more than that are counted
	openNames   = 40 // a class: as many names as are shown at once to who is about to add them
)

// readersPage is the fragment that readers.js asks for.
type readersPage struct {
	Page
	Seeing Seeing
}

// readers tells who would see a work (a new one without an id) with the choice
// that stands in the address.
func (v *visit) readers() error {
	audience, err := AudienceOf(Preset(v.Query("audience")), v.Query("class_guardians") != "")
	if err != nil {
		return err
	}
	id := v.Params("id")
	var before []string
	if id != "" {
		w, err := v.lib.OwnWork(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		before = seenBefore(w)
	}
	s, err := v.seeing(id, before, audience)
	if err != nil {
		return err
	}
	return v.Render("workform#readers", readersPage{Page{Lang: v.prefs.Lang}, s})
}

// readChoice reads what is chosen in an AudienceChoice.
func readChoice(form url.Values) AudienceChoice {
	return AudienceChoice{Chosen: Preset(form.Get("audience")), ClassGuardians: form.Get("class_guardians") != ""}
}

// seenBefore is the audience that a work has now: of a draft, nobody.
func seenBefore(w *portfolio.Work) []string {
	if w.Draft {
		return nil
	}
	return w.Audience
}

// seeing asks the rule who sees a work of the visitor with an audience, and
// says so. Against the audience before, it asks whether more may be right.
func (v *visit) seeing(work string, before, audience []string) (Seeing, error) {
	readers, err := v.lib.Readers(v.ctx(), v.actor, work, audience, false)
	if err != nil {
		return Seeing{}, err
	}
	askers, err := v.lib.Askers(v.ctx(), v.actor, work, audience, false)
	if err != nil {
		return Seeing{}, err
	}
	circles := map[portfolio.Circle][]portfolio.Reader{}
	for _, r := range readers {
		circles[r.Circle] = append(circles[r.Circle], r)
	}
	var s Seeing
	see := []string{v.say("readers.you")}
	var not, wider []string
	for _, c := range portfolio.Circles {
		in := circles[c]
		count := v.say("readers.count."+string(c), "Count", len(in))
		switch {
		case len(in) > manyReaders:
			see = append(see, count)
			s.Lists = append(s.Lists, NameList{Title: count, Names: plainNames(in)})
		case len(in) > 0:
			see = append(see, v.readerNames(in)...)
		case leftOut[c] != "":
			not = append(not, v.say(leftOut[c]))
		}
		if len(in) > 0 && wideCircles[c] {
			wider = append(wider, count)
		}
	}
	s.See = v.say("readers.see", "Who", v.join(see))
	if len(see) == 1 {
		s.See = v.say("readers.only_you")
	}
	if len(not) > 0 {
		s.Not = v.say("readers.not", "Who", v.join(not))
	}
	waits, err := v.lib.AwaitsYes(v.ctx(), v.actor, audience)
	if err != nil {
		return Seeing{}, err
	}
	for _, y := range waits {
		s.More = append(s.More, v.say("readers.yes."+y))
	}
	if len(askers) > 0 {
		s.More = append(s.More, v.say("readers.may_ask", "Count", len(askers), "Who", v.join(v.readerNames(askers))))
	}
	if len(wider) > 0 && widens(before, audience) {
		s.Sure = &Sure{Value: strings.Join(audience, " "), Text: v.say("readers.sure", "Who", v.join(wider))}
		for i := range s.Lists {
			s.Lists[i].Open = len(s.Lists[i].Names) <= openNames
		}
	}
	return s, nil
}

// leftOut are the circles that are worth a word when nobody in them sees it.
var leftOut = map[portfolio.Circle]string{
	portfolio.CircleStaff: "readers.not.staff", portfolio.CircleFamily: "readers.not.family",
	portfolio.CircleClass: "readers.not.class", portfolio.CircleSchool: "readers.not.school",
}

// wideCircles are those that a student is asked about once.
var wideCircles = map[portfolio.Circle]bool{
	portfolio.CircleClass: true, portfolio.CircleClassGuardians: true, portfolio.CircleSchool: true,
}

// widens tells whether an audience reaches circles that another does not.
func widens(before, after []string) bool {
	return slices.ContainsFunc(after, func(a string) bool {
		wide := a == portfolio.ToClass || a == portfolio.ToClassGuardians || a == portfolio.ToSchool
		return wide && !slices.Contains(before, a)
	})
}

// readerNames say who somebody is, where the name alone does not: "Anna Kuipers
// (ouder of verzorger)".
func (v *visit) readerNames(readers []portfolio.Reader) []string {
	var out []string
	for _, r := range readers {
		if r.Circle == portfolio.CircleStaff && r.Says() != r.Name.Full() { // "juf Fatima"
			out = append(out, r.Says())
			continue
		}
		out = append(out, v.say("reader."+string(r.Circle), "Name", r.Says()))
	}
	return out
}

func plainNames(readers []portfolio.Reader) []string {
	var out []string
	for _, r := range readers {
		out = append(out, r.Says())
	}
	return out
}

// join makes "a, b en c".
func (v *visit) join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return v.say("list.and", "List", strings.Join(words[:last], ", "), "Last", words[last])
}
