package app

import (
	"cmp"
	"kaft/portfolio"
)

// mePage is Ik: who somebody is here, how Kaft looks, and for a student who
// sees what (S9) and who looked.
type mePage struct {
	Page
	Name    string
	Label   Label
	Student *portfolio.Ward // nil for who is not a student
	Shelves []shelf         // how many works each holds
	Log     []logRow
	Prefs   portfolio.Preferences
	Sixteen bool // may choose what parents see from 16
	Away    away
	Own     bool // the login is the visitor's own
}

// logRow is a look at, or an act on, one's work.
type logRow struct {
	When, Text string
}

const logRows = 20

func (v *visit) me() error {
	school, err := v.schoolName()
	if err != nil {
		return err
	}
	p := mePage{Page: v.frame(), Name: v.person.Name.Short(), Label: Label{Name: v.person.Name.Full(), Detail: school}, Prefs: v.prefs,
		Own: v.account.MadeOwn()}
	w, err := v.lib.Ward(v.ctx(), v.actor, v.actor.Person)
	if err != nil && portfolio.KindOf(err) != portfolio.NotFound {
		return err
	}
	if err == nil {
		p.Student, p.Away = w, v.awayOf(w)
		if err := v.addOwn(&p); err != nil {
			return err
		}
	}
	return v.Render("me", p)
}

// addOwn adds what only a student has.
func (v *visit) addOwn(p *mePage) error {
	var err error
	if p.Label.Detail, err = v.placeOf(p.Student); err != nil {
		return err
	}
	works, err := v.lib.OwnWorks(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, w := range works {
		count[shelfOf(w)]++
	}
	for _, s := range emptyShelves() {
		if s.Total, s.Path = count[s.Key], shelfPath(s.Key, 0); s.Total > 0 {
			p.Shelves = append(p.Shelves, s)
		}
	}
	_, err = v.lib.Choosing(v.ctx(), v.actor)
	if p.Sixteen = err == nil; err != nil && portfolio.KindOf(err) != portfolio.NotFound {
		return err
	}
	err = nil
	if p.Student.ReadsLog {
		p.Log, err = v.ownLog(works)
	}
	return err
}

// toldActs are the lines of the log that a student reads here. What the school
// records about a family is the family's to tell, and a draft is its author's.
var toldActs = map[string]string{
	"look work": "me.log.look_work", "look assessment": "me.log.look_assessment", "look ": "me.log.look",
	"emergency": "me.log.emergency", "emergency-end": "me.log.emergency_end", "publish": "me.log.publish", "ask": "me.log.ask", "export": "me.log.export", "import": "me.log.import",
}

// ownLog tells who looked at the visitor's work lately; looking at one thing
// again and again on one day is one line.
func (v *visit) ownLog(works []*portfolio.Work) ([]logRow, error) {
	lines, err := v.lib.Log(v.ctx(), v.actor, v.actor.Person, 10*logRows)
	if err != nil {
		return nil, err
	}
	titles := map[string]string{}
	for _, w := range works {
		titles[w.ID] = w.Title
	}
	var out []logRow
	told := map[logRow]bool{}
	for _, l := range lines {
		key := toldActs[l.Act]
		if l.Act == "look" {
			key = cmp.Or(toldActs["look "+l.Kind], toldActs["look "])
			if titles[l.Item] == "" && l.Kind == portfolio.ItemWork {
				key = toldActs["look "]
			}
		}
		if key == "" || l.Actor == v.actor.Person {
			continue
		}
		r := logRow{v.app.cat.Date(v.prefs.Lang, l.At), v.say(key, "Name", l.ActorName, "Title", titles[l.Item])}
		if !told[r] && len(out) < logRows {
			told[r] = true
			out = append(out, r)
		}
	}
	return out, nil
}
