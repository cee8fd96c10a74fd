package portfolio

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// School is a tenant: every document carries its id, and nothing crosses from
// one to another except in a bundle.
type School struct {
	Head
	Name string `json:"name"`
	City string `json:"city,omitempty"`
	BRIN string `json:"brin,omitempty"` // the Dutch school number, "00YY00"

	// Kind is primary, secondary or other; "": the school has not said.
	Kind string `json:"kind,omitempty"`

	// Complaints says where the school's complaints body is, for who does not
	// agree with a decision; "": the sentence of the letter for every school.
	Complaints string `json:"complaints,omitempty"`
}

// Class is a group of students in one school year.
type Class struct {
	Head
	Name  string `json:"name"`  // "groep 7"
	Year  string `json:"year"`  // "2026/2027"
	Level string `json:"level"` // "groep 7", "klas 4 havo"
	From  Date   `json:"from"`
	Until Date   `json:"until"`
}

// Schools lists the schools of this installation, by name.
func (l *Library) Schools(ctx context.Context) ([]*School, error) {
	out, err := list[School](ctx, l, Query{School: Installation, Kind: "school"})
	if err != nil {
		return nil, err
	}
	for _, s := range out {
		s.School = s.ID
	}
	slices.SortFunc(out, func(a, b *School) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// SchoolByID finds a school. Error kind: NotFound.
func (l *Library) SchoolByID(ctx context.Context, id string) (*School, error) {
	return load[School](ctx, l, "school", Installation, id)
}

// Founded tells whether somebody can sign in to this installation: a school
// was founded, wholly.
func (l *Library) Founded(ctx context.Context) (bool, error) {
	some, err := l.store.List(ctx, Query{School: Installation, Kind: "account", Limit: 1})
	return len(some) > 0, err
}

// FoundSchool makes a school with its first administrator, who signs in with
// login and the hash of a password. It is the only act without an Actor: there
// is nobody yet. The account is written last, so that a crash leaves nothing
// anybody can sign in to; who then tries again takes the place of the school
// that was left behind. Error kinds: Invalid, Exists.
func (l *Library) FoundSchool(ctx context.Context, s School, admin Person, login, passwordHash string) (*School, *Person, error) {
	s.Name = strings.TrimSpace(s.Name)
	if err := needText(s.Name, "school", 200); err != nil {
		return nil, nil, err
	}
	if err := needText(admin.Name.Given, "name", 200); err != nil {
		return nil, nil, err
	}
	if err := checkLogin(login); err != nil {
		return nil, nil, err
	}
	s.City, s.BRIN = strings.TrimSpace(s.City), strings.ToUpper(strings.TrimSpace(s.BRIN))
	if err := limitText(s.City, "city", 200); err != nil {
		return nil, nil, err
	}
	if s.BRIN != "" && !brin.MatchString(s.BRIN) {
		return nil, nil, E(Invalid, "error.brin")
	}
	if s.Kind != "" && !slices.Contains(SchoolKinds, s.Kind) {
		return nil, nil, E(Invalid, "error.choice", "Field", "school_kind")
	}
	if err := l.putSchool(ctx, &s); err != nil {
		return nil, nil, err
	}
	admin.School = s.ID
	admin.Hats = append(admin.Hats, HatAdmin)
	if err := create(ctx, l, "person", &admin, nil); err != nil {
		return nil, nil, err
	}
	acc, err := l.newAccount(ctx, login, passwordHash, Wearer{s.ID, admin.ID})
	if err != nil {
		return nil, nil, err
	}
	if err := l.createAccount(ctx, acc, nil); err != nil {
		return nil, nil, err
	}
	return &s, &admin, nil
}

// SetComplaints says where the school's complaints body is; an empty text takes
// it away. The actor is an administrator. Error kinds: Forbidden, Invalid,
// Conflict.
func (l *Library) SetComplaints(ctx context.Context, a Actor, text string) error {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if err := limitText(text, "complaints", 500); err != nil {
		return err
	}
	s, err := l.SchoolByID(ctx, a.School)
	if err != nil {
		return err
	}
	s.School, s.Complaints = Installation, text
	return replace(ctx, l, "school", s, nil)
}

// SetSchoolKind says what kind of school it is, "" for not said. It decides
// what comes before a file goes to another school. The actor is an
// administrator. Error kinds: Forbidden, Invalid, Conflict.
func (l *Library) SetSchoolKind(ctx context.Context, a Actor, kind string) error {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return err
	}
	if kind != "" && !slices.Contains(SchoolKinds, kind) {
		return E(Invalid, "error.choice", "Field", "school_kind")
	}
	s, err := l.SchoolByID(ctx, a.School)
	if err != nil {
		return err
	}
	s.School, s.Kind = Installation, kind
	return replace(ctx, l, "school", s, nil)
}

// brin is the shape of a school number, with or without the two digits of a
// location.
var brin = regexp.MustCompile(`^[0-9]{2}[A-Z]{2}([0-9]{2})?$`)

// putSchool stores a new school, over what a founding that broke off left.
func (l *Library) putSchool(ctx context.Context, s *School) error {
	founded, err := l.Founded(ctx)
	if err != nil {
		return err
	}
	left, err := l.Schools(ctx)
	if err != nil {
		return err
	}
	if !founded && len(left) > 0 {
		s.Head = left[0].Head
		s.School = Installation
		return replace(ctx, l, "school", s, nil)
	}
	s.School = Installation
	return create(ctx, l, "school", s, nil)
}

// Operator is whoever runs commands on the school's own machine: with the data
// folder in hand they act for the first administrator. school is "" where the
// installation has one school. Error kinds: NotFound, Invalid (several
// schools).
func (l *Library) Operator(ctx context.Context, school string) (Actor, error) {
	if school == "" {
		all, err := l.Schools(ctx)
		switch {
		case err != nil:
			return Actor{}, err
		case len(all) == 0:
			return Actor{}, E(NotFound, "error.not_found")
		case len(all) > 1:
			return Actor{}, E(Invalid, "error.choice", "Field", "school")
		}
		school = all[0].ID
	}
	people, err := l.people(ctx, school)
	if err != nil {
		return Actor{}, err
	}
	for _, p := range people {
		if p.Wears(HatAdmin) && !p.Blocked {
			return Actor{School: school, Person: p.ID, Hat: HatAdmin, Address: "command line"}, nil
		}
	}
	return Actor{}, E(NotFound, "error.not_found")
}

// AddClass makes a class; one with this name in this school year is there once
// only. The actor is an administrator. Error kinds: Forbidden, Invalid, Exists.
func (l *Library) AddClass(ctx context.Context, a Actor, c Class) (*Class, error) {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return nil, err
	}
	if err := needText(c.Name, "class", 100); err != nil {
		return nil, err
	}
	if c.From == 0 || c.Until <= c.From {
		return nil, E(Invalid, "error.period")
	}
	if c.From < firstYear || c.Until > lastYear {
		return nil, E(Invalid, "error.date", "Date", c.From.String())
	}
	c.Name, c.Level, c.Year = strings.TrimSpace(c.Name), strings.TrimSpace(c.Level), strings.TrimSpace(c.Year)
	if err := limitText(c.Level, "level", 100); err != nil {
		return nil, err
	}
	c.Head = Head{School: a.School, ID: c.ID}
	if c.ID == "" {
		// The name makes the id, so that two administrators at once make one class.
		c.ID = DeriveID("class", a.School, strings.ToLower(c.Name), c.From.String())
	}
	if err := create(ctx, l, "class", &c, nil); isKind(err, Exists) {
		return nil, E(Exists, "error.class_exists", "Name", c.Name)
	} else if err != nil {
		return nil, err
	}
	return &c, nil
}

// Classes lists the school's classes by name. Everybody with an account at the
// school may know their names.
func (l *Library) Classes(ctx context.Context, a Actor) ([]*Class, error) {
	out, err := list[Class](ctx, l, Query{School: a.School, Kind: "class"})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(x, y *Class) int { return cmp.Compare(x.Name, y.Name) })
	return out, nil
}

// needText refuses an empty or over-long text, or one that is not text at all.
// field is a key of the catalogue under "field.".
func needText(s, field string, max int) error {
	if strings.TrimSpace(s) == "" {
		return E(Invalid, "error.empty", "Field", field)
	}
	return limitText(s, field, max)
}

func limitText(s, field string, max int) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return E(Invalid, "error.text", "Field", field)
	}
	if n := utf8.RuneCountInString(s); n > max {
		return E(Invalid, "error.too_long", "Field", field, "Max", max, "Count", n)
	}
	return nil
}
