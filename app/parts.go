package app

import (
	"cmp"
	"slices"

	"kaft/portfolio"
)

// The parts of a page: one struct for each file in templates/parts. Texts are
// in the page's language already, unless the field says that it is a key.

// Badge is not a struct: the part takes a preset, {{template "badge" "class"}}.
//
// A preset is a choice of who may see a work, as the screen offers it: me,
// teacher, parents, class, school. Other stands for an audience that is none of
// these five; it can come in by the API or with a bundle.
type Preset string

// The presets, narrowest first.
const (
	PresetMe      Preset = "me"
	PresetTeacher Preset = "teacher"
	PresetParents Preset = "parents"
	PresetClass   Preset = "class"
	PresetSchool  Preset = "school"
	PresetOther   Preset = "other"
)

// Presets are those a person can choose.
var Presets = []Preset{PresetMe, PresetTeacher, PresetParents, PresetClass, PresetSchool}

var presetAudience = map[Preset][]string{
	PresetMe:      {},
	PresetTeacher: {portfolio.ToStaff},
	PresetParents: {portfolio.ToStaff, portfolio.ToGuardians},
	PresetClass:   {portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass},
	PresetSchool:  {portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass, portfolio.ToSchool},
}

var presetIcon = map[Preset]string{
	PresetMe: "lock", PresetTeacher: "person", PresetParents: "people",
	PresetClass: "group", PresetSchool: "school", PresetOther: "eye",
}

// AudienceOf is the audience of a preset, and with it, when classGuardians is
// true and the class may look too, the parents of the class. Error kind:
// Invalid, for a preset that cannot be chosen.
func AudienceOf(p Preset, classGuardians bool) ([]string, error) {
	audience, ok := presetAudience[p]
	if !ok {
		return nil, portfolio.E(portfolio.Invalid, "error.choice", "Field", "audience")
	}
	audience = slices.Clone(audience)
	if classGuardians && slices.Contains(audience, portfolio.ToClass) {
		audience = append(audience, portfolio.ToClassGuardians)
	}
	return audience, nil
}

// PresetOf is the preset that an audience shows as, and whether the parents of
// the class are in it.
func PresetOf(audience []string) (p Preset, classGuardians bool) {
	rest := slices.DeleteFunc(slices.Clone(audience), func(a string) bool { return a == portfolio.ToClassGuardians })
	classGuardians = len(rest) < len(audience)
	slices.Sort(rest)
	for _, p := range Presets {
		want := slices.Sorted(slices.Values(presetAudience[p]))
		if slices.Equal(rest, want) && (!classGuardians || slices.Contains(want, portfolio.ToClass)) {
			return p, classGuardians
		}
	}
	return PresetOther, classGuardians
}

// AudienceChoice asks "Who can see this?": radios named audience with a preset
// as value, and a box class_guardians.
type AudienceChoice struct {
	Chosen         Preset // "" is PresetMe
	ClassGuardians bool
	Error          string
}

// Options are the presets as choices.
func (a AudienceChoice) Options() []Option {
	var out []Option
	for _, p := range Presets {
		out = append(out, Option{Value: string(p), Badge: p, Chosen: p == a.Chosen || a.Chosen == "" && p == PresetMe})
	}
	return out
}

// Option is one of several in a Choice or a Field.
type Option struct {
	Value, Text, Hint string
	Icon              string
	Badge             Preset // shown in the place of Text
	Chosen            bool
}

// Choice is a list of radios.
type Choice struct {
	Name, ID, Legend, Hint, Error string
	Options                       []Option
}

// HTMLID is the id of the group; those of the radios begin with it.
func (c Choice) HTMLID() string { return cmp.Or(c.ID, c.Name) }

// Field is a label with its input, select or textarea.
type Field struct {
	Name, ID, Label, Hint, Error, Value string
	Type                                string // of the input; or "textarea", or "select" with Options
	Options                             []Option
	Autocomplete, InputMode, Accept     string
	Short, Required                     bool
}

// HTMLID is the id of the input.
func (f Field) HTMLID() string { return cmp.Or(f.ID, f.Name) }

// InputType is the type of the input.
func (f Field) InputType() string { return cmp.Or(f.Type, "text") }

// DescribedBy names the hint and the error for who cannot see where they are.
func (f Field) DescribedBy() string { return describedBy(f.HTMLID(), f.Hint, f.Error) }

// DescribedBy names the hint and the error of the group.
func (c Choice) DescribedBy() string { return describedBy(c.HTMLID(), c.Hint, c.Error) }

// Problem is a line of the summary above a form: {{template "problems" .Problems}}.
type Problem struct {
	Field string // the id of the field it is about, or ""
	Text  string
}

// Tile is a work in a gallery.
type Tile struct {
	Path, Title, When string
	Thumb, Alt        string // a picture; else Excerpt, else Icon
	Excerpt, Icon     string
	Mark, MarkIcon    string // in the corner: "1:20" with "play"
	Badge             Preset
	Tag               string // "concept"
}

// Note is a message in the page.
type Note struct {
	Kind       string // "", "ok", "warn", "danger"
	Title      string
	Text       string
	Path, Link string
}

// Icon is the picture of its kind, so that colour is not all there is.
func (n Note) Icon() string {
	return map[string]string{"": "info", "ok": "check", "warn": "warn", "danger": "danger"}[n.Kind]
}

// Empty is a place with nothing in it yet, and what to do about it.
type Empty struct {
	Icon, Title, Text string
	Path, Link        string
}

// Progress is how far something is: of a bar, and of the steps of a job.
type Progress struct {
	ID, Label, Detail string
	Value, Max        int64 // Max 0: not known yet
	Steps             []Step
}

// Step is one step of a job; State is wait, busy, paused, done or failed.
type Step struct {
	Text, State string
}

// Level is the choice of a rubric level, 1 to 4, with radios.
type Level struct {
	Name, ID, Legend, Error string
	Value                   int  // 0: none chosen
	Words                   bool // show the words under the numbers
}

// HTMLID is the id of the group.
func (l Level) HTMLID() string { return cmp.Or(l.ID, l.Name) }

// Levels are the four.
func (l Level) Levels() []int { return []int{1, 2, 3, 4} }

// Moment is a row of the timeline.
type Moment struct {
	When, Title, Path string
	Text, Detail      string
	New               int // of what is in it, that was not read
	Level             int
	Badge             Preset
}

// Label is the double-ruled label with a name.
type Label struct {
	Name, Detail string
}

// Toast tells what just happened. Undo is a path that POST undoes it.
type Toast struct {
	Text       string
	Path, Link string
	Undo       string
}

// Upload asks for files. Path is the door of the uploads in pieces.
type Upload struct {
	ID, Label, Hint, Accept, Error string
	Path                           string
	Start                          string // where an upload begins, if not at Path
	Limit                          int64  // bytes for one file
	Capture                        bool   // offer the camera first
	Voice                          bool   // offer to record a voice
}

// DescribedBy names the hint, which always tells the limit, and the error.
func (u Upload) DescribedBy() string { return describedBy(u.ID, "the limit", u.Error) }

// Bubble is one message of a conversation.
type Bubble struct {
	ID, Who, When string
	Text          string  // words alone
	Pieces        []Piece // or words with more than that
	Quote         *Quote
	Files         []Attachment
	Note          string // that it was changed or taken back
	Urgent        bool
	Mine, Waiting bool   // waiting: not acknowledged yet
	Answer, Edit  string // paths, or ""
}

// Quote is what a message answers.
type Quote struct {
	Path, Who, Text string
}

// Attachment is a file of a message. A photo has a thumbnail.
type Attachment struct {
	Path, Thumb, Name string
	Size              int64
	Sound             bool
}

// Piece is a piece of a message: words, or an element with what is in it.
type Piece struct {
	El, Text, Href string
	In             []Piece
}

func describedBy(id, hint, problem string) string {
	switch {
	case hint != "" && problem != "":
		return id + "-error " + id + "-hint"
	case problem != "":
		return id + "-error"
	case hint != "":
		return id + "-hint"
	}
	return ""
}
