package app

import (
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// places are the navigation of each hat, at most four. The first is its home.
var places = map[string][]NavItem{
	portfolio.HatStudent: {
		{Path: "/werk", Icon: "home", Text: "nav.work"},
		{Path: "/groei", Icon: "growth", Text: "nav.growth"},
		{Path: "/gesprekken", Icon: "chat", Text: "nav.talks"},
		{Path: "/ik", Icon: "me", Text: "nav.me"},
	},
	portfolio.HatGuardian: {
		{Path: "/thuis", Icon: "home", Text: "nav.children"},
		{Path: "/gesprekken", Icon: "chat", Text: "nav.talks"},
		{Path: "/rechten", Icon: "shield", Text: "nav.rights"},
		{Path: "/ik", Icon: "me", Text: "nav.me"},
	},
	portfolio.HatStaff: {
		{Path: "/vandaag", Icon: "today", Text: "nav.today"},
		{Path: "/groep", Icon: "class", Text: "nav.group"},
		{Path: "/gesprekken", Icon: "chat", Text: "nav.talks"},
		{Path: "/ik", Icon: "me", Text: "nav.me"},
	},
	portfolio.HatAdmin: {
		{Path: "/overzicht", Icon: "today", Text: "nav.overview"},
		{Path: "/mensen", Icon: "group", Text: "nav.people"},
		{Path: "/verhuizingen", Icon: "move", Text: "nav.moves"},
		{Path: "/ik", Icon: "me", Text: "nav.me"},
	},
	portfolio.HatFG: {
		{Path: "/verzoeken", Icon: "today", Text: "nav.requests"},
		{Path: "/weigeringen", Icon: "close", Text: "nav.refusals"},
		{Path: "/logboek", Icon: "shield", Text: "nav.log"},
		{Path: "/bewaren", Icon: "box", Text: "nav.retain"},
		{Path: "/tijdmachine", Icon: "lookback", Text: "nav.timemachine"},
		{Path: "/ik", Icon: "me", Text: "nav.me"},
	},
}

// home sends everybody to the first place of their hat.
func (v *visit) home() error {
	switch {
	case v.session == nil:
		return v.seeOther("/aanmelden")
	case v.person == nil:
		return v.seeOther("/wie")
	}
	return v.seeOther(places[v.actor.Hat][0].Path)
}

// frame is the part that this visitor's pages share.
func (v *visit) frame() Page {
	p := Page{Lang: v.prefs.Lang, Theme: v.prefs.Theme, Size: v.prefs.Size, Path: v.OriginalURL(), Demo: v.app.opt.Demo, Toast: v.toast(),
		Got: v.Method() == fiber.MethodGet}
	if v.person == nil {
		return p
	}
	p.Person, p.Role, p.WS, p.Bell = v.person.Says(), "role."+v.actor.Hat, "/ws", v.bell()
	for _, item := range places[v.actor.Hat] {
		item.Current = v.Path() == item.Path || strings.HasPrefix(v.Path(), item.Path+"/")
		p.Nav = append(p.Nav, item)
	}
	if len(v.account.Wears) > 1 || len(v.person.Hats) > 1 {
		p.Hats = []Hat{{Path: "/wie", Name: v.person.Says(), Role: "hat.other"}}
	}
	return p
}

const toastCookie = "kaft-toast"

// done remembers for the next page what was just done, as a key under "done.",
// and the path that undoes it, or "".
func (v *visit) done(key, undo string) {
	v.Cookie(&fiber.Cookie{Name: toastCookie, Value: key + "|" + undo, Path: "/", MaxAge: 60, HTTPOnly: true,
		Secure: v.app.opt.Secure, SameSite: fiber.CookieSameSiteLaxMode})
}

// toast is what done remembered, once.
func (v *visit) toast() *Toast {
	key, undo, ok := strings.Cut(v.Cookies(toastCookie), "|")
	if !ok || !strings.HasPrefix(key, "done.") {
		return nil
	}
	v.Cookie(&fiber.Cookie{Name: toastCookie, Path: "/", MaxAge: -1, HTTPOnly: true})
	if !strings.HasPrefix(undo, "/") || strings.HasPrefix(undo, "//") {
		undo = ""
	}
	return &Toast{Text: v.say(key), Undo: undo}
}
