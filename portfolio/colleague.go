package portfolio

import (
	"context"
	"errors"
	"slices"
)

// Two people agree before somebody works for the school. The hats of staff, of
// an administrator and of the privacy officer that an administrator gives are
// asked for; they count once an administrator or privacy officer whose own hat
// counts, and who is neither the one who asked nor the one it is for, has
// agreed. So nobody can be two by making a second account: everybody who
// records, confirms or reads a log was let in by two, back to the founding. A
// hat is asked for again when a person gets an account, for then it matters who
// made that.
//
// A school begins with one administrator, who can do all but give. The second
// is let in by whoever runs Kaft for the school (Vouch): nobody else is there.

// byTwo tells the hats that wait from those that do not.
func byTwo(all []string) (at, once []string) {
	for _, h := range all {
		if hats[h].byTwo {
			at = append(at, h)
		} else {
			once = append(once, h)
		}
	}
	return at, once
}

// Colleague is somebody whose hats wait.
type Colleague struct {
	*Person
	AskedName string
	Own       bool // the actor asked for them, or it is the actor: somebody else must look
}

// Colleagues lists whose hats wait, by name; nobody to who may not agree.
func (l *Library) Colleagues(ctx context.Context, a Actor) ([]*Colleague, error) {
	if err := l.may(ctx, a, ActAgree); isKind(err, Forbidden) || isKind(err, NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	people, err := l.people(ctx, a.School)
	if err != nil {
		return nil, err
	}
	var out []*Colleague
	for _, p := range people {
		if len(p.Asked) == 0 {
			continue
		}
		name, err := l.nameOf(ctx, a.School, p.AskedBy, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, &Colleague{p, name, p.AskedBy == a.Person || p.ID == a.Person})
	}
	return out, nil
}

// Agree lets somebody have the hats that were asked for. The actor is an
// administrator or privacy officer; never who asked, nor whose hats they are.
// Error kinds: NotFound, Forbidden; Conflict when it was decided.
func (l *Library) Agree(ctx context.Context, a Actor, person string) (*Person, error) {
	p, err := l.hatsAsked(ctx, a, person)
	if err != nil {
		return nil, err
	}
	return p, l.agree(ctx, a, p)
}

// agree gives the hats.
func (l *Library) agree(ctx context.Context, a Actor, p *Person) error {
	p.Hats, p.Asked, p.AskedBy = append(p.Hats, p.Asked...), nil, ""
	return l.putPerson(ctx, a, p, "agree")
}

// Disagree refuses the hats that were asked for, and tells who asked why. Error
// kinds as for Agree; Invalid without a reason.
func (l *Library) Disagree(ctx context.Context, a Actor, person, reason string) (*Person, error) {
	p, err := l.hatsAsked(ctx, a, person)
	if err != nil {
		return nil, err
	}
	if err := needText(reason, "reason", 500); err != nil {
		return nil, err
	}
	asker := p.AskedBy
	p.Asked, p.AskedBy = nil, ""
	if err := l.putPerson(ctx, a, p, "disagree"); err != nil {
		return nil, err
	}
	return p, l.notify(ctx, a.School, Notice{Person: asker, Hat: HatAdmin, What: "colleague_declined", Party: a.Person, Item: p.ID, Said: reason, On: DateOf(l.now())})
}

// hatsAsked finds somebody whose hats the actor may say yes or no to.
func (l *Library) hatsAsked(ctx context.Context, a Actor, person string) (*Person, error) {
	if err := l.may(ctx, a, ActAgree); err != nil {
		return nil, err
	}
	p, err := l.person(ctx, a.School, person)
	switch {
	case err != nil:
		return nil, err
	case len(p.Asked) == 0:
		return nil, E(Conflict, "error.fact_decided")
	case p.AskedBy == a.Person:
		return nil, E(Forbidden, "error.confirm_own")
	case p.ID == a.Person:
		return nil, E(Forbidden, "error.confirm_self")
	}
	return p, nil
}

// Vouch is the yes of whoever runs Kaft for the school, and has the data folder
// in hand. It is how a school's second administrator gets in, and like
// FoundSchool it needs no actor. Error kinds: NotFound; Conflict when nothing
// waits.
func (l *Library) Vouch(ctx context.Context, school, person string) (*Person, error) {
	operator, err := l.Operator(ctx, school)
	if err != nil {
		return nil, err
	}
	p, err := l.person(ctx, operator.School, person)
	if err == nil && len(p.Asked) == 0 {
		err = E(Conflict, "error.fact_decided")
	}
	if err != nil {
		return nil, err
	}
	return p, l.agree(ctx, operator, p)
}

// VouchFor vouches for who signs in with a login, at every school. Error kinds
// as for Vouch.
func (l *Library) VouchFor(ctx context.Context, login string) (agreed []*Person, err error) {
	id, err := l.keyed(ctx, "login", normalLogin(login))
	if err != nil {
		return nil, err
	}
	acc, err := l.accountNamed(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, w := range acc.Wears {
		p, err := l.Vouch(ctx, w.School, w.Person)
		if err != nil {
			return agreed, err
		}
		agreed = append(agreed, p)
	}
	return agreed, nil
}

// askAgain takes the hats that two people give from somebody who gets an
// account, until a second agrees with who signs in with it.
func (l *Library) askAgain(ctx context.Context, a Actor, p *Person) error {
	wait, once := byTwo(append(p.Hats, p.Asked...))
	if len(wait) == 0 {
		return nil
	}
	p.Hats, p.Asked, p.AskedBy = once, wait, a.Person
	if err := replace(ctx, l, "person", p, nil); err != nil {
		return err
	}
	l.hatsChanged(p)
	return l.tellOfColleague(ctx, p)
}

// putPerson stores hats that somebody decided on, with the line that says who.
func (l *Library) putPerson(ctx context.Context, a Actor, p *Person, act string) error {
	return replaceLogged(ctx, l, "person", p, nil, lineOf(a, p.ID, Line{Act: act}), func() { l.hatsChanged(p) })
}

// hatsChanged has the pages that show somebody's hats told.
func (l *Library) hatsChanged(p *Person) {
	l.Changed(Change{School: p.School, What: "person", ID: p.ID, Persons: []string{p.ID}})
}

// tellOfColleague tells those who may agree that somebody's hats wait, and the
// privacy officer of each who may come to record, confirm or read the log.
func (l *Library) tellOfColleague(ctx context.Context, p *Person) error {
	if len(p.Asked) == 0 {
		return nil
	}
	powers := slices.ContainsFunc(p.Asked, func(h string) bool { return slices.Contains(hats[h].acts, ActAgree) })
	var told error
	if powers {
		told = l.notifyFG(ctx, p.School, Notice{What: "new_staff", Party: p.ID, Item: p.ID, On: DateOf(l.now())})
	}
	return errors.Join(told, l.ringAll(ctx, p.School, ActAgree, p.AskedBy))
}

// ringAll tells whoever may do an act about the school, but for one, that
// something waits for them.
func (l *Library) ringAll(ctx context.Context, school string, act Act, but string) error {
	people, err := l.people(ctx, school)
	if err != nil {
		return err
	}
	for _, p := range people {
		for _, hat := range p.Hats {
			if p.ID == but || p.Blocked || !May(Actor{School: school, Person: p.ID, Hat: hat}, act, nil, l.now()) {
				continue
			}
			if err := l.ring(ctx, school, Notice{Person: p.ID, Hat: hat, What: "to_confirm"}); err != nil {
				return err
			}
		}
	}
	return nil
}
