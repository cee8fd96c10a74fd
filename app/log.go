package app

import (
	"net/url"

	"kaft/portfolio"
)

// The log of one student, as the student and the family read it, and what all
// pages of the log share: lines in words.

// logPage is the log of one student, for the student and the family: who looked,
// or everything that was done.
type logPage struct {
	Page
	Student *portfolio.Person
	Own     bool // the reader is the student
	All     bool
	Base    string // path of the page
	First   bool   // the first page
	Newest  string // path of the first page
	Next    string // path of the next page, or ""
	Days    []logDay
}

// logDay is what happened on one day.
type logDay struct {
	On    portfolio.Date
	Lines []logLine
}

// logLine is one thing somebody did, once or several times in a row. Student is
// named where lines of several stand together; Rule is told to the FG only.
type logLine struct {
	Time, Who, Role, Text, Why, Student, Rule string
}

// studentLog is the log of one student, for the student and who follows. Who
// looked comes first; ?alles=1 is everything, ?na= the next page.
func (v *visit) studentLog() error {
	id, all := v.Params("id"), v.Query("alles") != ""
	lines, next, err := v.lib.LogPage(v.ctx(), v.actor, id, !all, v.Query("na"), pageOfLog)
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found") // refused looks absent
	}
	if err != nil {
		return err
	}
	p := logPage{Page: v.frame(), Own: id == v.actor.Person, All: all, Base: "/leerling/" + id + "/logboek", First: v.Query("na") == "",
		Days: v.logWords().days(lines, nil)}
	q := url.Values{}
	if p.Newest = p.Base; all {
		q.Set("alles", "1")
		p.Newest += "?" + q.Encode()
	}
	if next != "" {
		q.Set("na", next)
		p.Next = p.Base + "?" + q.Encode()
	}
	if p.Student, err = v.lib.PersonByID(v.ctx(), v.actor, id); err != nil {
		return err
	}
	return v.Render("log", p)
}

// logWords puts lines in words.
type logWords struct {
	cat  *Catalogue
	lang string
}

func (v *visit) logWords() logWords { return logWords{v.app.cat, v.prefs.Lang} }

// days puts lines that are alike and follow each other together. more, where
// there is one, adds what not every reader is told.
func (w logWords) days(lines []*portfolio.Logged, more func(*logLine, *portfolio.Logged)) []logDay {
	var days []logDay
	for len(lines) > 0 {
		first := lines[0]
		on := portfolio.DateOf(first.At)
		same := 1
		for same < len(lines) && alike(first, lines[same]) && portfolio.DateOf(lines[same].At) == on {
			same++
		}
		lines = lines[same:]
		if len(days) == 0 || days[len(days)-1].On != on {
			days = append(days, logDay{On: on})
		}
		day := &days[len(days)-1]
		l := logLine{Time: w.cat.Clock(first.At), Who: w.name(first.ActorName), Role: w.role(first), Text: w.did(first, same), Why: w.why(first)}
		if more != nil {
			more(&l, first)
		}
		day.Lines = append(day.Lines, l)
	}
	return days
}

func alike(a, b *portfolio.Logged) bool {
	return a.Student == b.Student && a.Actor == b.Actor && a.Hat == b.Hat && a.Act == b.Act && a.Kind == b.Kind && a.Outcome == b.Outcome && a.Rule == b.Rule
}

func (w logWords) name(name string) string {
	if name == "" {
		return w.cat.Say(w.lang, "log.nobody")
	}
	return name
}

func (w logWords) role(n *portfolio.Logged) string { return w.cat.Say(w.lang, "role."+n.Hat) }

// did is what somebody did, count times.
func (w logWords) did(n *portfolio.Logged, count int) string {
	key, known := logTexts[n.Act+" "+n.Kind]
	if !known {
		key, known = logTexts[n.Act]
	}
	if !known {
		key = "log.did.other"
	}
	return w.cat.Say(w.lang, key, "Count", count)
}

// why is the reason that somebody could look, or "".
func (w logWords) why(n *portfolio.Logged) string {
	if n.Act != "look" {
		return ""
	}
	key, known := logReasons[n.Outcome+" "+n.Rule]
	if !known {
		key, known = logReasons[n.Outcome]
	}
	if !known {
		return ""
	}
	return w.cat.Say(w.lang, key)
}

// logActs are the acts of the log, in the order in which the FG chooses.
var logActs = []string{"look", "emergency", "emergency-end", "ask", "extend", "release", "refuse", "answer", "withdraw", "fact", "confirm", "consent", "inspection", "record", "add", "change", "share", "choose",
	"publish", "bin", "unbin", "export", "fetch", "code", "uncode", "handed", "import", "undo", "account", "own-login", "recover", "agree", "disagree", "log-export", "timemachine", "know", "unknow", "key", "entrust", "erase", "keep",
	"talk-policy", "together", "apart"}

// logTexts are the acts of the log in words, by act and, where it matters,
// kind.
var logTexts = map[string]string{
	"look":            "log.did.look",
	"look work":       "log.did.look_work",
	"look assessment": "log.did.look_assessment",
	"look record":     "log.did.look_record",
	"look care":       "log.did.look_care",
	"look contact":    "log.did.look_contact",
	"look note":       "log.did.look_note",
	"look evidence":   "log.did.look_evidence",
	"add":             "log.did.add",
	"add work":        "log.did.add_work",
	"add assessment":  "log.did.add_assessment",
	"change":          "log.did.change",
	"share":           "log.did.share",
	"choose":          "log.did.choose",
	"bin":             "log.did.bin",
	"unbin":           "log.did.unbin",
	"publish":         "log.did.publish",
	"ask":             "log.did.ask",
	"extend":          "log.did.extend",
	"release":         "log.did.release",
	"refuse":          "log.did.refuse",
	"answer":          "log.did.answer",
	"withdraw":        "log.did.withdraw",
	"emergency":       "log.did.emergency",
	"emergency-end":   "log.did.emergency_end",
	"fact":            "log.did.fact",
	"confirm":         "log.did.confirm",
	"consent":         "log.did.consent",
	"inspection":      "log.did.inspection",
	"record":          "log.did.record",
	"export":          "log.did.export",
	"fetch":           "log.did.fetch",
	"fetch handover":  "log.did.fetch_handover",
	"code":            "log.did.code",
	"uncode":          "log.did.uncode",
	"handed":          "log.did.handed",
	"import":          "log.did.import",
	"undo":            "log.did.undo",
	"account":         "log.did.account",
	"own-login":       "log.did.own_login",
	"recover":         "log.did.recover",
	"agree":           "log.did.agree",
	"disagree":        "log.did.disagree",
	"log-export":      "log.did.log_export",
	"timemachine":     "log.did.timemachine",
	"erase":           "log.did.erase",
	"keep":            "log.did.keep",
	"know":            "log.did.know",
	"talk-policy":     "log.did.talk_policy",
	"together":        "log.did.together",
	"apart":           "log.did.apart",
	"unknow":          "log.did.unknow",
	"key":             "log.did.key",
	"entrust":         "log.did.entrust",
}

// logReasons say why somebody could look: by outcome and number of the rule
// that settled it, or by outcome alone.
var logReasons = map[string]string{
	"INSPECT":     "log.why.inspect",
	"INSPECT 6.1": "log.why.custody",
	"INSPECT 6.6": "log.why.curator",
	"REQUEST":     "log.why.request",
	"DUTY":        "log.why.duty",
	"DUTY 3":      "log.why.author",
	"TOLD":        "log.why.told",
	"TOLD 6.4":    "log.why.carer",
	"SHARED":      "log.why.shared",
	"SHARED 8":    "log.why.class",
}
