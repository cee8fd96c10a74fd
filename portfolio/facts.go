package portfolio

// Student is what the rule knows of the student it protects.
type Student struct {
	ID           string `json:"id"`
	Birth        Birth  `json:"birth,omitzero"`
	Deceased     bool   `json:"deceased,omitempty"`
	Left         Date   `json:"left,omitzero"`          // the leaving date
	RetentionEnd Date   `json:"retention_end,omitzero"` // zero: leaving date + 2 years
}

// Kinds of people.
const (
	KindStudent  = "student"
	KindGuardian = "guardian"
	KindStaff    = "staff"
	KindOther    = "other"
	KindLink     = "link"
)

// Party is what the rule knows of anybody else.
type Party struct {
	Kind    string `json:"kind"`
	Blocked bool   `json:"blocked,omitempty"`
	School  bool   `json:"school,omitempty"` // has an account at the student's school
}

// Custody (gezag) is a dated fact about one holder. From is inclusive, Until
// exclusive; it is verified from Verified on.
type Custody struct {
	Holder   string `json:"holder"`
	From     Date   `json:"from,omitzero"`
	Until    Date   `json:"until,omitzero"`
	Verified Date   `json:"verified,omitzero"`
}

// Relation is what a person is to the student. Institution is set for an
// officer only: the holder of custody whom the officer acts for.
type Relation struct {
	Person      string `json:"person"`
	Kind        string `json:"kind"`
	Institution string `json:"institution,omitempty"`
	From        Date   `json:"from,omitzero"`
	Until       Date   `json:"until,omitzero"`
}

// Duty is staff working for this student.
type Duty struct {
	Person string `json:"person"`
	Kind   string `json:"kind"`
	From   Date   `json:"from,omitzero"`
	Until  Date   `json:"until,omitzero"`
}

// Order is a court order that names a person.
type Order struct {
	Person  string `json:"person"`
	Kind    string `json:"kind"`
	From    Date   `json:"from,omitzero"`
	Until   Date   `json:"until,omitzero"`
	Cleared bool   `json:"cleared,omitempty"` // a no_contact order under which contact data may not show, but work may
}

// Refusal is a person's reasoned decision that telling would harm the child.
type Refusal struct {
	Person string   `json:"person"`
	Kinds  []string `json:"kinds,omitempty"`
	Items  []string `json:"items,omitempty"`
	From   Date     `json:"from,omitzero"`
	Review Date     `json:"review,omitzero"`
	Until  Date     `json:"until,omitzero"`
}

// Restriction is a limit on what is done with items while something about them
// is in dispute (AVG 18), or an objection (AVG 21) is open. It names nobody.
type Restriction struct {
	Kinds []string `json:"kinds,omitempty"`
	Items []string `json:"items,omitempty"`
	From  Date     `json:"from,omitzero"`
	Until Date     `json:"until,omitzero"`
}

// Release is what staff decided on a request: the person sees, for a time, what
// that person has the right to request.
type Release struct {
	Person string   `json:"person"`
	Kinds  []string `json:"kinds,omitempty"`
	Items  []string `json:"items,omitempty"`
	From   Date     `json:"from,omitzero"`
	Until  Date     `json:"until,omitzero"`
}

// Share is a dated permission to one person or link.
type Share struct {
	ID    string   `json:"id"`
	By    string   `json:"by"`
	To    string   `json:"to"`
	Items []string `json:"items,omitempty"` // ids, or "*"
	Kinds []string `json:"kinds,omitempty"` // for "*"
	From  Date     `json:"from,omitzero"`
	Until Date     `json:"until,omitzero"`
}

// Facts is everything the rule may know besides the item and the instant. The
// JSON form is the case format of RULE.md.
type Facts struct {
	Student          Student          `json:"student"`
	People           map[string]Party `json:"people,omitempty"`
	Custody          []Custody        `json:"custody,omitempty"`
	Relations        []Relation       `json:"relations,omitempty"`
	Duties           []Duty           `json:"duties,omitempty"`
	Classmates       []string         `json:"classmates,omitempty"`
	ClassmateCustody []string         `json:"classmate_custody,omitempty"`
	Orders           []Order          `json:"orders,omitempty"`
	Refusals         []Refusal        `json:"refusals,omitempty"`
	Shares           []Share          `json:"shares,omitempty"`
	Restrictions     []Restriction    `json:"restrictions,omitempty"`
	Releases         []Release        `json:"releases,omitempty"`
	Yes              []string         `json:"yes,omitempty"`     // audiences the representative agreed to
	No               []string         `json:"no,omitempty"`      // audiences and shares the representative refused, or "*"
	Objects          []string         `json:"objects,omitempty"` // carers the student of 16 or 17 objects to

	// Again is the date from which these facts must be gathered anew, because
	// something in them was gathered for the days before it only. Zero: never.
	Again Date `json:"-"`
}

// Kinds of items.
const (
	ItemWork       = "work"
	ItemAssessment = "assessment"
	ItemRecord     = "record"
	ItemCare       = "care"
	ItemNote       = "note"
	ItemMessage    = "message"
	ItemContact    = "contact"
)

// Audiences a work can have. A work without any is private.
const (
	ToGuardians      = "guardians"
	ToStaff          = "staff"
	ToClass          = "class"
	ToClassGuardians = "class_guardians"
	ToSchool         = "school"
)

// Depicted is another child in a picture.
type Depicted struct {
	Student string `json:"student,omitempty"`
	Consent bool   `json:"consent,omitempty"`
}

// Item is the thing somebody wants to look at.
type Item struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind"`
	Author       string     `json:"author,omitempty"`
	Draft        bool       `json:"draft,omitempty"`
	Deleted      bool       `json:"deleted,omitempty"`
	Restricted   bool       `json:"restricted,omitempty"`
	Audience     []string   `json:"audience,omitempty"`
	Depicted     []Depicted `json:"depicted,omitempty"`
	Participants []string   `json:"participants,omitempty"`
}
