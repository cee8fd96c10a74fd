package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"kaft/portfolio"
)

// The second screen of S9: what another audience for many works changes, in
// words, from the rule itself.

// resharingPage is that screen.
type resharingPage struct {
	Page
	Works          []seenWork
	Preset         Preset
	ClassGuardians bool
	Gains, Loses   []changeLine
	Sees           []seesLine
	More           []string // what else is true
	Sure           *Sure
	Shelf, From    string // where the first screen was
	Form           Filled
	Left           string // works that were left alone, or ""
}

// seenWork is a work as it was previewed.
type seenWork struct {
	ID, Title string
	Rev       int64
}

// changeLine says what some people see more, or see no longer.
type changeLine struct {
	Text  string
	Lists []NameList // who "24 kinderen" are, and which works
}

// seesLine says who will see some works.
type seesLine struct {
	Works string // "" when it is about all of them
	Text  string
	Lists []NameList
}

func (v *visit) showResharing(r *portfolio.Resharing, f Filled, left string) error {
	p := resharingPage{Page: v.frame(), Form: f, Left: left, Shelf: f.Value("shelf"), From: f.Value("from")}
	p.Preset, p.ClassGuardians = PresetOf(r.Audience)
	drafts := 0
	for _, w := range r.Works {
		p.Works = append(p.Works, seenWork{w.ID, w.Title, w.Rev})
		if w.Draft {
			drafts++
		}
	}
	p.Gains = v.changeLines(r, "sharing.gains", func(c portfolio.ReaderChange) []*portfolio.Work { return c.Gains })
	p.Loses = v.changeLines(r, "sharing.loses", func(c portfolio.ReaderChange) []*portfolio.Work { return c.Loses })
	p.Sees = v.seesLines(r)
	if drafts > 0 {
		p.More = append(p.More, v.say("sharing.drafts", "Count", drafts))
	}
	waits, err := v.lib.AwaitsYes(v.ctx(), v.actor, r.Audience)
	if err != nil {
		return err
	}
	for _, y := range waits {
		p.More = append(p.More, v.say("readers.yes."+y))
	}
	if value := sureOf(r); value != "" {
		more := 0
		for _, c := range r.Readers {
			if len(c.Gains) > 0 {
				more++
			}
		}
		p.Sure = &Sure{Value: value, Text: v.say("sharing.sure", "Count", more), Checked: f.Has("sure", value)}
	}
	return v.Render("resharing", p)
}

// sureOf is the answer that a change needs in which somebody sees more, or "".
// It is for that change alone: when other people would see more, or other
// works, it is asked again.
func sureOf(r *portfolio.Resharing) string {
	if !r.Widens() {
		return ""
	}
	h := sha256.New()
	fmt.Fprintln(h, r.Audience)
	for _, c := range r.Readers {
		for _, w := range c.Gains {
			fmt.Fprintln(h, c.ID, w.ID)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// changeLines say of each group of people with the same works what changes.
func (v *visit) changeLines(r *portfolio.Resharing, key string, of func(portfolio.ReaderChange) []*portfolio.Work) []changeLine {
	var order []string
	works, readers := map[string][]*portfolio.Work{}, map[string][]portfolio.Reader{}
	for _, c := range r.Readers {
		set := of(c)
		if len(set) == 0 {
			continue
		}
		k := keyOf(set)
		if works[k] == nil {
			order = append(order, k)
		}
		works[k], readers[k] = set, append(readers[k], c.Reader)
	}
	var out []changeLine
	for _, k := range order {
		words, lists := v.whoWords(readers[k])
		what, list := v.worksIn(works[k], r.Works)
		line := changeLine{Text: v.say(key, "Count", len(readers[k]), "Who", v.join(words), "Works", what), Lists: lists}
		if list != nil {
			line.Lists = append(line.Lists, *list)
		}
		out = append(out, line)
	}
	return out
}

// seesLines say who will see the works, those with the same readers together.
func (v *visit) seesLines(r *portfolio.Resharing) []seesLine {
	readers := map[string][]portfolio.Reader{} // by work
	for _, c := range r.Readers {
		for _, w := range slices.Concat(c.Keeps, c.Gains) {
			readers[w.ID] = append(readers[w.ID], c.Reader)
		}
	}
	var order []string
	works := map[string][]*portfolio.Work{}
	for _, w := range r.Works {
		k := ""
		for _, x := range readers[w.ID] {
			k += x.ID + " "
		}
		if works[k] == nil {
			order = append(order, k)
		}
		works[k] = append(works[k], w)
	}
	var out []seesLine
	for _, k := range order {
		line := seesLine{Text: v.say("readers.only_you")}
		if in := readers[works[k][0].ID]; len(in) > 0 {
			words, lists := v.whoWords(in)
			line.Text, line.Lists = v.say("readers.see", "Who", v.join(append([]string{v.say("readers.you")}, words...))), lists
		}
		if len(order) > 1 {
			line.Works = v.titles(works[k])
		}
		out = append(out, line)
	}
	return out
}

// worksIn names some of the works: all of them, their titles, or how many with
// a list of which.
func (v *visit) worksIn(some, all []*portfolio.Work) (string, *NameList) {
	switch {
	case len(some) <= 2:
		return v.titles(some), nil
	case len(some) == len(all):
		return v.say("sharing.all", "Count", len(all)), nil
	}
	list := NameList{Title: v.say("sharing.which")}
	for _, w := range some {
		list.Names = append(list.Names, w.Title)
	}
	return v.say("sharing.some", "Count", len(some)), &list
}

func keyOf(works []*portfolio.Work) string {
	var ids []string
	for _, w := range works {
		ids = append(ids, w.ID)
	}
	return strings.Join(ids, " ")
}
