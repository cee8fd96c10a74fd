package app

import (
	"github.com/gofiber/fiber/v3"

	"kaft/chat"
	"kaft/portfolio"
)

// Who reads along: on top of a conversation, and where there are many on a page
// that names them all.

// readerHats are the hats of a conversation, in the order of a list.
var readerHats = []string{portfolio.HatStaff, portfolio.HatStudent, portfolio.HatGuardian}

// readBy names everybody who reads along, the reader too; of a whole class or
// school the staff by name and the others by number.
func (v *visit) readBy(t *chat.Talk) string {
	var names []string
	left := map[string]int{}
	for hat, n := range t.Counts {
		left[hat] = n
	}
	for _, f := range t.Faces {
		if t.Counts != nil && !f.Works && !f.Me {
			continue
		}
		left[f.Hat]--
		if f.Me {
			f.Name = v.say("chat.you")
		}
		names = append(names, f.Name)
	}
	for _, hat := range readerHats {
		if n := left[hat]; t.Counts != nil && n > 0 {
			names = append(names, v.say("talk.count."+hat, "Count", n))
		}
	}
	if t.ClassName != "" && t.Counts != nil {
		return v.say("talk.read_by_class", "Names", v.list(names), "Class", t.ClassName)
	}
	return v.say("talk.read_by", "Names", v.list(names))
}

// talkReadersPage names all of them.
type talkReadersPage struct {
	Page
	ID, Name, ReadBy string
	Groups           []talkReaders
}

type talkReaders struct {
	Hat, Title string
	Names      []string
	More       string // how many there are besides
}

func (v *visit) talkReaders() error {
	t, err := v.app.talks.Open(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := talkReadersPage{Page: v.frame(), ID: t.ID, Name: v.talkTitle(t), ReadBy: v.readBy(t)}
	for _, hat := range readerHats {
		g := talkReaders{Hat: hat, Title: v.say("talk.readers." + hat)}
		for _, f := range t.Faces {
			if f.Hat != hat {
				continue
			}
			name := f.Name
			if f.Me {
				name = v.say("talk.you_named", "Name", f.Name)
			}
			g.Names = append(g.Names, name)
		}
		if n := t.Counts[hat] - len(g.Names); n > 0 {
			g.More = v.say("talk.count."+hat, "Count", n)
			if len(g.Names) > 0 {
				g.More = v.say("talk.and") + " " + g.More
			}
		}
		if len(g.Names) > 0 || g.More != "" {
			p.Groups = append(p.Groups, g)
		}
	}
	return v.Render("talkreaders", p)
}

func (v *visit) apiTalkReaders() error {
	t, err := v.app.talks.Open(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, f := range t.Faces {
		counts[f.Hat]++
	}
	if t.Counts != nil {
		counts = t.Counts
	}
	return v.JSON(fiber.Map{"members": apiMembers(t), "all": t.All, "counts": counts})
}

func apiMembers(t *chat.Talk) []apiMember {
	out := []apiMember{}
	for _, f := range t.Faces {
		out = append(out, apiMember{f.Person, f.Name, f.Hat, f.Me})
	}
	return out
}
