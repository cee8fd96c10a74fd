package app

import (
	"cmp"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// The notices of who is signed in, in the hat that is worn (C4).

const (
	maxNotices = 100 // on the page
	maxUnread  = 99  // that the bell counts
)

// noticesPage is C4.
type noticesPage struct {
	Page
	Notices []noticeRow
}

// noticeRow is one notice: what it says and where it leads.
type noticeRow struct {
	ID         string
	When, Text string
	Said       string // the reason, in the words of who gave it
	Path       string // or ""
	New        bool
}

// bell counts the notices that were not seen. That it cannot be counted is no
// reason to show no page.
func (v *visit) bell() *Bell {
	n, err := v.lib.Unread(v.ctx(), v.actor, maxUnread)
	if err != nil {
		v.app.opt.Log.Error("notices cannot be counted", "error", err.Error())
	}
	return &Bell{Path: "/meldingen", Count: n}
}

// notices lists what the visitor was told, and by that marks it as seen: GET
// /meldingen, of which ?deel=bel is the bell that every page keeps up to date.
// Seen twice or by a prefetch, it does no harm: nothing hangs on it but a count.
func (v *visit) notices() error {
	if v.Query("deel") == "bel" {
		return v.Render("notices#count", noticesPage{Page: v.frame()})
	}
	all, err := v.lib.Notices(v.ctx(), v.actor, maxNotices)
	if err != nil {
		return err
	}
	if err := v.lib.ReadNotices(v.ctx(), v.actor, all); err != nil {
		return err
	}
	p := noticesPage{Page: v.frame()}
	for _, n := range all {
		p.Notices = append(p.Notices, noticeRow{ID: n.ID, When: v.app.cat.Date(v.prefs.Lang, n.At) + ", " + v.app.cat.Clock(n.At),
			Text: v.noticeText(n), Said: n.Said, Path: noticePath(n.Notice), New: n.ReadAt.IsZero()})
	}
	return v.Render("notices", p)
}

// toYou are the notices that a student reads about the own portfolio in other
// words than everybody else: what happened, and what there is to do.
var toYou = map[string]bool{
	"sixteen_soon": true, "sixteen": true, "eighteen_soon": true, "eighteen": true, "emergency": true,
	"request_released": true, "request_refused": true, "request_longer": true, "bundle_handed": true,
	"leaving_soon": true, "leaving": true, "leaving_ending": true, "leaving_ended": true,
}

// hatNotices are the sentences of notices that another hat reads otherwise: who
// asked reads of "your question", the privacy officer did not ask it.
var hatNotices = map[string]map[string]string{portfolio.HatFG: {"request_answered": "notices.fg_answered"}}

// noticeText is the sentence of a notice: the key "notice.<What>", unless the
// hat has its own; to the student it is about "notices.you.<What>".
func (v *visit) noticeText(n *portfolio.Noticed) string {
	who := n.PartyName
	if who == "" {
		who = v.say("log.nobody")
	}
	if n.Person == n.Student && toYou[n.What] {
		return v.say("notices.you."+n.What, "Date", n.On, "Who", who)
	}
	key := cmp.Or(hatNotices[n.Hat][n.What], "notice."+n.What)
	return v.say(key, "Name", n.StudentName, "Date", n.On, "Who", who, "Count", n.Count)
}

// noticePaths lead from a notice to what it is about; the others lead to the
// student, or nowhere.
var noticePaths = map[string]func(n *portfolio.Notice) string{
	"sixteen_soon":       ownOr("/zestien"),
	"sixteen":            ownOr("/zestien"),
	"eighteen_soon":      ownOr("/ik"),
	"eighteen":           ownOr("/ik"),
	"kept_closed":        ownOr("/ik"),
	"leaving_soon":       ownOr("/ik"),
	"leaving":            ownOr("/ik"),
	"leaving_ending":     ownOr("/ik"),
	"leaving_ended":      func(*portfolio.Notice) string { return "" }, // there is nothing left to look at
	"emergency":          ownOr("/ik"),
	"emergency_ended":    ownOr("/ik"),
	"emergency_ended_fg": func(n *portfolio.Notice) string { return "/logboek?leerling=" + n.Student },
	"emergency_fg":       func(n *portfolio.Notice) string { return "/logboek?leerling=" + n.Student },
	"birth_unsure":       func(n *portfolio.Notice) string { return "/mensen/" + n.Student },
	"birth_missing":      func(*portfolio.Notice) string { return "/mensen?rol=student" },
	"request_new":        toRequest, "request_longer": toRequest, "request_released": toRequest,
	"request_refused": toRequest, "request_answered": toRequest, "request_withdrawn": toRequest,
	"request_released_of_you": func(n *portfolio.Notice) string { return "/leerling/" + n.Student + "/logboek" },
	"fact_declined":           func(n *portfolio.Notice) string { return "/logboek?leerling=" + n.Student },
	"new_staff":               func(*portfolio.Notice) string { return "/bevestigen" },
	"late_end":                func(*portfolio.Notice) string { return "/laat" },
	"bundle_handed":           func(n *portfolio.Notice) string { return "/pakket?leerling=" + n.Student },
	"bundle_yours":            func(n *portfolio.Notice) string { return "/pakket/" + n.Item },
	"yes_class_guardians":     toConsents, "no_class_guardians": toConsents, "opened_class_guardians": toConsents, "closed_class_guardians": toConsents,
	"to_confirm": func(*portfolio.Notice) string { return "/bevestigen" },
	"yours_declined": func(n *portfolio.Notice) string {
		if n.Student == "" {
			return "/bevestigen"
		}
		return "/mensen/" + n.Student
	},
	"colleague_declined": func(n *portfolio.Notice) string { return "/mensen/" + n.Item },
	"bundle_passed":      func(n *portfolio.Notice) string { return "/pakket?leerling=" + n.Student },
	"yes_school":         toConsents, "no_school": toConsents, "opened_school": toConsents, "closed_school": toConsents,
	"file_shown":            func(n *portfolio.Notice) string { return "/leerling/" + n.Student + "/overstap" },
	"request_released_part": toRequest, "request_handed": toRequest,
}

func toConsents(n *portfolio.Notice) string { return "/leerling/" + n.Student + "/toestemming" }

func toRequest(n *portfolio.Notice) string { return "/verzoek/" + n.Item }

// ownOr is a path for the student, and the student's page for everybody else.
func ownOr(path string) func(*portfolio.Notice) string {
	return func(n *portfolio.Notice) string {
		if n.Person == n.Student {
			return path
		}
		return "/leerling/" + n.Student
	}
}

func noticePath(n *portfolio.Notice) string {
	if path := noticePaths[n.What]; path != nil {
		return path(n)
	}
	if n.Student != "" {
		return "/leerling/" + n.Student
	}
	return ""
}

// apiNotices lists the notices and marks none of them: GET /api/v1/notices.
func (v *visit) apiNotices() error {
	all, err := v.lib.Notices(v.ctx(), v.actor, maxNotices)
	if err != nil {
		return err
	}
	type notice struct {
		ID      string    `json:"id"`
		What    string    `json:"what"`
		Text    string    `json:"text"`
		Student string    `json:"student,omitempty"`
		Path    string    `json:"path,omitempty"`
		At      time.Time `json:"at"`
		Read    bool      `json:"read"`
	}
	out := []notice{}
	for _, n := range all {
		out = append(out, notice{n.ID, n.What, v.noticeText(n), n.Student, noticePath(n.Notice), n.At, !n.ReadAt.IsZero()})
	}
	return v.JSON(fiber.Map{"notices": out})
}
