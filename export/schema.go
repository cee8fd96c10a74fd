package export

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"kaft/portfolio"
)

// schemaJSON travels in every bundle.
//
//go:embed schema/portfolio-1.0.schema.json
var schemaJSON []byte

const (
	schemaPath = "schema/portfolio-1.0.schema.json" // below data/
	schemaID   = "urn:kaft:schoolportfolio-bundle:1.0"
)

// definitions are the parts of the schema by which the members of the document
// are checked one element at a time, so that the whole of it is never held.
var definitions = map[string]string{
	"bundle": "bundle", "student": "student", "people": "person", "guardians": "guardian", "schools": "school", "enrolments": "enrolment",
	"frameworks": "framework", "collections": "collection", "items": "item", "reflections": "reflection", "assessments": "assessment",
	"comments": "comment", "consents": "consent", "inspection": "inspection", "files": "file", "streams": "stream",
}

// lineDefinitions are those for the lines of streams, by the stream's name.
var lineDefinitions = map[string]string{firstLine: "firstLine", accessLog: "lookLine", portfolio.CategoryChat: "talkLine"}

const firstLine = "first line"

// memberStudent is the member that says whose portfolio it is.
const memberStudent = "student"

// single are the members that are one object and not a list.
var single = map[string]bool{"bundle": true, "student": true, "inspection": true}

// schemas compiles the schema: the whole document under "", and each member's
// definition under its name.
var schemas = sync.OnceValue(func() map[string]*jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic(err) // embedded: a test would have seen it
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(schemaID, doc); err != nil {
		panic(err)
	}
	out := map[string]*jsonschema.Schema{"": c.MustCompile(schemaID)}
	for _, some := range []map[string]string{definitions, lineDefinitions} {
		for member, def := range some {
			out[member] = c.MustCompile(schemaID + "#/$defs/" + def)
		}
	}
	return out
})

// conforms checks one value against the schema of a member. The error names
// the place in the document and not what stands there.
func conforms(member string, raw []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	err = schemas()[member].Validate(v)
	var bad *jsonschema.ValidationError
	if !errors.As(err, &bad) {
		return err
	}
	for len(bad.Causes) > 0 {
		bad = bad.Causes[0]
	}
	return &schemaError{at: strings.Join(append([]string{member}, bad.InstanceLocation...), "/"), what: what(bad.ErrorKind)}
}

// schemaError says where a document breaks the schema.
type schemaError struct{ at, what string }

func (e *schemaError) Error() string { return e.at + ": " + e.what }

// what says which keyword failed; for missing members also which.
func what(k jsonschema.ErrorKind) string {
	if r, ok := k.(*kind.Required); ok {
		return "required " + strings.Join(r.Missing, ", ")
	}
	return fmt.Sprint(strings.Join(k.KeywordPath(), "/"))
}
