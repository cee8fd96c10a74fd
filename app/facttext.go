package app

import (
	"cmp"
	"slices"

	"kaft/portfolio"
)

// Facts, and what they change, in words.

// factText is a fact in words.
func (v *visit) factText(s *portfolio.Statement) string {
	if s.Of != nil {
		return v.say("fact.text."+string(s.Type), "Fact", v.factText(s.Of), "Date", cmp.Or(s.Until, s.Verified))
	}
	about := s.AboutName
	if s.WholeSchool {
		about = v.say("fact.whole_school")
	}
	kind := ""
	if _, ok := factKinds[string(s.Type)]; ok {
		kind = v.say("fact.kind." + s.Kind)
	}
	switch s.Type {
	case portfolio.FactYes:
		kind = v.say("fact.audience." + s.Kind)
	case portfolio.FactNo: // without a name it can be about anything
		if s.ByName != "" {
			kind = v.say("fact.audience." + s.Kind)
		}
	}
	if said, ok := factSaid[s.Type]; ok && s.ByName != "" {
		return v.say(said, "By", s.ByName, "About", about, "Kind", kind)
	}
	return v.say("fact.text."+string(s.Type), "Party", s.PartyName, "About", about, "Kind", kind, "By", s.ByName, "Things", v.thingsText(s.Fact))
}

// factSaid are the facts by which somebody who is named says yes or no.
var factSaid = map[portfolio.FactType]string{portfolio.FactYes: "fact.said.yes", portfolio.FactNo: "fact.said.no"}

// thingsText names what a fact speaks of: "werk en beoordelingen".
func (v *visit) thingsText(f *portfolio.Fact) string {
	if slices.Contains(f.Items, portfolio.All) && len(f.Kinds) == 0 {
		return v.say("thing.all")
	}
	var names []string
	for _, k := range f.Kinds {
		names = append(names, v.say("thing."+k))
	}
	if len(names) == 0 {
		names = []string{v.say("thing.named")}
	}
	return v.list(names)
}

// effects says in words what changes for whom.
func (v *visit) effects(all []portfolio.Effect) []string {
	var out []string
	for _, e := range all {
		for _, part := range []struct {
			key   string
			names []string
		}{{"effect.sees", e.Sees}, {"effect.requests", e.Requests}, {"effect.asks", e.Asks}, {"effect.loses", e.Loses}} {
			if len(part.names) == 0 {
				continue
			}
			var names []string
			for _, n := range part.names {
				names = append(names, v.say("sight."+n))
			}
			out = append(out, v.say(part.key, "Name", e.Name.Full(), "Things", v.list(names)))
		}
	}
	return out
}
