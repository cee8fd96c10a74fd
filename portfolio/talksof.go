package portfolio

import (
	"context"
	"slices"
)

// Conversations that came in an archive which a parent of another school had
// made: nobody here is that person, until somebody who knows says who it is.

// KeepsTalks tells whether an import keeps conversations of somebody who is yet
// to be pointed out here, or was.
func (i *Import) KeepsTalks() bool {
	return i.State == ImportDone && i.Report.Messages > 0 && i.From.TalksOf != ""
}

// TalkReaders lists who the conversations of an import can be of: who holds
// custody of the student now, by name. The actor is an administrator. Error
// kinds: Forbidden, NotFound.
func (l *Library) TalkReaders(ctx context.Context, a Actor, id string) ([]*Person, error) {
	imp, err := l.ImportByID(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !imp.KeepsTalks() {
		return nil, E(NotFound, "error.not_found")
	}
	facts, err := l.factsAbout(ctx, a.School, imp.Student)
	if err != nil {
		return nil, err
	}
	var holders []string
	for _, f := range facts {
		if f.holds(DateOf(l.now())) && !slices.Contains(holders, f.Party) {
			holders = append(holders, f.Party)
		}
	}
	return l.peopleOf(ctx, a.School, holders)
}

// NameTalkReader says of whom the conversations of an import are: one of
// TalkReaders, or nobody (""). They then go along in the archives of that person
// and of nobody else. That somebody talked with a school is not for the other
// parent to know, so the line of it is in the log of who says it, and not in the
// student's. The actor is an administrator. Error kinds: Forbidden, NotFound,
// Conflict.
func (l *Library) NameTalkReader(ctx context.Context, a Actor, id, person string) error {
	may, err := l.TalkReaders(ctx, a, id)
	if err != nil {
		return err
	}
	if person != "" && !slices.ContainsFunc(may, func(p *Person) bool { return p.ID == person }) {
		return E(NotFound, "error.not_found")
	}
	imp, err := l.ImportByID(ctx, a, id)
	if err != nil || imp.Reader == person {
		return err
	}
	imp.Reader = person
	return replaceLogged(ctx, l, "import", imp, imp.keys(), lineOf(a, a.Person, Line{Act: "entrust", Item: imp.ID}), nil)
}
