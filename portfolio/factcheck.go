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

// needEvidence refuses a fact about a family of which nobody can tell
// afterwards on what it rests.
func needEvidence(t FactType, evidence string) error {
	if slices.Contains([]FactType{FactDuty, FactEnrolment, FactLeaving}, t) {
		return limitText(evidence, "evidence", 500)
	}
	return needText(evidence, "evidence", 500)
}

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
	if f.Type == FactLeaving && f.Until != 0 { // coming back is recorded when somebody does
		return E(Invalid, "error.choice", "Field", "until")
	}
	if err := needEvidence(f.Type, f.Evidence); err != nil {
		return err
	}
	if !f.seenBy(DateOf(l.now())) {
		return E(Invalid, "error.future")
	}
	if err := limitText(f.Reason, "reason", 2000); err != nil {
		return err
	}
	if err := f.checkKinds(); err != nil {
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
	case FactCustody, FactRelation, FactEnrolment, FactOrder, FactRefusal, FactShare, FactYes, FactNo, FactObjection, FactRestriction, FactLeaving:
	default:
		return E(Invalid, "error.choice", "Field", "type")
	}
	p, err := l.person(ctx, school, f.About)
	if err != nil {
		return err
	}
	if !p.Wears(HatStudent) {
		return E(NotFound, "error.person")
	}
	if f.Type == FactCustody && overAtMajority(p.Birth, f, DateOf(l.now())) {
		return E(Invalid, "error.custody_adult", "Name", p.Name.Short())
	}
	return nil
}

// checkKinds refuses a refusal, restriction or share of nothing, and of a kind
// there is not.
func (f *Fact) checkKinds() error {
	for _, k := range f.Kinds {
		if !slices.Contains(itemKinds, k) {
			return E(Invalid, "error.choice", "Field", "kinds")
		}
	}
	switch f.Type {
	case FactRefusal, FactRestriction, FactShare:
		if len(f.Kinds) == 0 && len(f.Items) == 0 {
			return E(Invalid, "error.empty", "Field", "kinds")
		}
	}
	if !f.reviewed() {
		return E(Invalid, "error.review")
	}
	return nil
}

func (l *Library) checkParty(ctx context.Context, school string, f *Fact) error {
	switch {
	case f.Party == "" && slices.Contains(hasParty, f.Type):
		return E(Invalid, "error.empty", "Field", "person")
	case f.Party == "":
		return nil
	case f.Party == f.About || f.By == f.Party && f.By != "":
		return E(Invalid, "error.self")
	case f.Type == FactEnrolment:
		_, err := load[Class](ctx, l, "class", school, f.Party)
		return err
	}
	_, err := l.person(ctx, school, f.Party)
	if err == nil && f.Type == FactShare {
		_, err = l.person(ctx, school, f.By)
	}
	if isKind(err, NotFound) {
		err = E(NotFound, "error.person")
	}
	return err
}

// checkNew refuses to record what holds already in a part of the period.
func (l *Library) checkNew(ctx context.Context, school string, f *Fact) error {
	if !slices.Contains([]FactType{FactCustody, FactRelation, FactDuty, FactEnrolment, FactOrder, FactLeaving}, f.Type) {
		return nil
	}
	about, err := l.recordedAbout(ctx, school, f.About)
	if err != nil {
		return err
	}
	for _, x := range about {
		if f.Type == FactEnrolment && x.awayFrom(f.From) {
			return E(Invalid, "error.has_left", "Date", x.From)
		}
		if f.Type == FactLeaving && x.Type == f.Type && x.standing() && heldUntil(x) > f.From {
			return E(Exists, "error.leaving_exists", "Date", x.From)
		}
		same := x.Type == f.Type && x.Party == f.Party && x.Kind == f.Kind && !x.Declined && !x.neverHeld()
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
