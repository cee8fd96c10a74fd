package export

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"kaft/portfolio"
)

// judged is what the credential of an assessment proves.
type judged struct {
	proof    *portfolio.Proof // nil: nothing
	assessor string           // the name of who assessed it, as it was signed
	altered  error            // the assessment, its student or its work is not what was signed
}

// skew is how much the clocks of two schools may differ.
const skew = 24 * time.Hour

// bound is what an assessment can be of: what a work holds, by digest.
type bound struct {
	updated time.Time
	text    string // hex SHA-256, "" without a text
	files   []string
}

func boundOf(it *Item) bound {
	b := bound{updated: it.UpdatedAt, files: it.Files}
	if it.Text != nil && it.Text.Value != "" {
		b.text = hexSum([]byte(it.Text.Value))
	}
	return b
}

// same tells whether two hold the same.
func (b bound) same(other bound) bool {
	return b.text == other.text && slices.Equal(b.files, other.files)
}

// judge checks the credential of every assessment: whose key it is, and whether
// that is known, is for whoever asks.
func (v *Verified) judge(ctx context.Context, works map[string]bound) error {
	v.judged = map[string]judged{}
	return v.each(ctx, true, func(e element) error {
		if e.member != "assessments" {
			return nil
		}
		var s Assessment
		if err := json.Unmarshal(e.raw, &s); err != nil {
			return err
		}
		v.judged[s.ID] = v.judgeOne(&s, works)
		return ctx.Err()
	})
}

func (v *Verified) judgeOne(s *Assessment, works map[string]bound) judged {
	raw, ok := v.credential(s)
	if !ok {
		return judged{}
	}
	c, key, err := readCredential(raw, proofChecker{didKey, v.contexts}, v.From.MadeAt.Add(skew))
	if errors.Is(err, errNoProof) {
		return judged{}
	}
	if err == nil && c.Issuer.ID != didOf(key) {
		err = errors.New("its issuer is not who signed it")
	}
	if err == nil {
		err = v.says(c, s)
	}
	changed := false
	if err == nil {
		changed, err = isOf(c, s, works)
	}
	if err != nil {
		return judged{altered: err}
	}
	out := judged{proof: &portfolio.Proof{Key: key, Name: cut(c.Issuer.Name, 200), Changed: changed}}
	if c.Subject.Source != nil {
		out.assessor = cut(c.Subject.Source.Name, 200)
	}
	return out
}

// credential reads an assessment's credential as it came. One that is not there
// proves nothing, and harms nothing.
func (v *Verified) credential(s *Assessment) ([]byte, bool) {
	if s.Credential == "" {
		return nil, false
	}
	if _, ok := v.Bundle.files["data/"+s.Credential]; !ok {
		return nil, false
	}
	raw, err := v.readSmall("data/"+s.Credential, maxCredential)
	return raw, err == nil
}

// says compares what a credential says with the assessment in the document.
func (v *Verified) says(c *credential, s *Assessment) error {
	goal, remark := wordAssessment, ""
	if s.Rubric != nil {
		goal = s.Rubric.Title
	}
	if s.Feedback != nil {
		remark = s.Feedback.Value
	}
	switch {
	case c.ID != s.ID:
		return errors.New("it is of another assessment")
	case c.Subject.ID != v.self:
		return errors.New("it is of another student")
	case c.Subject.Achievement.Name != goal:
		return errors.New("its goal is another")
	case c.Subject.Narrative != remark:
		return errors.New("its remark is another")
	case !sameResult(c, s.Result):
		return errors.New("its level is another")
	case s.On != portfolio.DateOf(c.ValidFrom).String() || !s.PublishedAt.IsZero() && !s.PublishedAt.Truncate(time.Second).Equal(c.ValidFrom.Truncate(time.Second)):
		return errors.New("its day is another")
	case c.Subject.Source != nil && c.Subject.Source.ID != s.Assessor:
		return errors.New("its assessor is another")
	}
	return nil
}

func sameResult(c *credential, r *Result) bool {
	if r == nil || len(c.Subject.Result) != 1 {
		return r == nil && len(c.Subject.Result) == 0
	}
	got, level := c.Subject.Result[0], ""
	for _, d := range c.Subject.Achievement.Results {
		for _, l := range d.Levels {
			if d.ID == got.Of && l.ID == got.Level {
				level = l.Name
			}
		}
	}
	if cmp.Or(level, got.Value) != r.Level {
		return false
	}
	if r.Scale == scale {
		i := slices.Index(steps, r.Level)
		return got.Of == scale && i >= 0 && (r.Score == nil || *r.Score == float64(i+1))
	}
	return r.Score == nil || got.Value == strconv.FormatFloat(*r.Score, 'f', -1, 64)
}

// isOf tells whether a credential is of the work the assessment is about: it
// names that work, and what it was bound to is what the work holds. When the
// work was changed since, it holds something else, and that is said.
func isOf(c *credential, s *Assessment, works map[string]bound) (changed bool, err error) {
	for _, l := range s.About {
		named := slices.ContainsFunc(c.Evidence, func(e evidence) bool { return e.ID == l.ID })
		if !named {
			return false, errors.New("it is of another work")
		}
		work := works[l.ID]
		want := map[string]string{}
		if work.text != "" {
			want[l.ID] = sri(work.text)
		}
		for _, f := range work.files {
			want[f] = sri(f[len("sha256:"):])
		}
		got := map[string]string{}
		for _, r := range c.Related {
			got[r.ID] = r.Digest
		}
		if len(c.Related) == 0 || maps.Equal(got, want) {
			continue
		}
		if !work.updated.After(c.ValidFrom) {
			return false, errors.New("it is of other files")
		}
		changed = true
	}
	return changed, nil
}

// AssessmentProof is what was found of the credential of one assessment.
type AssessmentProof struct {
	ID      string           // of the assessment
	Proof   *portfolio.Proof // nil: nothing proves it
	Altered error            // why it is not what was signed
}

// Proofs tells of every assessment in the bundle what proves it, by id.
func (v *Verified) Proofs() (out []AssessmentProof) {
	for _, id := range sortedKeys(v.judged) {
		out = append(out, AssessmentProof{bare(id), v.judged[id].proof, v.judged[id].altered})
	}
	return out
}

// WithContexts has proofs checked that need JSON-LD contexts (eddsa-rdfc-2022).
// Those are in files, as wget -x stores them: www.w3.org/ns/credentials/v2.
// Nothing is fetched.
func (b *Bundle) WithContexts(files fs.FS) *Bundle {
	b.contexts = files
	return b
}
