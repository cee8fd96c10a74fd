package portfolio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Line is one line of a student's log: who did or saw what, by which rule.
// Lines of a student are numbered from 1 and each carries the hash of the one
// before, so that a removed, changed or moved line shows.
type Line struct {
	Head
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Hat     string    `json:"hat"`
	Student string    `json:"student"`
	Act     string    `json:"act"` // look, add, change, share, bin, unbin, publish, ask, fact, export, import
	Item    string    `json:"item,omitempty"`
	Kind    string    `json:"kind,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
	Rule    string    `json:"rule,omitempty"`
	Note    string    `json:"note,omitempty"`
	Address string    `json:"address,omitempty"`
	Before  string    `json:"before"` // hex SHA-256 of the line before, as stored; "" for the first
}

// audit appends a line to a student's log. The number is claimed by creating
// the document, so two writers never hold the same one.
func (l *Library) audit(ctx context.Context, a Actor, student string, n Line) error {
	n.School, n.Student, n.Actor, n.Hat, n.Address = a.School, student, a.Person, a.Hat, a.Address
	q := Query{School: a.School, Kind: "audit", Index: "about", Desc: true, Limit: 1}.Prefix(student + "/")
	for {
		last, err := l.store.List(ctx, q)
		if err != nil {
			return err
		}
		n.Seq, n.Before, n.At = 1, "", l.now().UTC()
		if len(last) == 1 {
			var before Line
			if err := json.Unmarshal(last[0].Body, &before); err != nil {
				return err
			}
			sum := sha256.Sum256(last[0].Body)
			n.Seq, n.Before = before.Seq+1, hex.EncodeToString(sum[:])
		}
		n.ID = fmt.Sprintf("%s.%012d", student, n.Seq)
		err = create(ctx, l, "audit", &n, map[string]string{"about": fmt.Sprintf("%s/%012d", student, n.Seq)})
		if !isKind(err, Exists) {
			return err
		}
	}
}

// auditDecision logs a look that was allowed. A student looking at the own
// work is nobody's business.
func (l *Library) auditDecision(ctx context.Context, a Actor, student string, it *Item, d Decision) error {
	if a.Person == student {
		return nil
	}
	return l.audit(ctx, a, student, Line{Act: "look", Item: it.ID, Kind: it.Kind, Outcome: d.Outcome.String(), Rule: d.Rule})
}

// Logged is a line with the name a screen shows.
type Logged struct {
	*Line
	ActorName string
}

// Log lists who looked at a student's portfolio and who did something to it,
// newest first. It is for the student, for who follows the student, and for
// the FG. Error kinds: NotFound, Forbidden.
func (l *Library) Log(ctx context.Context, a Actor, student string, limit int) ([]*Logged, error) {
	family := l.may(ctx, a, ActReadLog) != nil
	if family {
		f, p, err := l.facts(ctx, a, student)
		if err != nil {
			return nil, err
		}
		switch Stand(a.Person, f, l.now()) {
		case Self, Follows:
		case Stranger:
			return nil, E(NotFound, "error.not_found")
		default:
			return nil, E(Forbidden, "error.forbidden", "Name", p.Name.Short())
		}
	}
	docs, err := l.store.List(ctx, Query{School: a.School, Kind: "audit", Index: "about", Desc: true, Limit: limit}.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	var out []*Logged
	for _, d := range docs {
		n, err := decode[Line](d)
		if err != nil {
			return nil, err
		}
		// That there is a draft is its author's alone to know (rule 3).
		if family && n.Kind == ItemAssessment && (n.Act == "add" || n.Act == "change") {
			continue
		}
		if a.Person == student && n.Note == quietNote {
			continue
		}
		name, err := l.nameOf(ctx, a.School, n.Actor, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, &Logged{n, name})
	}
	return out, nil
}
