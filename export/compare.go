package export

import (
	"cmp"
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// Difference is a field that two bundles of one portfolio do not have alike.
type Difference struct {
	Member string `json:"member"` // of portfolio.json, or credentials, or chat
	ID     string `json:"id,omitempty"`
	Field  string `json:"field,omitempty"` // "": all of it, which one of the two does not have
	Was    string `json:"was"`             // the beginning, as canonical JSON; "" is absent
	Is     string `json:"is"`
	Why    string `json:"why,omitempty"` // it may differ; "" where something was lost or changed
}

// Lost tells whether something is gone, or not what it was.
func (d Difference) Lost() bool { return d.Why == "" }

// Why two bundles may differ: the table in BUNDLE.md, and nothing else.
const (
	whyBundle     = "about the bundle itself"
	whyVisibility = "private until it is shared again; who saw it stands in origin"
	whySchool     = "a school more for each move"
	whyAdded      = "new since"
)

const (
	maxDiffering = 10_000 // elements of which the fields are told
	maxShown     = 200    // bytes of a value
)

// Compare tells what a bundle of a portfolio has not, or otherwise, that an
// earlier one had, and what is new, field by field: each element of the document
// by its id, messages by their conversation and number, files and credentials by
// their hashes. The order of elements does not count. Both were checked, so that
// their hashes hold.
func Compare(ctx context.Context, before, after *Verified) ([]Difference, error) {
	was, err := before.sumsOf(ctx)
	if err != nil {
		return nil, err
	}
	is, err := after.sumsOf(ctx)
	if err != nil {
		return nil, err
	}
	differs := map[place]bool{}
	for p := range union(was, is) {
		if was[p] != is[p] {
			differs[p] = true
		}
	}
	if len(differs) > maxDiffering {
		return nil, errLong
	}
	had, err := before.fieldsOf(ctx, differs)
	if err != nil {
		return nil, err
	}
	has, err := after.fieldsOf(ctx, differs)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for p := range differs {
		for field := range union(had[p], has[p]) {
			w, i := had[p][field], has[p][field]
			if w == i {
				continue
			}
			out = append(out, Difference{Member: p.member, ID: p.id, Field: field, Was: w.shown, Is: i.shown, Why: why(p, field, had[p] == nil, has[p] == nil, before.requestedBy, after.requestedBy)})
		}
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Member, b.Member), strings.Compare(a.ID, b.ID), strings.Compare(a.Field, b.Field))
	})
	return out, nil
}

// why says for what reason a field may differ. Whoever asked for a bundle has a
// label in it, and is no part of the portfolio.
func why(p place, field string, added, gone bool, askedBefore, askedAfter string) string {
	switch {
	case p.member == "bundle", p.member == "people" && (gone && p.id == askedBefore || added && p.id == askedAfter):
		return whyBundle
	case added && p.member == "schools":
		return whySchool
	case added:
		return whyAdded
	case !gone && field == "visibility":
		return whyVisibility
	}
	return ""
}

// place is where an element stands: its member and its id.
type place struct{ member, id string }

// field is a value: by its hash, and how it begins.
type field struct {
	sum   [sha256.Size]byte
	shown string
}

// sumsOf are the hashes of all elements, in the form in which they are compared.
func (v *Verified) sumsOf(ctx context.Context) (map[place][sha256.Size]byte, error) {
	out := map[place][sha256.Size]byte{}
	err := v.alike(ctx, func(p place, fields map[string]jsontext.Value) error {
		raw, err := json.Marshal(fields, json.Deterministic(true))
		if err != nil {
			return err
		}
		out[p] = sha256.Sum256(raw)
		return nil
	})
	return out, err
}

// fieldsOf are the fields of some elements. One that the bundle does not have is
// absent.
func (v *Verified) fieldsOf(ctx context.Context, some map[place]bool) (map[place]map[string]field, error) {
	out := map[place]map[string]field{}
	return out, v.alike(ctx, func(p place, fields map[string]jsontext.Value) error {
		if !some[p] {
			return nil
		}
		out[p] = map[string]field{}
		for name, raw := range fields {
			out[p][name] = field{sha256.Sum256(raw), cut(string(raw), maxShown)}
		}
		return nil
	})
}

// alike visits each element in the form in which two are compared: canonical
// (RFC 8785), and what is from the bundle's own school with an origin as it has
// when it comes in somewhere else.
func (v *Verified) alike(ctx context.Context, visit func(place, map[string]jsontext.Value) error) error {
	err := v.each(ctx, true, func(e element) error {
		var head struct {
			ID string `json:"id"`
		}
		fields := map[string]jsontext.Value{}
		if e.raw.Kind() != jsontext.KindBeginObject {
			fields[""] = e.raw
		} else if err := json.Unmarshal(e.raw, &fields); err != nil {
			return err
		} else if err := json.Unmarshal(e.raw, &head); err != nil && e.member != "extensions" {
			return err
		}
		if slices.Contains([]string{"items", "reflections", "assessments"}, e.member) {
			if err := v.giveOrigin(fields); err != nil {
				return err
			}
		}
		if e.member == "inspection" {
			return alikeInspections(e.raw, visit)
		}
		p := place{e.member, cmp.Or(e.name, head.ID)}
		switch e.member {
		case "bundle":
			p.id = ""
		case "streams": // what is in it is compared by itself
			p.id = strings.Trim(string(fields["name"]), `"`)
			fields = map[string]jsontext.Value{"name": fields["name"]}
		}
		return visitCanonical(visit, p, fields)
	})
	if err != nil {
		return err
	}
	if v.talks != nil {
		err := v.eachLine(ctx, *v.talks, func(raw jsontext.Value) error {
			fields, p := map[string]jsontext.Value{}, place{member: portfolio.CategoryChat}
			if err := json.Unmarshal(raw, &fields); err != nil {
				return err
			}
			p.id = strings.Trim(string(fields["conversation"]), `"`) + " " + string(fields["number"])
			if err := v.giveOrigin(fields); err != nil {
				return err
			}
			return visitCanonical(visit, p, fields)
		})
		if err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(v.sums)) {
		id, ok := strings.CutPrefix(path, "data/credentials/")
		if !ok {
			continue
		}
		if err := visit(place{"credentials", id}, map[string]jsontext.Value{"sha256": jsontext.Value(`"` + v.sums[path]["sha256"] + `"`)}); err != nil {
			return err
		}
	}
	return nil
}

func visitCanonical(visit func(place, map[string]jsontext.Value) error, p place, fields map[string]jsontext.Value) error {
	for name, raw := range fields {
		raw = raw.Clone()
		if err := raw.Canonicalize(); err != nil {
			return err
		}
		fields[name] = raw
	}
	return visit(p, fields)
}

// giveOrigin says of what was made at the bundle's own school what will be said
// of it elsewhere.
func (v *Verified) giveOrigin(fields map[string]jsontext.Value) error {
	if fields["origin"] != nil {
		return nil
	}
	o := Origin{Instance: v.From.Instance, School: v.From.School}
	if raw := fields["visibility"]; raw != nil {
		var seen Visibility
		if err := json.Unmarshal(raw, &seen); err != nil {
			return err
		}
		o.Audiences = seen.Audiences
	}
	raw, err := json.Marshal(o)
	fields["origin"] = raw
	return err
}

// union are the keys of two maps.
func union[K comparable, A, B any](a map[K]A, b map[K]B) map[K]bool {
	out := map[K]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}
