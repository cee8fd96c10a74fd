package export

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// target is what a reference in the document leads to.
type target byte

const (
	toPerson target = iota
	toObject        // an item, reflection, assessment, comment or collection
	toFile
	toSchool
	toGoal
)

// reference is an id that one element gives of another.
type reference struct {
	to target
	id string
}

// refers are the members that hold an id, or a list of ids.
var refers = map[string]target{
	"author": toPerson, "authors": toPerson, "assessor": toPerson, "by": toPerson, "person": toPerson, "people": toPerson, "requestedBy": toPerson,
	"inReplyTo": toObject, "items": toObject, "supersedes": toObject,
	"files": toFile, "photo": toFile,
	"school": toSchool,
	"goals":  toGoal,
}

// links are the members that hold an object, or a list of objects, whose id is
// that of another element.
var links = map[string]bool{"about": true, "on": true}

// inside are the members in which references can be; nothing is looked for in
// members that this version does not know.
var inside = map[string]bool{"visibility": true, "depicted": true, "history": true, "identifiers": true, "source": true,
	"answers": true, "earlier": true}

// referencesOf gives what an element of a member of the document refers to.
func referencesOf(member string, raw jsontext.Value) []reference {
	var v map[string]any
	if json.Unmarshal(raw, &v) != nil {
		return nil // the schema has said so
	}
	var out []reference
	find(v, member, &out)
	return out
}

func find(v map[string]any, member string, out *[]reference) {
	for name, x := range v {
		if to, ok := refers[name]; ok && !(member == "frameworks" && name == "goals") {
			for _, id := range texts(x) {
				*out = append(*out, reference{to, id})
			}
		}
		for _, o := range objects(x) {
			if id, ok := o["id"].(string); ok && links[name] {
				*out = append(*out, reference{toObject, id})
			}
			if inside[name] {
				find(o, member, out)
			}
		}
	}
}

func texts(x any) []string {
	if s, ok := x.(string); ok {
		return []string{s}
	}
	var out []string
	list, _ := x.([]any)
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func objects(x any) []map[string]any {
	if o, ok := x.(map[string]any); ok {
		return []map[string]any{o}
	}
	var out []map[string]any
	list, _ := x.([]any)
	for _, e := range list {
		if o, ok := e.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}
