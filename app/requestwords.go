package app

import (
	"slices"

	"kaft/portfolio"
)

// What a page says of a request besides the decision: how far it is, what it is
// about, and where what was released is found.

// pathTo leads somewhere.
type pathTo struct{ Path, Text string }

// thingPaths lead to single things that the reader may open.
func thingPaths(things []portfolio.AskedThing) (out []pathTo) {
	for _, t := range things {
		path := "/dossier/" + t.ID
		if t.Kind == portfolio.ItemWork {
			path = "/werk/" + t.ID
		}
		out = append(out, pathTo{path, t.Title})
	}
	return out
}

// waysTo lead to the pages on which released kinds of things stand.
func (v *visit) waysTo(student string, kinds []string) (out []pathTo) {
	if slices.Contains(kinds, portfolio.ItemWork) {
		out = append(out, pathTo{"/leerling/" + student, v.say("request.look_work")})
	}
	if slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(portfolio.RecordKinds, k) }) {
		out = append(out, pathTo{"/leerling/" + student + "/dossier", v.say("request.look_file")})
	}
	return out
}

// scopeOf names kinds of things and so many single ones.
func (v *visit) scopeOf(kinds []string, items int) string {
	var words []string
	for _, k := range kinds {
		words = append(words, v.say("request.of."+k))
	}
	if items > 0 {
		words = append(words, v.say("request.single", "Count", items))
	}
	return v.join(words)
}

// stepsOf tells who asked how far a request is; one that was taken back is
// nowhere.
func (v *visit) stepsOf(c *portfolio.RequestCase) []Step {
	if c.State == portfolio.RequestWithdrawn {
		return nil
	}
	steps := []Step{{Text: v.say("request.received", "Date", c.AskedAt), State: "done"}}
	if c.Decided != nil {
		return append(steps, Step{Text: v.say("request.decided", "Date", c.Decided.At), State: "done"})
	}
	return append(steps, Step{Text: v.say("request.looking"), State: "busy"}, Step{Text: v.say("request.due", "Date", c.Due), State: "wait"})
}

// otherLine tells of what was asked which part only others may release.
func (v *visit) otherLine(x portfolio.Releasers) string {
	var names []string
	for _, p := range x.People {
		names = append(names, p.Says())
	}
	if len(names) == 0 {
		return v.say("request.nobody_opens", "Kind", v.say("request.of."+x.Kind))
	}
	return v.say("request.others_open", "Kind", v.say("request.of."+x.Kind), "Names", v.join(names))
}
