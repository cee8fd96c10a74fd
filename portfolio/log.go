package portfolio

import (
	"context"
	"slices"
	"strings"
)

// Logged is a line with the names a screen shows.
type Logged struct {
	*Line
	ActorName   string
	StudentName string
}

// lookActs are the acts by which somebody learns what is in a portfolio.
var lookActs = []string{"look", "emergency", "fetch", "answer"}

// Log lists the newest lines of a student's log, as LogPage does.
func (l *Library) Log(ctx context.Context, a Actor, student string, limit int) ([]*Logged, error) {
	out, _, err := l.LogPage(ctx, a, student, false, "", limit)
	return out, err
}

// LogPage lists who looked at a student's portfolio and, unless only looks are
// asked for, who did something to it, newest first: at most limit lines, and a
// cursor for the next page, "" at the end. It is for the student, for who follows
// the student, and for the FG. What a student chose for the time after the 16th
// birthday is nobody else's in the family before that. Error kinds: NotFound,
// Forbidden, Invalid (the cursor).
func (l *Library) LogPage(ctx context.Context, a Actor, student string, looks bool, after string, limit int) ([]*Logged, string, error) {
	family := l.may(ctx, a, ActReadLog) != nil
	if family {
		f, p, err := l.facts(ctx, a, student)
		if err != nil {
			return nil, "", err
		}
		switch st := Stand(a.Person, f, l.now()); {
		case st == Stranger:
			return nil, "", E(NotFound, "error.not_found")
		case !readsLog(st):
			return nil, "", E(Forbidden, "error.forbidden", "Name", p.Name.Short())
		}
	}
	own, err := l.ownLog(ctx, a, student)
	if err != nil {
		return nil, "", err
	}
	out, next, err := l.pageOfLog(ctx, a, LogPick{Student: student}, after, limit, func(n *Line) bool {
		if family && (n.authorsAlone() || n.Act == "choose" && a.Person != student) || a.Person == student && !own.reads(n) {
			return false
		}
		return !looks || slices.Contains(lookActs, n.Act)
	})
	for _, n := range out {
		if family {
			n.Note = "" // what was recorded is not theirs to read, that it was is
		}
	}
	return out, next, err
}

// ownLog is what a student does not read in the own log: what is about a kind
// of thing of which even that it is there is not told (rule 4), what follows from
// a request that was granted without telling the student, and which of the
// parents said yes or no, also about the file.
type ownLog struct {
	closed []string // kinds of items
	quiet  map[string]bool
}

func (l *Library) ownLog(ctx context.Context, a Actor, student string) (*ownLog, error) {
	if a.Person != student {
		return nil, nil
	}
	f, _, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	o := &ownLog{}
	for _, kind := range []string{ItemRecord, ItemCare, ItemContact} {
		if Inspect(student, f, &Item{Kind: kind}, l.now()).Outcome == NO {
			o.closed = append(o.closed, kind)
		}
	}
	o.quiet, err = l.quietly(ctx, a.School, student)
	return o, err
}

// reads tells whether the student reads a line.
func (o *ownLog) reads(n *Line) bool {
	return n.Note != quietNote && n.Act != "consent" && !(n.Act == "inspection" && n.Actor != n.Student) && !slices.Contains(o.closed, n.Kind) && !(n.Act == "look" && n.Outcome == REQUEST.String() && o.quiet[n.Actor])
}

// quietly are those whose request about a student was granted without telling
// the student, because of harm.
func (l *Library) quietly(ctx context.Context, school, student string) (map[string]bool, error) {
	all, err := list[Request](ctx, l, Query{School: school, Kind: "request", Index: "about"}.Prefix(student+"/"))
	out := map[string]bool{}
	for _, r := range all {
		if r.Decided != nil && r.Decided.Quiet != "" {
			out[r.Asker] = true
		}
	}
	return out, err
}

// authorsAlone tells whether a line is about what is its author's alone to know
// of: a draft of an assessment, an own note (rule 3).
func (n *Line) authorsAlone() bool {
	return n.Rule == "3" || n.Kind == ItemNote || n.Kind == ItemAssessment && (n.Act == "add" || n.Act == "change")
}

// LogPick narrows the log of a school. One of Student and Actor is needed, or an
// act that is rare enough to list of the whole school.
type LogPick struct {
	Student string // whose portfolio it is about
	Actor   string // who looked or did it
	Act     string
	From    Date // the first day and the last, both included; 0 for no bound
	Last    Date
}

// rareActs are listed over the whole school: what the FG must be able to find
// without knowing of whom.
var rareActs = []string{"emergency", "emergency-end", "export", "handed", "release", "refuse", "erase", "timemachine", "log-export", "know", "unknow", "key", "entrust", "talk-policy"}

// query lists the lines that a pick can take, newest first.
func (p LogPick) query(school string) Query {
	q := Query{School: school, Kind: "audit", Desc: true}
	if p.Student != "" {
		q.Index = "about"
		return q.Prefix(p.Student + "/")
	}
	of := p.Actor + "/"
	q.Index = "party"
	if p.Actor == "" {
		of, q.Index = p.Act+"/", "state"
	}
	q = q.Prefix(of)
	if p.From != 0 {
		q.From = of + stamp(p.From.Start())
	}
	if p.Last != 0 {
		q.To = of + stamp(p.Last.AddDays(1).Start())
	}
	return q
}

func (p LogPick) takes(n *Line) bool {
	on := DateOf(n.At)
	return (p.Student == "" || n.Student == p.Student) && (p.Actor == "" || n.Actor == p.Actor) && (p.Act == "" || n.Act == p.Act) &&
		p.From <= on && (p.Last == 0 || on <= p.Last)
}

// past tells whether nothing that a pick takes comes after a line. A clock that
// was put right can leave lines somewhat out of order.
func (p LogPick) past(n *Line) bool {
	return p.From != 0 && DateOf(n.At) < p.From.AddDays(-2)
}

// maxScan is how many lines one page of the log looks through at most. A page
// can so be short, or empty, and have a next one.
const maxScan = 5000

// PickLog lists the lines that a pick takes, newest first: at most limit of
// them, and a cursor for the next page, "" at the end. The actor is the FG.
// Error kinds: Forbidden, Invalid.
func (l *Library) PickLog(ctx context.Context, a Actor, pick LogPick, after string, limit int) ([]*Logged, string, error) {
	if err := l.mayPick(ctx, a, pick); err != nil {
		return nil, "", err
	}
	return l.pageOfLog(ctx, a, pick, after, limit, pick.takes)
}

// pageOfLog lists those lines of a pick's query that are taken.
func (l *Library) pageOfLog(ctx context.Context, a Actor, pick LogPick, after string, limit int, takes func(*Line) bool) ([]*Logged, string, error) {
	q := pick.query(a.School)
	if after != "" {
		key, id, ok := strings.Cut(after, "|")
		if !ok || key < q.From || key >= q.To {
			return nil, "", E(Invalid, "error.cursor")
		}
		q.After = Cursor{Key: key, ID: id}
	}
	names := l.namer(a.School)
	var out []*Logged
	var last Doc // the last that was looked at
	scanned := 0
	for d, err := range l.each(ctx, q) {
		if err != nil {
			return nil, "", err
		}
		if len(out) == limit || scanned == maxScan {
			return out, last.Keys[q.Index] + "|" + last.ID, nil
		}
		last, scanned = d, scanned+1
		n, err := decode[Line](d)
		if err != nil {
			return nil, "", err
		}
		if pick.past(n) {
			break
		}
		if !takes(n) {
			continue
		}
		v, err := names.logged(ctx, n)
		if err != nil {
			return nil, "", err
		}
		out = append(out, v)
	}
	return out, "", nil
}

func (l *Library) mayPick(ctx context.Context, a Actor, pick LogPick) error {
	if err := l.may(ctx, a, ActReadLog); err != nil {
		return err
	}
	if pick.Student == "" && pick.Actor == "" && !slices.Contains(rareActs, pick.Act) {
		return E(Invalid, "error.log_pick")
	}
	if pick.Last != 0 && pick.Last < pick.From {
		return E(Invalid, "error.period")
	}
	return nil
}

// ExportLog gives all lines that a pick takes, newest first, as they are read.
// Before the first of them a line in the log of each student they are about
// says that they were taken along. The actor is the FG. Error kinds: Forbidden,
// Invalid, NotFound (the student).
func (l *Library) ExportLog(ctx context.Context, a Actor, pick LogPick) (func(func(*Logged, error) bool), error) {
	if err := l.mayPick(ctx, a, pick); err != nil {
		return nil, err
	}
	about, err := l.pickedStudents(ctx, a, pick)
	if err != nil {
		return nil, err
	}
	for _, student := range about {
		if err := l.audit(ctx, a, student, Line{Act: "log-export"}); err != nil {
			return nil, err
		}
	}
	return func(yield func(*Logged, error) bool) {
		names := l.namer(a.School)
		for d, err := range l.each(ctx, pick.query(a.School)) {
			var n *Line
			if err == nil {
				n, err = decode[Line](d)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if pick.past(n) {
				return
			}
			if _, told := slices.BinarySearch(about, n.Student); !told || !pick.takes(n) {
				continue // somebody new, since just now: not told, so not given
			}
			if v, err := names.logged(ctx, n); !yield(v, err) || err != nil {
				return
			}
		}
	}, nil
}

// pickedStudents are the ids of the students a pick has lines about, sorted.
func (l *Library) pickedStudents(ctx context.Context, a Actor, pick LogPick) ([]string, error) {
	if pick.Student != "" {
		_, err := l.person(ctx, a.School, pick.Student)
		return []string{pick.Student}, err
	}
	var out []string
	for d, err := range l.each(ctx, pick.query(a.School)) {
		if err != nil {
			return nil, err
		}
		n, err := decode[Line](d)
		if err != nil {
			return nil, err
		}
		if i, met := slices.BinarySearch(out, n.Student); !met && pick.takes(n) {
			out = slices.Insert(out, i, n.Student)
		}
	}
	return out, nil
}

// LogPeople lists everybody whose name the log of the school can hold, by name.
// The actor is the FG. Error kind: Forbidden.
func (l *Library) LogPeople(ctx context.Context, a Actor) ([]*Person, error) {
	if err := l.may(ctx, a, ActReadLog); err != nil {
		return nil, err
	}
	return l.people(ctx, a.School)
}

// namer finds the names of people, each once.
type namer struct {
	lib    *Library
	school string
	known  map[string]string
}

func (l *Library) namer(school string) namer { return namer{l, school, map[string]string{}} }

func (m namer) name(ctx context.Context, person string) (string, error) {
	if name, ok := m.known[person]; ok {
		return name, nil
	}
	name, err := m.lib.nameOf(ctx, m.school, person, nil)
	if err == nil {
		m.known[person] = name
	}
	return name, err
}

func (m namer) logged(ctx context.Context, n *Line) (*Logged, error) {
	v := &Logged{Line: n}
	var err error
	if v.ActorName, err = m.name(ctx, n.Actor); err == nil {
		v.StudentName, err = m.name(ctx, n.Student)
	}
	return v, err
}
