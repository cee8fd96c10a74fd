package export

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// What the family said of the file: OSO's block inzage.

type (
	// Inspection is the member inspection.
	Inspection struct {
		Provisional bool               `json:"provisional"`
		Seen        bool               `json:"seen"`
		SeenOn      string             `json:"seenOn,omitzero"`
		Agrees      string             `json:"agrees,omitzero"`
		Objection   string             `json:"objection,omitzero"`
		Permission  string             `json:"transferPermission,omitzero"`
		By          []string           `json:"by,omitzero"`
		School      string             `json:"school,omitzero"`
		Kind        string             `json:"schoolKind,omitzero"`
		Answers     []InspectionAnswer `json:"answers,omitzero"`
		Earlier     []jsontext.Value   `json:"earlier,omitzero"`
	}
	InspectionAnswer struct {
		By         string `json:"by"`
		Seen       bool   `json:"seen"`
		SeenOn     string `json:"seenOn,omitzero"`
		Changed    bool   `json:"changedSince,omitzero"`
		Agrees     string `json:"agrees,omitzero"`
		Objection  string `json:"objection,omitzero"`
		Remarks    string `json:"remarks,omitzero"`
		Permission string `json:"transferPermission,omitzero"`
	}
)

// inspection writes what was said here, with what earlier bundles brought of
// other schools under earlier; where nothing was said here, the last of those
// comes first, with those before it under earlier.
func (d *documentWriter) inspection(ctx context.Context) error {
	earlier, err := d.earlierInspections(ctx)
	if err != nil {
		return err
	}
	said, err := d.v.Inspected(ctx)
	if err != nil {
		return err
	}
	if said == nil {
		if len(earlier) == 0 {
			return nil
		}
		last := map[string]jsontext.Value{}
		if err := json.Unmarshal(earlier[len(earlier)-1], &last); err != nil {
			return err
		}
		if before := earlier[:len(earlier)-1]; len(before) > 0 {
			if last["earlier"], err = json.Marshal(before); err != nil {
				return err
			}
		}
		return d.member("inspection", last)
	}
	out := Inspection{Provisional: said.Provisional, Seen: said.Seen, Agrees: said.Agrees, Objection: cut(said.Objection, 10_000), Permission: said.Permission,
		School: urn(d.v.School.ID), Kind: d.v.School.Kind}
	if said.SeenOn != 0 {
		out.SeenOn = said.SeenOn.String()
	}
	for _, a := range said.Answers {
		by := d.self
		if a.By != d.v.Student.ID {
			by = d.pseudonym(a.By)
			d.people[by] = Person{ID: by, Kind: "guardian", Name: a.Name}
		}
		if a.Seen {
			out.By = append(out.By, by)
		}
		answer := InspectionAnswer{By: by, Seen: a.Seen, Changed: a.Changed, Agrees: a.Agrees, Objection: a.Objection, Remarks: a.Remarks, Permission: a.Permission}
		if a.Seen {
			answer.SeenOn = a.SeenOn.String()
		}
		out.Answers = append(out.Answers, answer)
	}
	out.Earlier = earlier
	return d.member("inspection", out)
}

// earlierInspections are the blocks that came in earlier bundles, each once and
// without those before it in it, by the day of which they are.
func (d *documentWriter) earlierInspections(ctx context.Context) (out []jsontext.Value, err error) {
	for k, err := range d.v.Kept(ctx, "inspection", false) {
		if err != nil {
			return nil, err
		}
		flat, err := flatten(jsontext.Value(k.Raw))
		if err != nil {
			return nil, err
		}
		for _, one := range flat {
			if err := one.Canonicalize(); err != nil {
				return nil, err
			}
			if d.resolves("inspection", one) {
				out = append(out, one)
			}
		}
	}
	slices.SortFunc(out, func(a, b jsontext.Value) int { return cmp.Or(cmp.Compare(seenOn(a), seenOn(b)), bytes.Compare(a, b)) })
	return slices.CompactFunc(out, func(a, b jsontext.Value) bool { return bytes.Equal(a, b) }), nil
}

func seenOn(block jsontext.Value) string {
	var b Inspection
	json.Unmarshal(block, &b) // the schema has said so
	return b.SeenOn
}

// flatten is a block without the earlier ones in it, after those.
func flatten(raw jsontext.Value) ([]jsontext.Value, error) {
	var block map[string]jsontext.Value
	if err := json.Unmarshal(raw, &block); err != nil {
		return nil, err
	}
	var out []jsontext.Value
	if before, ok := block["earlier"]; ok {
		var all []jsontext.Value
		if err := json.Unmarshal(before, &all); err != nil {
			return nil, err
		}
		for _, one := range all {
			flat, err := flatten(one)
			if err != nil {
				return nil, err
			}
			out = append(out, flat...)
		}
		delete(block, "earlier")
	}
	alone, err := json.Marshal(block, json.Deterministic(true))
	return append(out, alone), err
}

// alikeInspections visits each block in one, by its hash: what was said at one
// school is the same, wherever it stands by now.
func alikeInspections(raw jsontext.Value, visit func(place, map[string]jsontext.Value) error) error {
	flat, err := flatten(raw)
	if err != nil {
		return err
	}
	for _, one := range flat {
		if err := one.Canonicalize(); err != nil {
			return err
		}
		var fields map[string]jsontext.Value
		if err := json.Unmarshal(one, &fields); err != nil {
			return err
		}
		if err := visitCanonical(visit, place{"inspection", hexSum(one)}, fields); err != nil {
			return err
		}
	}
	return nil
}

// inspected reads a block for who takes the bundle in. names are of people, by
// id. What a date or name cannot be read of stays empty: the block itself is
// kept as it came.
func inspected(raw jsontext.Value, names map[string]string) (*portfolio.Inspected, string) {
	var in Inspection
	if json.Unmarshal(raw, &in) != nil {
		return nil, "" // the schema has said so
	}
	out := &portfolio.Inspected{Provisional: in.Provisional, Seen: in.Seen, SeenOn: day(in.SeenOn), Agrees: in.Agrees, Objection: in.Objection, Permission: in.Permission}
	for _, a := range in.Answers {
		out.Answers = append(out.Answers, portfolio.FileAnswer{Name: names[a.By], Seen: a.Seen, SeenOn: day(a.SeenOn), Changed: a.Changed,
			Agrees: a.Agrees, Objection: a.Objection, Remarks: a.Remarks, Permission: a.Permission})
	}
	if len(in.Answers) == 0 { // of another program, which says it of all together
		for _, by := range slices.Compact(slices.Sorted(slices.Values(in.By))) {
			out.Answers = append(out.Answers, portfolio.FileAnswer{Name: names[by], Seen: in.Seen, SeenOn: day(in.SeenOn)})
		}
	}
	return out, in.Kind
}

func day(s string) portfolio.Date {
	d, err := portfolio.ParseDate(s)
	if err != nil {
		return 0
	}
	return d
}
