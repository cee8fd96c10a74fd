package app

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// mePath is the page about oneself. A hat that has no place for it has it in the
// menu under the name.
const mePath = "/ik"

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
		{Path: "/logboek", Icon: "shield", Text: "nav.log", Also: []string{"/tijdmachine", "/laat"}},
		{Path: "/bewaren", Icon: "box", Text: "nav.retain"},
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

// leadsTo tells whether a path is in this place.
func (i NavItem) leadsTo(path string) bool {
	return slices.ContainsFunc(append([]string{i.Path}, i.Also...), func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// frame is the part that this visitor's pages share.
func (v *visit) frame() Page {
	p := Page{Lang: v.prefs.Lang, Theme: v.prefs.Theme, Size: v.prefs.Size, Path: v.OriginalURL(), Demo: v.app.opt.Demo, Toast: v.toast(),
		Got: v.Method() == fiber.MethodGet}
	if v.person == nil {
		return p
	}
	p.Person, p.Role, p.WS, p.Bell, p.Alarm = v.person.Says(), "role."+v.actor.Hat, "/ws", v.bell(), v.running()
	for _, item := range places[v.actor.Hat] {
		item.Current = item.leadsTo(v.Path())
		if item.Path == talksPath {
			item.Count = v.talksWaiting()
		}
		p.Nav = append(p.Nav, item)
	}
	if v.Path() != mePath && !slices.ContainsFunc(p.Nav, func(i NavItem) bool { return i.Path == mePath }) {
		p.Hats = append(p.Hats, Hat{Path: mePath, Icon: "me", Name: v.person.Says(), Role: "nav.me"})
	}
	if len(v.account.Wears) > 1 || len(v.person.Hats) > 1 {
		p.Hats = append(p.Hats, Hat{Path: "/wie", Icon: "move", Name: v.person.Says(), Role: "hat.other"})
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
