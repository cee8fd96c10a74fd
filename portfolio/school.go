package portfolio

import (
	"cmp"
	"context"
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

// FoundSchool makes a school with its first administrator, who signs in with
// login and the hash of a password. It is the only act without an Actor: there
// is nobody yet. The account is written last, so that a crash leaves nothing
// anybody can sign in to. Error kinds: Invalid, Exists.
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
	s.School = Installation
	if err := create(ctx, l, "school", &s, nil); err != nil {
		return nil, nil, err
	}
	admin.School = s.ID
	admin.Hats = append(admin.Hats, HatAdmin)
	if err := create(ctx, l, "person", &admin, nil); err != nil {
		return nil, nil, err
	}
	if err := l.createAccount(ctx, login, passwordHash, Wearer{s.ID, admin.ID}); err != nil {
		return nil, nil, err
	}
	return &s, &admin, nil
}

// AddClass makes a class. The actor is an administrator. Error kinds:
// Forbidden, Invalid.
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
	c.Head = Head{School: a.School, ID: c.ID}
	return &c, create(ctx, l, "class", &c, nil)
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
