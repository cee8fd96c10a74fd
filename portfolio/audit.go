package portfolio

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Line is one line of a student's log: who did or saw what, by which rule.
// Lines of a student are numbered from 1 and each carries the hash of the one
// before; an Anchor holds the last. So a removed, changed or moved line shows.
//
// Acts are look, add, change, share, choose, bin, unbin, publish, ask, fact, confirm,
// release, refuse, answer, extend, emergency, record, account, export, fetch,
// import, undo, log-export, erase, keep, know, unknow, key, entrust, code, uncode
// (a code taken back) and handed (the bundle of a code was sent whole). Note is
// an enum and never what somebody wrote.
type Line struct {
	Head
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`
	Hat      string    `json:"hat"`
	Student  string    `json:"student"`
	Act      string    `json:"act"`
	Item     string    `json:"item,omitempty"`
	Revision int64     `json:"revision,omitempty"` // of the document that was stored, where the line tells of a change
	Kind     string    `json:"kind,omitempty"`
	Outcome  string    `json:"outcome,omitempty"`
	Rule     string    `json:"rule,omitempty"`
	Note     string    `json:"note,omitempty"`
	Address  string    `json:"address,omitempty"`
	Before   string    `json:"before"` // hex SHA-256 of the line before, as stored; "" for the first
}

// keys: a student's lines by number, what one person did in order of time, and
// what is rare over the whole school.
func (n *Line) keys() map[string]string {
	k := map[string]string{"about": lineKey(n.Student, n.Seq), "party": n.Actor + "/" + stamp(n.At)}
	if slices.Contains(rareActs, n.Act) {
		k["state"] = n.Act + "/" + stamp(n.At)
	}
	return k
}

// lineOf is a line about what somebody does to a student's file.
func lineOf(a Actor, student string, n Line) Line {
	n.School, n.Student, n.Actor, n.Hat, n.Address = a.School, student, a.Person, a.Hat, a.Address
	return n
}

// audit appends a line about a look, or another act that changes no document of
// its own. What does has its line by createLogged or replaceLogged.
func (l *Library) audit(ctx context.Context, a Actor, student string, n Line) error {
	n.At = l.now().UTC()
	return l.append(ctx, lineOf(a, student, n))
}

// append puts a line at the end of a student's log. The number is claimed by
// creating the document, so two writers never hold the same one. The anchor is
// moved after the line is there.
func (l *Library) append(ctx context.Context, n Line) error {
	t := l.tails.of(n.School, n.Student)
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if !t.known {
			if err := l.findTail(ctx, t); err != nil {
				return err
			}
		}
		n.Seq, n.Before = t.seq+1, t.hash
		n.ID = lineID(n.Student, n.Seq)
		body, err := json.Marshal(&n)
		if err != nil {
			return err
		}
		err = l.store.Create(ctx, Doc{Ref: Ref{n.School, "audit", n.ID}, Keys: n.keys(), Body: body})
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

// lineTold is a line about what somebody may do because of how they stand to the
// student: by the rule about a published assessment, as Stand has it.
func (l *Library) lineTold(a Actor, f *Facts, n Line) Line {
	d := Inspect(a.Person, f, &Item{Kind: ItemAssessment}, l.now())
	n.Outcome, n.Rule = d.Outcome.String(), d.Rule
	return lineOf(a, f.Student.ID, n)
}
