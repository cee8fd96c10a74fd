package export

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What came along in an earlier bundle and goes out again.

// keptLists are the members that Kaft has no place for: they go out as they
// came in.
var keptLists = []string{"frameworks", "collections", "comments", "consents", "guardians"}

// kept writes them, each decided by the rule, without what refers to something
// that stays out.
func (d *documentWriter) kept(ctx context.Context) error {
	for _, section := range keptLists {
		var some []jsontext.Value
		for k, err := range d.v.Kept(ctx, section, section == "frameworks") {
			if err != nil {
				return err
			}
			if raw := jsontext.Value(k.Raw); d.resolves(section, raw) {
				some = append(some, raw)
				d.in[k.Name] = true
			}
		}
		if len(some) == 0 {
			continue
		}
		err := d.list(section, func(add func(any) error) error {
			for _, raw := range some {
				if err := add(raw); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return d.inspection(ctx)
}

// resolves tells whether everything an element refers to goes along, and asks
// for the people in it.
func (d *documentWriter) resolves(section string, raw jsontext.Value) bool {
	refs := referencesOf(section, raw)
	for _, r := range refs {
		if r.to == toObject && !d.in[r.id] || r.to == toFile && d.files[r.id] == nil {
			return false
		}
	}
	for _, r := range refs {
		if r.to == toPerson {
			d.want(r.id, nil)
		}
	}
	return true
}

// persons writes a label for everybody who is referred to. Other children have
// no name, whatever an earlier bundle called them.
func (d *documentWriter) persons(ctx context.Context) error {
	maker := d.pseudonym(d.v.Maker.ID)
	if d.v.Maker.ID == d.v.Student.ID {
		maker = d.self
	} else {
		d.people[maker] = Person{ID: maker, Kind: "guardian", Name: d.v.Maker.Name.Full()}
	}
	d.head.RequestedBy = maker
	return d.list("people", func(add func(any) error) error {
		for k, err := range d.v.Kept(ctx, "people", true) {
			if err != nil {
				return err
			}
			if _, ok := d.wanted[k.Name]; !ok || d.people[k.Name].ID != "" {
				continue
			}
			var p Person
			if err := json.Unmarshal(k.Raw, &p); err != nil {
				return err
			}
			if p.Kind == "peer" {
				p = Person{ID: p.ID, Kind: "peer", Name: "medeleerling", Redacted: true}
			}
			d.people[p.ID] = p
		}
		for id, label := range d.wanted {
			if d.people[id].ID == "" {
				d.people[id] = Person{ID: id, Kind: "external", Name: label}
			}
		}
		for _, id := range sortedKeys(d.people) {
			if err := add(d.people[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

// extensions writes the members of earlier documents that nobody knew.
func (d *documentWriter) extensions(ctx context.Context) error {
	all := map[string]jsontext.Value{}
	for k, err := range d.v.Kept(ctx, "extensions", false) {
		if err != nil {
			return err
		}
		all[k.Name] = jsontext.Value(k.Raw)
	}
	if len(all) == 0 {
		return nil
	}
	return d.member("extensions", all)
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
