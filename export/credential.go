package export

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// An assessment that goes along is also an Open Badges 3.0 credential (a
// Verifiable Credential 2.0) that the school signs. It proves by itself which
// school said this of which student's work, whatever becomes of the bundle.

func init() { projections = append(projections, (*projection).credentials) }

// maxCredential is the longest credential that is read, in bytes.
const maxCredential = 1 << 20

// credentialPath is where an assessment's credential is, below data/.
func credentialPath(id string) string { return "credentials/" + bare(id) + ".json" }

var credentialContexts = []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}

// The words of a credential: it is one document for every reader, so it is in
// the language of the schools that sign it.
const (
	wordAssessment = "Beoordeling"
	wordOfWork     = "Wat een leraar van een werk van de leerling vindt."
	wordCriteria   = "Het werk, in vier stappen: begin, bijna, behaald, ruim."
	wordMoved      = "Het werk veranderde terwijl het werd beoordeeld. Welke tekst en bestanden zijn beoordeeld, staat daarom niet vast."
)

// members of a credential, in our own and in those that come in.
type (
	credential struct {
		Context   []string          `json:"@context"`
		ID        string            `json:"id"` // the assessment's
		Type      oneOrMore         `json:"type"`
		Name      string            `json:"name,omitzero"`
		Issuer    issuer            `json:"issuer"`
		ValidFrom time.Time         `json:"validFrom"`
		Until     time.Time         `json:"validUntil,omitzero"`
		Awarded   time.Time         `json:"awardedDate,omitzero"`
		Subject   credentialSubject `json:"credentialSubject"`
		Evidence  []evidence        `json:"evidence,omitzero"`
		Related   []related         `json:"relatedResource,omitzero"`
	}
	issuer struct {
		ID    string            `json:"id"`
		Type  oneOrMore         `json:"type"`
		Name  string            `json:"name,omitzero"`
		Other []identifierEntry `json:"otherIdentifier,omitzero"`
	}
	identifierEntry struct {
		Type  string `json:"type"`
		Value string `json:"identifier"`
		Kind  string `json:"identifierType"`
	}
	credentialSubject struct {
		ID          string      `json:"id"` // the student's
		Type        oneOrMore   `json:"type"`
		Achievement achievement `json:"achievement"`
		Narrative   string      `json:"narrative,omitzero"`
		Result      []result    `json:"result,omitzero"`
		Source      *source     `json:"source,omitzero"`
	}
	// source is who assessed it for the school.
	source struct {
		ID   string    `json:"id"`
		Type oneOrMore `json:"type"`
		Name string    `json:"name,omitzero"`
	}
	achievement struct {
		ID          string              `json:"id"`
		Type        oneOrMore           `json:"type"`
		Kind        string              `json:"achievementType,omitzero"`
		Name        string              `json:"name"`
		Description string              `json:"description"`
		Criteria    criteria            `json:"criteria"`
		Results     []resultDescription `json:"resultDescription,omitzero"`
	}
	criteria struct {
		Narrative string `json:"narrative"`
	}
	resultDescription struct {
		ID     string        `json:"id"`
		Type   oneOrMore     `json:"type"`
		Name   string        `json:"name"`
		Kind   string        `json:"resultType"`
		Levels []rubricLevel `json:"rubricCriterionLevel,omitzero"`
	}
	rubricLevel struct {
		ID   string    `json:"id"`
		Type oneOrMore `json:"type"`
		Name string    `json:"name"`
	}
	result struct {
		Type  oneOrMore `json:"type"`
		Of    string    `json:"resultDescription,omitzero"`
		Level string    `json:"achievedLevel,omitzero"`
		Value string    `json:"value,omitzero"`
	}
	evidence struct {
		ID        string    `json:"id"`
		Type      oneOrMore `json:"type"`
		Narrative string    `json:"narrative,omitzero"`
	}
	related struct {
		ID        string `json:"id"` // of a file "sha256:…"; of a work's text the work's own
		MediaType string `json:"mediaType,omitzero"`
		Digest    string `json:"digestSRI"`
	}
)

// oneOrMore is a text, or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(raw []byte) error {
	if jsontext.Value(raw).Kind() == jsontext.KindString {
		*o = make(oneOrMore, 1)
		return json.Unmarshal(raw, &(*o)[0])
	}
	return json.Unmarshal(raw, (*[]string)(o))
}

// UnmarshalJSON also takes an issuer of which only the id is told.
func (i *issuer) UnmarshalJSON(raw []byte) error {
	if jsontext.Value(raw).Kind() == jsontext.KindString {
		return json.Unmarshal(raw, &i.ID)
	}
	type object issuer
	return json.Unmarshal(raw, (*object)(i))
}

// toSign is what has to be known of an assessment when its credential is
// written, besides what the document says.
type toSign struct {
	id   string // here
	work string // here, where it goes along
	kept bool   // it came with a credential of its own
}

// credentials writes one for each assessment: of this school signed now, of
// another school as it came in.
func (p *projection) credentials(ctx context.Context) error {
	var key ed25519.PrivateKey
	return p.each(ctx, func(e element) error {
		if e.member != "assessments" {
			return nil
		}
		var s Assessment
		if err := json.Unmarshal(e.raw, &s); err != nil {
			return err
		}
		from, ok := p.toSign[s.ID]
		if !ok {
			return nil
		}
		var raw []byte
		var err error
		if from.kept {
			raw, err = p.keptCredential(ctx, from.id)
		} else {
			if key == nil {
				if key, _, err = p.v.Key(ctx, portfolio.KeyCredentials); err != nil {
					return err
				}
			}
			raw, err = p.signCredential(ctx, &s, from, key)
		}
		if err != nil {
			return err
		}
		return p.to.document(s.Credential, func(w io.Writer) error { _, err := w.Write(raw); return err })
	})
}

// keptCredential is the credential that an assessment came with, byte for byte.
func (o *outgoing) keptCredential(ctx context.Context, id string) (raw []byte, err error) {
	k, err := o.v.KeptAs(ctx, portfolio.KeptCredentials, id)
	if err != nil || k == nil {
		return nil, err
	}
	return raw, json.Unmarshal(k.Raw, &raw)
}

// signCredential makes an assessment's credential: the same each time, until
// the school has another key or name.
func (p *projection) signCredential(ctx context.Context, s *Assessment, from toSign, key ed25519.PrivateKey) ([]byte, error) {
	c := p.credentialOf(s, key)
	if from.work != "" {
		w, err := p.v.Work(ctx, from.work)
		if portfolio.KindOf(err) == portfolio.NotFound {
			err = portfolio.E(portfolio.Conflict, "error.bundle.changed")
		}
		if err != nil {
			return nil, err
		}
		versions, err := p.v.Versions(ctx, w)
		if err != nil {
			return nil, err
		}
		base, err := p.cameAs(ctx, w)
		if err != nil {
			return nil, err
		}
		of := evidence{ID: s.About[0].ID, Type: oneOrMore{"Evidence"}}
		if then := asAssessed(w, versions, base, s); then != nil {
			c.Related = relatedTo(of.ID, then, base)
		} else {
			of.Narrative = wordMoved
		}
		c.Evidence = []evidence{of}
	}
	return prove(c, key, s.PublishedAt)
}

func (p *projection) credentialOf(s *Assessment, key ed25519.PrivateKey) *credential {
	at := s.PublishedAt.UTC().Truncate(time.Second) // as a proof has it
	c := &credential{Context: credentialContexts, ID: s.ID, Type: oneOrMore{"VerifiableCredential", "OpenBadgeCredential"}, Name: wordAssessment,
		Issuer:    issuer{ID: didOf(key.Public().(ed25519.PublicKey)), Type: oneOrMore{"Profile"}, Name: p.v.School.Name},
		ValidFrom: at, Awarded: at,
		Subject: credentialSubject{ID: p.self, Type: oneOrMore{"AchievementSubject"}, Achievement: achievement{
			ID: urn(portfolio.DeriveID("achievement", s.ID)), Type: oneOrMore{"Achievement"}, Kind: "Assessment", Name: wordAssessment,
			Description: wordOfWork, Criteria: criteria{wordCriteria}},
			Source: &source{s.Assessor, oneOrMore{"Profile"}, p.people[s.Assessor].Name}}}
	if p.v.School.BRIN != "" {
		c.Issuer.Other = []identifierEntry{{"IdentifierEntry", p.v.School.BRIN, "ext:brin"}}
	}
	if s.Rubric != nil {
		c.Subject.Achievement.Name = s.Rubric.Title
	}
	if s.Feedback != nil {
		c.Subject.Narrative = s.Feedback.Value
	}
	if s.Result != nil {
		levels := resultDescription{ID: scale, Type: oneOrMore{"ResultDescription"}, Name: "Stap", Kind: "RubricCriterionLevel"}
		for _, step := range steps {
			levels.Levels = append(levels.Levels, rubricLevel{scale + ":" + step, oneOrMore{"RubricCriterionLevel"}, step})
		}
		c.Subject.Achievement.Results = []resultDescription{levels}
		c.Subject.Result = []result{{Type: oneOrMore{"Result"}, Of: scale, Level: scale + ":" + s.Result.Level}}
	}
	return c
}

// asAssessed is a work as it was from the first draft of an assessment until it
// was published. It is nil when its text or files changed meanwhile: nobody can
// tell then what was assessed. A change since the assessment does not matter.
func asAssessed(w *portfolio.Work, before []*portfolio.Version, base *Item, s *Assessment) *portfolio.Work {
	var states []*portfolio.Work // each from its UpdatedAt until that of the next
	for _, v := range before {
		if v.Work.Version < w.Version {
			states = append(states, &v.Work)
		}
	}
	states = append(states, w)
	at := func(moment time.Time) int {
		last := 0
		for i, x := range states {
			if !x.UpdatedAt.After(moment) {
				last = i
			}
		}
		return last
	}
	last := at(s.PublishedAt)
	for i := at(s.CreatedAt); i < last; i++ {
		if !boundOf(content(states[i], base)).same(boundOf(content(states[last], base))) {
			return nil
		}
	}
	return states[last]
}

// relatedTo binds a credential to what a work holds: its text, as the document
// has it, and its files.
func relatedTo(id string, w *portfolio.Work, base *Item) (out []related) {
	b := boundOf(content(w, base))
	if b.text != "" {
		out = append(out, related{ID: id, Digest: sri(b.text)})
	}
	for _, f := range w.Files {
		r := related{"sha256:" + f.SHA256, f.Type, sri(f.SHA256)}
		if !slices.ContainsFunc(out, func(x related) bool { return x.ID == r.ID }) {
			out = append(out, r)
		}
	}
	return out
}

// sri is a SHA-256 in hex as W3C's Subresource Integrity has it.
func sri(sum string) string {
	raw, err := hex.DecodeString(sum)
	if err != nil {
		panic(fmt.Sprintf("no hash in hex: %q", sum)) // ours
	}
	return "sha256-" + base64.StdEncoding.EncodeToString(raw)
}

// readCredential reads a credential whose proof holds, and that was good at a
// moment. The key is the one that signed it.
func readCredential(raw []byte, check proofChecker, at time.Time) (*credential, ed25519.PublicKey, error) {
	keys, err := check.check(raw)
	if err != nil {
		return nil, nil, err
	}
	c := new(credential)
	var loose struct { // a context need not be a text
		credential
		Context jsontext.Value `json:"@context"`
	}
	if err := json.Unmarshal(raw, &loose); err != nil {
		return nil, nil, fmt.Errorf("%w: %v", errBadProof, err)
	}
	*c = loose.credential
	badge := slices.Contains(c.Type, "OpenBadgeCredential") || slices.Contains(c.Type, "AchievementCredential")
	switch {
	case !slices.Contains(c.Type, "VerifiableCredential") || !badge || !slices.Contains(c.Subject.Type, "AchievementSubject"):
		return nil, nil, fmt.Errorf("%w: it is of another type", errBadProof)
	case !strings.Contains(c.Issuer.ID, ":"):
		return nil, nil, fmt.Errorf("%w: it has no issuer", errBadProof)
	case c.ValidFrom.IsZero() || c.ValidFrom.After(at):
		return nil, nil, fmt.Errorf("%w: it is not good yet", errBadProof)
	case !c.Until.IsZero() && !at.Before(c.Until):
		return nil, nil, fmt.Errorf("%w: it is not good any more", errBadProof)
	}
	return c, keys[0], nil
}
