package export

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

const crateMetadata = "ro-crate-metadata.json"

// An entity of an RO-Crate (1.2, https://w3id.org/ro/crate/1.2): a flat object
// of the graph, which others are in by their id.
type entity struct {
	ID        string `json:"@id"`
	Type      string `json:"@type"`
	Name      string `json:"name,omitzero"`
	About     *ref   `json:"about,omitzero"`
	Conforms  *ref   `json:"conformsTo,omitzero"`
	Describes string `json:"description,omitzero"`
	Date      string `json:"datePublished,omitzero"`
	Language  string `json:"inLanguage,omitzero"`
	Ident     string `json:"identifier,omitzero"`
	Publisher *ref   `json:"publisher,omitzero"`
	License   *ref   `json:"license,omitzero"`
	Parts     []ref  `json:"hasPart,omitzero"`
	Format    string `json:"encodingFormat,omitzero"`
	Size      string `json:"contentSize,omitzero"`
	SHA256    string `json:"sha256,omitzero"`
}

type ref struct {
	ID string `json:"@id"`
}

// crate describes the bundle for archives and repositories, as an RO-Crate
// whose root is data/: what files there are, their names, types, sizes and
// hashes, and that they are not for the public. What is written after this
// (the pages that show the crate) is no part of it.
func (p *projection) crate(context.Context) error {
	return p.to.document(crateMetadata, func(w io.Writer) error {
		enc := jsontext.NewEncoder(w, jsontext.WithIndent(" "))
		for _, t := range []jsontext.Token{jsontext.BeginObject, jsontext.String("@context"), jsontext.String("https://w3id.org/ro/crate/1.2/context"),
			jsontext.String("@graph"), jsontext.BeginArray} {
			if err := enc.WriteToken(t); err != nil {
				return err
			}
		}
		for _, e := range p.entities() {
			if err := json.MarshalEncode(enc, e); err != nil {
				return err
			}
		}
		if err := enc.WriteToken(jsontext.EndArray); err != nil {
			return err
		}
		return enc.WriteToken(jsontext.EndObject)
	})
}

func (p *projection) entities() []entity {
	name := "Portfolio van " + p.v.Student.Name.Full()
	what := "Werk, terugblikken en beoordelingen van een leerling, gemaakt om mee te nemen naar een andere school."
	closed := "Niet openbaar. Van de leerling en wie namens de leerling beslist."
	if p.bundle.Lang == "en" {
		name = "Portfolio of " + p.v.Student.Name.Full()
		what = "Work, looks back and assessments of a student, made to be taken along to another school."
		closed = "Not public. It belongs to the student and who decides for the student."
	}
	school, terms := urn(p.v.School.ID), "#not-public"
	root := entity{ID: "./", Type: "Dataset", Name: name, Describes: what, Date: portfolio.DateOf(p.at).String(), Language: p.bundle.Lang,
		Ident: urn(p.bundle.ID), Publisher: &ref{school}, License: &ref{terms}}
	var files []entity
	for _, l := range p.to.payload {
		path := strings.TrimPrefix(l.path, "data/")
		files = append(files, entity{ID: path, Type: "File", Name: path, Format: formatOf(path), SHA256: l.sum})
	}
	for _, id := range p.order {
		f := p.files[id]
		files = append(files, entity{ID: f.Path, Type: "File", Name: f.Name, Describes: f.Alt, Format: f.MediaType, Size: strconv.FormatInt(f.Bytes, 10), SHA256: f.SHA256})
	}
	for _, f := range files {
		root.Parts = append(root.Parts, ref{f.ID})
	}
	return append([]entity{
		{ID: crateMetadata, Type: "CreativeWork", Conforms: &ref{"https://w3id.org/ro/crate/1.2"}, About: &ref{"./"}},
		root,
		{ID: school, Type: "Organization", Name: p.v.School.Name},
		{ID: terms, Type: "CreativeWork", Name: "Not public", Describes: closed},
	}, files...)
}

// formatOf is the media type of a text that is written into a bundle.
func formatOf(path string) string {
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "json":
		return "application/json"
	case "jsonl":
		return "application/jsonl"
	case "xml":
		return "application/xml"
	}
	return "text/html"
}
