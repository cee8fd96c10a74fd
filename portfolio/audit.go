package portfolio

import (
	"context"
	"encoding/json"
	"time"
)

// Line is one line of a student's log: who did or saw what, by which rule.
// Lines of a student are numbered from 1 and each carries the hash of the one
// before; an Anchor holds the last. So a removed, changed or moved line shows.
//
// Acts are look, add, change, share, bin, unbin, publish, ask, fact, confirm,
// release, refuse, answer, extend, emergency, record, account, export, fetch,
// import, undo, log-export, know, unknow and key. Note is an enum and never what somebody wrote.
type Line struct {
	Head
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Hat     string    `json:"hat"`
	Student string    `json:"student"`
	Act     string    `json:"act"`
	Item    string    `json:"item,omitempty"`
	Kind    string    `json:"kind,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
	Rule    string    `json:"rule,omitempty"`
	Note    string    `json:"note,omitempty"`
	Address string    `json:"address,omitempty"`
	Before  string    `json:"before"` // hex SHA-256 of the line before, as stored; "" for the first
}

// keys: a student's lines by number, and what one person did in order of time.
func (n *Line) keys() map[string]string {
	return map[string]string{"about": lineKey(n.Student, n.Seq), "party": n.Actor + "/" + stamp(n.At)}
}

// audit appends a line to a student's log. The number is claimed by creating
// the document, so two writers never hold the same one. The anchor is moved
// after the line is there.
func (l *Library) audit(ctx context.Context, a Actor, student string, n Line) error {
	n.School, n.Student, n.Actor, n.Hat, n.Address = a.School, student, a.Person, a.Hat, a.Address
	t := l.tails.of(a.School, student)
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if !t.known {
			if err := l.findTail(ctx, t); err != nil {
				return err
			}
		}
		n.Seq, n.Before, n.At = t.seq+1, t.hash, l.now().UTC()
		n.ID = lineID(student, n.Seq)
		body, err := json.Marshal(&n)
		if err != nil {
			return err
		}
		err = l.store.Create(ctx, Doc{Ref: Ref{a.School, "audit", n.ID}, Keys: n.keys(), Body: body})
		t.known = err == nil
		if isKind(err, Exists) {
			continue // another process was first
		}
		if err != nil {
			return err
		}
		t.seq, t.hash = n.Seq, hashOf(body)
		return l.moveAnchor(ctx, t)
	}
}

// auditDecision logs a look that was allowed. A student looking at the own
// work is nobody's business.
func (l *Library) auditDecision(ctx context.Context, a Actor, student string, it *Item, d Decision) error {
	if a.Person == student {
		return nil
	}
	if err := l.audit(ctx, a, student, Line{Act: "look", Item: it.ID, Kind: it.Kind, Outcome: d.Outcome.String(), Rule: d.Rule}); err != nil {
		return err
	}
	return l.noticeLook(ctx, a, student)
}

// auditTold logs an act that somebody may do because of how they stand to the
// student: by the rule about a published assessment, as Stand has it.
func (l *Library) auditTold(ctx context.Context, a Actor, f *Facts, n Line) error {
	d := Inspect(a.Person, f, &Item{Kind: ItemAssessment}, l.now())
	n.Outcome, n.Rule = d.Outcome.String(), d.Rule
	return l.audit(ctx, a, f.Student.ID, n)
}
