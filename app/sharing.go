package app

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// S9: all one's own work by who can see it, and another choice for many pieces
// of work at once: tick, choose, read what that changes, save. Each screen posts
// to one address and carries what was chosen.

const (
	sharingPath   = "/ik/wie-ziet"
	shownOfShelf  = 12 // works of one shelf on the page of all of them
	namedInAnyRow = 5  // titles in one sentence; more than that are counted
)

// Steps after the first screen.
const (
	stepSaveShare = "save"
	stepBackShare = "back"
)

// sharingPage is the first screen.
type sharingPage struct {
	Page
	Shelves  []shelf
	One      string // the key of the one shelf that is shown, or ""
	From     int    // how many newer works of it are not shown
	Form     Filled
	Audience AudienceChoice
	Left     string // works that were left alone, or ""
	Max      int
}

// shelf holds the works that have one choice of who sees them.
type shelf struct {
	Key            string
	Preset         Preset
	ClassGuardians bool
	Unfinished     bool // nobody sees them yet, whatever was chosen
	Total          int
	Rows           []shelfRow
	Path           string // of this shelf alone
	Newer, Older   string // paths within it, or ""
	All            bool   // all that are shown are ticked
}

// shelfRow is a work on a shelf.
type shelfRow struct {
	ID, Title, When string
	Thumb, Icon     string
	With            string // who sees it besides, by name
	Chosen          bool
}

func (v *visit) sharing() error {
	from, _ := strconv.Atoi(v.Query("vanaf"))
	return v.showSharing(Filled{Values: url.Values{"shelf": {v.Query("groep")}, "from": {strconv.Itoa(from)}}}, "")
}

// shelfOf is the key of the shelf on which a work stands.
func shelfOf(w *portfolio.Work) string {
	preset, classGuardians := PresetOf(w.Audience)
	switch {
	case w.Draft:
		return "draft"
	case classGuardians && preset != PresetOther:
		return string(preset) + "-" + portfolio.ToClassGuardians
	}
	return string(preset)
}

// emptyShelves are all shelves in their order, narrowest first.
func emptyShelves() (out []shelf) {
	for _, p := range append(slices.Clone(Presets), PresetOther) {
		out = append(out, shelf{Key: string(p), Preset: p})
		if p == PresetClass || p == PresetSchool {
			out = append(out, shelf{Key: string(p) + "-" + portfolio.ToClassGuardians, Preset: p, ClassGuardians: true})
		}
	}
	return append(out, shelf{Key: "draft", Unfinished: true})
}

// showSharing shows the shelves with what was ticked; left names the works that
// were not changed.
func (v *visit) showSharing(f Filled, left string) error {
	works, err := v.lib.OwnWorks(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := sharingPage{Page: v.frame(), Form: f, Left: left, Max: portfolio.MaxAtOnce}
	p.Audience = AudienceChoice{Chosen: Preset(f.Value("audience")), ClassGuardians: f.Value("class_guardians") != "", Error: f.Error("audience")}
	if p.Audience.Chosen == "" {
		p.Audience.Chosen = PresetOther // nothing is chosen yet
	}
	by := map[string][]*portfolio.Work{}
	for _, w := range works {
		by[shelfOf(w)] = append(by[shelfOf(w)], w)
	}
	if one := f.Value("shelf"); len(by[one]) > 0 {
		p.One = one
		if p.From, _ = strconv.Atoi(f.Value("from")); p.From < 0 || p.From >= len(by[one]) {
			p.From = 0
		}
	}
	var shown []*portfolio.Work
	for _, s := range emptyShelves() {
		on := by[s.Key]
		if len(on) == 0 || p.One != "" && s.Key != p.One {
			continue
		}
		s.Total, s.Path, s.All = len(on), shelfPath(s.Key, 0), f.Has("all", s.Key)
		on = on[p.From:]
		limit := shownOfShelf
		if p.One != "" {
			limit = pageOfWorks
			if p.From > 0 {
				s.Newer = shelfPath(s.Key, max(0, p.From-pageOfWorks))
			}
			if len(on) > limit {
				s.Older = shelfPath(s.Key, p.From+limit)
			}
		}
		on = on[:min(len(on), limit)]
		shown = append(shown, on...)
		for _, w := range on {
			s.Rows = append(s.Rows, v.shelfRow(w, f))
		}
		p.Shelves = append(p.Shelves, s)
	}
	with, err := v.lib.SharedWith(v.ctx(), v.actor, shown)
	if err != nil {
		return err
	}
	for i := range p.Shelves {
		for j := range p.Shelves[i].Rows {
			row := &p.Shelves[i].Rows[j]
			row.With = v.join(plainNames(with[row.ID]))
		}
	}
	return v.Render("sharing", p)
}

func shelfPath(key string, from int) string {
	q := url.Values{"groep": {key}}
	if from > 0 {
		q.Set("vanaf", strconv.Itoa(from))
	}
	return sharingPath + "?" + q.Encode()
}

func (v *visit) shelfRow(w *portfolio.Work, f Filled) shelfRow {
	t := v.workTile(w)
	row := shelfRow{ID: w.ID, Title: w.Title, When: t.When, Thumb: t.Thumb, Icon: "text", Chosen: f.Has("work", w.ID)}
	switch {
	case len(w.Files) > 0:
		row.Icon = faceIcons[faceOf(w.Files[0].Type)]
	case w.Type == portfolio.TypeReflection:
		row.Icon = "lookback"
	}
	return row
}

// shareMany goes on to what the choice changes, back to the works, or saves.
func (v *visit) shareMany() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	seen, err := readSeen(form)
	if err != nil {
		return err
	}
	form["work"] = tickedWorks(form, seen)
	if f.Value("step") == stepBackShare {
		return v.showSharing(f, "")
	}
	audience, err := AudienceOf(Preset(f.Value("audience")), f.Value("class_guardians") != "")
	if err != nil {
		v.wrongField(&f, "audience", v.say("sharing.choose_audience"))
	}
	look, err := v.lib.PreviewShareWorks(v.ctx(), v.actor, form["work"], audience)
	if err != nil {
		if err := v.wrong(&f, err); err != nil {
			return err
		}
	}
	if len(f.Problems) > 0 {
		return v.showSharing(f, "")
	}
	if f.Value("step") != stepSaveShare {
		return v.showResharing(look, f, "")
	}
	if sure := sureOf(look); sure != "" && !f.Has("sure", sure) {
		say := "readers.sure_first"
		if f.Value("sure") != "" {
			say = "sharing.other_now"
		}
		v.wrongField(&f, "sure", v.say(say))
		return v.showResharing(look, f, "")
	}
	r, err := v.lib.ShareWorks(v.ctx(), v.actor, seen, audience)
	if err != nil {
		return err
	}
	if len(r.Left) > 0 {
		return v.shareLeft(r, f, audience)
	}
	undo := ""
	if !r.Ended {
		undo = sharingPath + "/terug?van=" + strconv.FormatInt(r.From.UnixNano(), 10) + "&tot=" + strconv.FormatInt(r.To.UnixNano(), 10)
	}
	v.done("done.works_shared", undo)
	return v.seeOther(sharingPath)
}

// shareLeft names the works that were left alone, and shows what the choice
// would change about those of them that are still there.
func (v *visit) shareLeft(r *portfolio.Reshared, f Filled, audience []string) error {
	left := v.say("sharing.left", "Count", len(r.Done), "Works", v.titles(r.Left))
	f.Values["work"] = nil
	for _, w := range r.Left {
		f.Values.Add("work", w.ID)
	}
	f.Values.Del("sure")
	v.Status(fiber.StatusConflict)
	look, err := v.lib.PreviewShareWorks(v.ctx(), v.actor, f.Values["work"], audience)
	if portfolio.KindOf(err) == portfolio.Invalid && err != nil { // all of them are in the bin
		return v.showSharing(f, left)
	}
	if err != nil {
		return err
	}
	return v.showResharing(look, f, left)
}

// readSeen reads which works were previewed, and the revision of each.
func readSeen(form url.Values) (map[string]int64, error) {
	seen := map[string]int64{}
	for _, s := range form["seen"] {
		id, rev, _ := strings.Cut(s, " ")
		n, err := strconv.ParseInt(rev, 10, 64)
		if err != nil {
			return nil, &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.rev", Err: err}
		}
		seen[id] = n
	}
	return seen, nil
}

// tickedWorks are the works that a screen names: one by one, by ticking all
// that a shelf showed, or as they were previewed.
func tickedWorks(form url.Values, seen map[string]int64) []string {
	var out []string
	add := func(ids ...string) {
		for _, id := range ids {
			if id != "" && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	add(form["work"]...)
	for _, key := range form["all"] {
		add(form["on-"+key]...)
	}
	for _, s := range form["seen"] { // in the order of the page
		id, _, _ := strings.Cut(s, " ")
		add(id)
	}
	return out
}

// unshareMany takes back what was changed just now.
func (v *visit) unshareMany() error {
	at := func(name string) time.Time {
		n, _ := strconv.ParseInt(v.Query(name), 10, 64) // what is no instant was too long ago
		return time.Unix(0, n)
	}
	if _, err := v.lib.UnshareWorks(v.ctx(), v.actor, at("van"), at("tot")); err != nil {
		return err
	}
	v.done("done.works_back", "")
	return v.seeOther(sharingPath)
}

// titles are the names of works in a sentence.
func (v *visit) titles(works []*portfolio.Work) string {
	var words []string
	for i, w := range works {
		if i == namedInAnyRow && len(works) > namedInAnyRow+1 {
			words = append(words, v.say("sharing.more", "Count", len(works)-i))
			break
		}
		words = append(words, v.say("sharing.quoted", "Title", w.Title))
	}
	return v.join(words)
}
