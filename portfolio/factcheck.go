package portfolio

import (
	"context"
	"slices"
)

// What is checked before a fact is recorded.

// No date of a person who can matter to a school lies outside these: a year
// that was mistyped must not quietly become custody since the Middle Ages.
const (
	firstYear Date = 1900_01_01
	lastYear  Date = 2200_01_01
)

// factKinds are the kinds a fact of a type can have; other types have none, or
// any.
var factKinds = map[FactType][]string{
	FactRelation: {RelationLegalParent, RelationCarer, RelationSupervisor, RelationCurator, RelationOfficer},
	FactDuty:     {DutyTeacher, DutyMentor, DutyCare, DutyManagement, DutyEmergency},
	FactOrder:    {OrderNoInformation, OrderNoContact, OrderInform, OrderSecretAddress},
	FactYes:      {ToClassGuardians, ToSchool},
}

// hasParty are the types that name somebody, or for an enrolment a class,
// besides the student.
var hasParty = []FactType{FactCustody, FactRelation, FactDuty, FactEnrolment, FactOrder, FactRefusal, FactShare, FactObjection}

func (l *Library) checkFact(ctx context.Context, school string, f *Fact) error {
	if want, ok := factKinds[f.Type]; ok && !slices.Contains(want, f.Kind) {
		return E(Invalid, "error.choice", "Field", "kind")
	}
	for _, d := range []Date{f.From, f.Until, f.Verified, f.Review} {
		if d != 0 && (d < firstYear || d > lastYear) {
			return E(Invalid, "error.date", "Date", d.String())
		}
	}
	if f.Until != 0 && f.Until <= f.From {
		return E(Invalid, "error.period")
	}
	if err := limitText(f.Evidence, "evidence", 500); err != nil {
		return err
	}
	if err := l.checkAbout(ctx, school, f); err != nil {
		return err
	}
	if err := l.checkParty(ctx, school, f); err != nil {
		return err
	}
	return l.checkNew(ctx, school, f)
}

// checkAbout refuses a fact about nobody: it is about a student, or for a duty
// about a class, a student or the school.
func (l *Library) checkAbout(ctx context.Context, school string, f *Fact) error {
	switch f.Type {
	case FactDuty:
		if f.About == school {
			return nil
		}
		if _, err := load[Class](ctx, l, "class", school, f.About); !isKind(err, NotFound) {
			return err
		}
	case FactCustody, FactRelation, FactEnrolment, FactOrder, FactRefusal, FactShare, FactYes, FactNo, FactObjection:
	default:
		return E(Invalid, "error.choice", "Field", "type")
	}
	p, err := l.person(ctx, school, f.About)
	if err == nil && !p.Wears(HatStudent) {
		err = E(NotFound, "error.person")
	}
	return err
}

func (l *Library) checkParty(ctx context.Context, school string, f *Fact) error {
	switch {
	case f.Party == "" && slices.Contains(hasParty, f.Type):
		return E(Invalid, "error.empty", "Field", "person")
	case f.Party == "":
		return nil
	case f.Party == f.About:
		return E(Invalid, "error.self")
	case f.Type == FactEnrolment:
		_, err := load[Class](ctx, l, "class", school, f.Party)
		return err
	}
	_, err := l.person(ctx, school, f.Party)
	if isKind(err, NotFound) {
		err = E(NotFound, "error.person")
	}
	return err
}

// checkNew refuses to record the same thing twice, as two administrators at
// once would. Custody that was not verified may be recorded again, verified.
func (l *Library) checkNew(ctx context.Context, school string, f *Fact) error {
	if !slices.Contains([]FactType{FactCustody, FactRelation, FactDuty, FactEnrolment}, f.Type) {
		return nil
	}
	about, err := l.factsAbout(ctx, school, f.About)
	if err != nil {
		return err
	}
	for _, x := range about {
		same := x.Type == f.Type && x.Party == f.Party && x.Kind == f.Kind && x.Verified == f.Verified
		if same && x.From < heldUntil(f) && f.From < heldUntil(x) {
			return E(Exists, "error.fact_exists")
		}
	}
	return nil
}

// heldUntil is the first date on which a fact no longer holds.
func heldUntil(f *Fact) Date {
	if f.Until == 0 {
		return beyond
	}
	return f.Until
}
