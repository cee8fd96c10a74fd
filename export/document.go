package export

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// The format of the document.
const (
	Format  = "schoolportfolio-bundle"
	Version = "1.0" // MAJOR.MINOR: a minor only adds optional members
	major   = "1."
)

// The members of portfolio.json, as BUNDLE.md describes them. Ids are
// "urn:uuid:…", of files "sha256:…"; times are RFC 3339 in UTC. A member that
// is not known here stays with its object in Unknown, and goes out again under
// "extensions".
type (
	// Head is what a bundle says of itself. It is the last member of the
	// document, because it counts what went before.
	Head struct {
		ID          string               `json:"id"`
		Kind        string               `json:"kind"` // transfer
		CreatedAt   time.Time            `json:"createdAt"`
		Language    string               `json:"language"`
		Generator   Generator            `json:"generator"`
		Source      Source               `json:"source"`
		RequestedBy string               `json:"requestedBy,omitzero"`
		Omitted     []portfolio.Omission `json:"omitted"`
		Counts      Counts               `json:"counts"`
		Unknown     jsontext.Value       `json:",inline"`
	}
	Generator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	Source struct {
		Instance    string   `json:"instance,omitzero"`
		School      string   `json:"school"`
		SigningKeys []string `json:"signingKeys,omitzero"`
	}
	Counts struct {
		Items       int   `json:"items"` // works and reflections
		Assessments int   `json:"assessments"`
		Files       int   `json:"files"`
		Bytes       int64 `json:"bytes"` // of the files
	}

	Student struct {
		ID          string         `json:"id"` // the portfolio's id, kept for life
		Name        portfolio.Name `json:"name"`
		BirthDate   string         `json:"birthDate,omitzero"` // 2015-03-17, 2015-03 or 2015
		Identifiers []Identifier   `json:"identifiers,omitzero"`
		Photo       string         `json:"photo,omitzero"`
		Unknown     jsontext.Value `json:",inline"`
	}
	Identifier struct {
		Type   string `json:"type"`
		Value  string `json:"value"`
		School string `json:"school,omitzero"`
	}

	// Person is a label for somebody, never an account. Other children have no
	// name: Redacted.
	Person struct {
		ID       string         `json:"id"`
		Kind     string         `json:"kind"` // student, guardian, teacher, peer, external
		Name     string         `json:"name"`
		Redacted bool           `json:"redacted,omitzero"`
		Unknown  jsontext.Value `json:",inline"`
	}
	School struct {
		ID          string         `json:"id"`
		Name        string         `json:"name"`
		Identifiers []Identifier   `json:"identifiers,omitzero"`
		Unknown     jsontext.Value `json:",inline"`
	}
	Enrolment struct {
		ID         string         `json:"id"`
		School     string         `json:"school"`
		SchoolYear string         `json:"schoolYear,omitzero"`
		Level      string         `json:"level,omitzero"`
		Group      string         `json:"group,omitzero"`
		From       string         `json:"from,omitzero"`
		Until      string         `json:"until,omitzero"`
		Unknown    jsontext.Value `json:",inline"`
	}

	// Item is an element of items, or of reflections.
	Item struct {
		ID         string                    `json:"id"`
		Type       string                    `json:"type,omitzero"`  // of an item: work, observation, post, goal, page
		About      []Link                    `json:"about,omitzero"` // what it looks back at
		Author     string                    `json:"author,omitzero"`
		Prompt     string                    `json:"prompt,omitzero"`
		Title      string                    `json:"title,omitzero"`
		Text       *Text                     `json:"text,omitzero"`
		Authors    []string                  `json:"authors,omitzero"`
		Subject    []string                  `json:"subject,omitzero"` // school subjects
		Depicted   []Depicted                `json:"depicted,omitzero"`
		HappenedOn string                    `json:"happenedOn,omitzero"`
		CreatedAt  time.Time                 `json:"createdAt,omitzero"`
		UpdatedAt  time.Time                 `json:"updatedAt,omitzero"`
		Revision   int                       `json:"revision,omitzero"`
		History    []Revision                `json:"history,omitzero"`
		Files      []string                  `json:"files,omitzero"`
		Missing    []string                  `json:"missing,omitzero"`    // names of files that are not in the bundle
		Labels     []FileLabel               `json:"fileLabels,omitzero"` // one for each of Files, where they are not those of the file
		Goals      []string                  `json:"goals,omitzero"`
		Tags       []string                  `json:"tags,omitzero"`
		Status     string                    `json:"status,omitzero"` // published, draft
		Restricted bool                      `json:"restricted,omitzero"`
		Visibility *Visibility               `json:"visibility,omitzero"`
		Origin     *Origin                   `json:"origin,omitzero"`
		Extensions map[string]jsontext.Value `json:"extensions,omitzero"`
		Unknown    jsontext.Value            `json:",inline"`
	}
	Text struct {
		Format string `json:"format"` // markdown, plain, html
		Value  string `json:"value"`
	}
	Link struct {
		Type string `json:"type"` // item, reflection
		ID   string `json:"id"`
	}
	Depicted struct {
		Person  string `json:"person"`
		Consent bool   `json:"consent,omitzero"`
	}
	Revision struct {
		Revision   int       `json:"revision"`
		At         time.Time `json:"at"`
		By         string    `json:"by,omitzero"`
		TextSHA256 string    `json:"textSha256"`
	}
	FileLabel struct {
		Name string `json:"name"`
		Alt  string `json:"alt,omitzero"`
	}
	// Visibility is who saw it where it was: Audience the widest circle, for a
	// reader that knows one; Audiences all of them.
	Visibility struct {
		Audience  string   `json:"audience"` // student, staff, guardians, class, school, link
		Audiences []string `json:"audiences,omitzero"`
		People    []string `json:"people,omitzero"`
	}
	// Origin is where something came from that this source took in from another.
	Origin struct {
		Instance  string   `json:"instance,omitzero"`
		School    string   `json:"school,omitzero"` // its name
		Audiences []string `json:"audiences,omitzero"`
	}

	Assessment struct {
		ID          string                    `json:"id"`
		About       []Link                    `json:"about"`
		Assessor    string                    `json:"assessor"`
		School      string                    `json:"school,omitzero"`
		On          string                    `json:"on"` // the day it was published
		Rubric      *Rubric                   `json:"rubric,omitzero"`
		Result      *Result                   `json:"result,omitzero"`
		Feedback    *Text                     `json:"feedback,omitzero"`
		CreatedAt   time.Time                 `json:"createdAt,omitzero"`
		UpdatedAt   time.Time                 `json:"updatedAt,omitzero"`
		PublishedAt time.Time                 `json:"publishedAt,omitzero"`
		Credential  string                    `json:"credential,omitzero"` // its path below data/
		Visibility  *Visibility               `json:"visibility,omitzero"`
		Origin      *Origin                   `json:"origin,omitzero"`
		Extensions  map[string]jsontext.Value `json:"extensions,omitzero"`
		Unknown     jsontext.Value            `json:",inline"`
	}
	Rubric struct {
		Title   string         `json:"title,omitzero"`
		Unknown jsontext.Value `json:",inline"`
	}
	Result struct {
		Scale   string         `json:"scale"`
		Level   string         `json:"level"`
		Score   *float64       `json:"score,omitzero"`
		Unknown jsontext.Value `json:",inline"`
	}

	// Comment, Collection and Framework are kept as they came, and read by what
	// shows a document.
	Comment struct {
		ID         string      `json:"id"`
		On         Link        `json:"on"`
		InReplyTo  string      `json:"inReplyTo"`
		Author     string      `json:"author"`
		Text       *Text       `json:"text"`
		CreatedAt  time.Time   `json:"createdAt,omitzero"`
		Visibility *Visibility `json:"visibility,omitzero"`
	}
	Collection struct {
		ID         string      `json:"id"`
		Title      string      `json:"title"`
		Text       *Text       `json:"text,omitzero"`
		Items      []string    `json:"items"`
		Visibility *Visibility `json:"visibility,omitzero"`
	}
	Framework struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		Goals []Goal `json:"goals,omitzero"`
	}
	Goal struct {
		ID   string `json:"id"`
		Code string `json:"code,omitzero"`
		Text string `json:"text"`
		URI  string `json:"uri,omitzero"`
	}

	// Stream is a list in a file of its own, a JSON object a line.
	Stream struct {
		Name    string `json:"name"`
		Path    string `json:"path"` // below data/
		Records *int   `json:"records,omitzero"`
		SHA256  string `json:"sha256,omitzero"`
	}

	// TalkLine is a line of the stream of conversations: a message. Another
	// child's has no text.
	TalkLine struct {
		At           time.Time      `json:"at"`
		Conversation string         `json:"conversation"`
		Kind         string         `json:"kind,omitzero"`
		Title        string         `json:"title,omitzero"`
		Number       int64          `json:"number"`      // its place in the conversation
		By           string         `json:"by,omitzero"` // the same for all that somebody said; not of another child
		Who          string         `json:"who"`
		As           string         `json:"as"` // student, guardian, teacher, peer, external
		Redacted     bool           `json:"redacted,omitzero"`
		Text         *Text          `json:"text,omitzero"`
		Origin       *Origin        `json:"origin,omitzero"`
		Unknown      jsontext.Value `json:",inline"`
	}

	File struct {
		ID        string         `json:"id"`
		Path      string         `json:"path"` // below data/
		Name      string         `json:"name"`
		MediaType string         `json:"mediaType"`
		Bytes     int64          `json:"bytes"`
		SHA256    string         `json:"sha256"`
		CRC32     string         `json:"crc32,omitzero"`
		Alt       string         `json:"alt,omitzero"`
		Unknown   jsontext.Value `json:",inline"`
	}
)
