package portfolio

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Emergency access (break-glass): a member of staff opens the file of a student
// for whom he or she has no duty, or a smaller one, because somebody must act
// now. It never fails in a real emergency, so it asks nobody; what keeps it from
// being abused is that it cannot be done unseen or idly:
//
//   - The reason comes first and stands in the fact for ever.
//   - The FG, the student and the family are told before anything opens, and
//     the line of the log is owed before anything opens (owed.go).
//   - It counts on the civil date it began only (RULE.md 7), and no longer than
//     until who opened it ends it (emergencyend.go).
//   - There is no list to browse. Who does not work for a student must know whom
//     it is about: the whole name, or the family name with the date of birth,
//     written in full. Part of a name finds nobody, and two students of one name
//     are not shown to choose from: the date of birth is asked for. So looking
//     for somebody teaches nothing that was not known, but that the student is
//     at this school.
//   - Many in a day are not refused; each notice to the FG says how many the
//     person opened in the last 24 hours.

// MinEmergencyReason is the shortest reason, in characters.
const MinEmergencyReason = 20

// emergencyWindow is what the FG's notice counts over.
const emergencyWindow = 24 * time.Hour

// MayEmergency tells whether the actor may open the file of a student in an
// emergency, and gives the student. The name is for showing only to an actor
// whose standing says that it is known already. Error kind: NotFound,
// also for who is family.
func (l *Library) MayEmergency(ctx context.Context, a Actor, student string) (*Person, Standing, error) {
	f, p, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, Stranger, err
	}
	if !May(a, ActEmergency, f, l.now()) {
		return nil, Stranger, E(NotFound, "error.not_found")
	}
	return p, Stand(a.Person, f, l.now()), nil
}

// MaySearchInEmergency tells whether the actor may look for a student in an
// emergency. Error kind: Forbidden.
func (l *Library) MaySearchInEmergency(ctx context.Context, a Actor) error {
	return l.may(ctx, a, ActEmergency)
}

// FindInEmergency finds the one student whom somebody described: by the whole
// name, by family name and date of birth, or by both. Without a reason nobody
// is looked for. Error kinds: Forbidden; Invalid, also for nobody and for more
// than one.
func (l *Library) FindInEmergency(ctx context.Context, a Actor, name string, birth Date, reason string) (string, error) {
	if err := l.may(ctx, a, ActEmergency); err != nil {
		return "", err
	}
	if _, err := emergencyReason(reason); err != nil {
		return "", err
	}
	if err := needText(name, "name", 200); err != nil {
		return "", err
	}
	all, err := l.people(ctx, a.School)
	if err != nil {
		return "", err
	}
	var found []string
	for _, p := range all {
		if !p.Wears(HatStudent) || !p.described(name, birth) {
			continue
		}
		_, _, err := l.MayEmergency(ctx, a, p.ID)
		switch {
		case err == nil:
			found = append(found, p.ID)
		case !isKind(err, NotFound):
			return "", err
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1 && birth == 0:
		return "", E(Invalid, "error.emergency_several", "Field", "birth")
	}
	return "", E(Invalid, "error.emergency_nobody", "Field", "name")
}

// described tells whether a description is of this student. Capitals and spaces
// do not matter; anything else does.
func (p *Person) described(name string, birth Date) bool {
	n := p.Name
	whole := []string{n.Full(), n.Given + " " + n.Prefix + " " + n.Family}
	if birth == 0 {
		return slices.ContainsFunc(whole, func(x string) bool { return sameName(x, name) })
	}
	if born := (Birth{birth, birth}); p.Birth != born || n.Family == "" {
		return false
	}
	whole = append(whole, n.Family, n.Prefix+" "+n.Family)
	return slices.ContainsFunc(whole, func(x string) bool { return sameName(x, name) })
}

func sameName(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// OpenInEmergency gives the actor emergency access to a student until midnight.
// Once a day is enough: asked again, it gives what there is. Those who must know
// are told first; should it stop half-way they know too much rather than too
// little. Error kinds: NotFound; Invalid, for a reason that is too short.
func (l *Library) OpenInEmergency(ctx context.Context, a Actor, student, reason string) (*Fact, error) {
	p, _, err := l.MayEmergency(ctx, a, student)
	if err != nil {
		return nil, err
	}
	if reason, err = emergencyReason(reason); err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	before, err := l.emergenciesOf(ctx, a)
	if err != nil {
		return nil, err
	}
	ended := 0 // of this student today, which were all ended
	for _, f := range before {
		if f.About != student || f.From != today {
			continue
		}
		if f.inForce(today) {
			return f, nil
		}
		ended++
	}
	f := Fact{Head: Head{School: a.School, ID: DeriveID("emergency", a.School, student, a.Person, today.String(), strconv.Itoa(ended))},
		Type: FactDuty, Kind: DutyEmergency, About: student, Party: a.Person, From: today, Until: today.AddDays(1), Reason: reason}
	if err := l.checkFact(ctx, a.School, &f); err != nil {
		return nil, err
	}
	if err := l.tellEmergency(ctx, a, p, &f); err != nil {
		return nil, err
	}
	made, err := l.record(ctx, a, f)
	if isKind(err, Exists) { // the button was pressed twice
		return l.fact(ctx, a.School, f.ID)
	}
	return made, err
}

// emergencyReason refuses a reason that says nothing; spaces do not count.
func emergencyReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(strings.Join(strings.Fields(reason), " ")) < MinEmergencyReason {
		return "", E(Invalid, "error.emergency_reason", "Field", "reason", "Min", MinEmergencyReason)
	}
	return reason, limitText(reason, "reason", 2000)
}

// tellEmergency tells the FG, the student, and who is told about the student.
func (l *Library) tellEmergency(ctx context.Context, a Actor, p *Person, f *Fact) error {
	before, err := l.emergenciesOf(ctx, a)
	if err != nil {
		return err
	}
	n := Notice{What: "emergency_fg", Student: p.ID, Item: f.ID, Party: a.Person, On: f.From, Count: 1, Said: f.Reason}
	for _, x := range before {
		if l.now().Sub(x.RecordedAt) < emergencyWindow {
			n.Count++
		}
	}
	if err := l.notifyFG(ctx, a.School, n); err != nil {
		return err
	}
	n.What, n.Count, n.Said = "emergency", 0, ""
	return l.notifyFamily(ctx, a.School, p.ID, n, l.now())
}
