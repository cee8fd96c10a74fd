package portfolio

import (
	"context"
	"sync"
	"time"
)

// UnusualStudents is at how many different students one member of staff can
// look within an hour before the FG is told. The largest classes have some 32:
// who goes through a whole class, with a few others in between, stays below it;
// who goes through the school does not.
const UnusualStudents = 40

const unusualWithin = time.Hour

// Flag says that a member of staff looked at unusually many students in a short
// time. It accuses nobody: it asks the FG to look. There is one for each person
// and day.
type Flag struct {
	Head
	Actor    string    `json:"actor"`
	On       Date      `json:"on"`
	First    time.Time `json:"first"`    // when it became unusual
	Students int       `json:"students"` // the most within an hour
	At       time.Time `json:"at"`       // when it was that many
}

func (f *Flag) keys() map[string]string {
	return map[string]string{"party": f.Actor + "/" + f.On.String(), "state": f.On.String() + "/" + f.Actor}
}

// Flagged is a flag with the name a screen shows.
type Flagged struct {
	*Flag
	ActorName string
}

// maxFlags is how many flags a list shows.
const maxFlags = 100

// Unusual lists who looked at unusually many students, newest first, at most
// 100. The actor is the FG. Error kind: Forbidden.
func (l *Library) Unusual(ctx context.Context, a Actor) ([]*Flagged, error) {
	if err := l.may(ctx, a, ActReadLog); err != nil {
		return nil, err
	}
	docs, err := l.store.List(ctx, Query{School: a.School, Kind: "flag", Index: "state", Desc: true, Limit: maxFlags})
	if err != nil {
		return nil, err
	}
	var out []*Flagged
	for _, d := range docs {
		f, err := decode[Flag](d)
		if err != nil {
			return nil, err
		}
		name, err := l.nameOf(ctx, a.School, f.Actor, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, &Flagged{f, name})
	}
	return out, nil
}

// gaze is at whom one member of staff looked in the last hour, as far as this
// process knows: from the log at first, and then by what passes.
type gaze struct {
	mu    sync.Mutex
	known bool
	last  map[string]time.Time // the last look, by student; at most UnusualStudents are old
	on    Date                 // the day of the last flag
	told  int                  // and what it says
}

// maxGazes bounds what is remembered. Forgetting costs reading an hour's lines.
const maxGazes = 4096

// gazes are those that are known, by school and person.
type gazes struct {
	mu sync.Mutex
	m  map[[2]string]*gaze
}

func (g *gazes) of(school, person string) *gaze {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := [2]string{school, person}
	if found := g.m[key]; found != nil {
		return found
	}
	if g.m == nil || len(g.m) >= maxGazes {
		g.m = map[[2]string]*gaze{}
	}
	made := &gaze{last: map[string]time.Time{}}
	g.m[key] = made
	return made
}

// noticeLook counts a look by staff, of which the line is written, and raises a
// flag when it makes too many students.
func (l *Library) noticeLook(ctx context.Context, a Actor, student string) error {
	if !hats[a.Hat].duties {
		return nil
	}
	g := l.gazes.of(a.School, a.Person)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := l.now()
	if !g.known {
		if err := l.recall(ctx, a, g, now); err != nil {
			return err
		}
	}
	g.last[student] = now
	if len(g.last) <= UnusualStudents {
		return nil
	}
	for id, at := range g.last {
		if now.Sub(at) >= unusualWithin {
			delete(g.last, id)
		}
	}
	count, today := len(g.last), DateOf(now)
	if count <= UnusualStudents || g.on == today && count <= g.told {
		return nil
	}
	if err := l.flag(ctx, a, count, now); err != nil {
		return err
	}
	g.on, g.told = today, count
	return nil
}

// recall reads from the log what somebody looked at in the last hour.
func (l *Library) recall(ctx context.Context, a Actor, g *gaze, now time.Time) error {
	q := Query{School: a.School, Kind: "audit", Index: "party"}.Prefix(a.Person + "/")
	q.From = a.Person + "/" + stamp(now.Add(-unusualWithin))
	for d, err := range l.each(ctx, q) {
		if err != nil {
			return err
		}
		n, err := decode[Line](d)
		if err != nil {
			return err
		}
		if n.Act == "look" && hats[n.Hat].duties {
			g.last[n.Student] = n.At
		}
	}
	g.known = true
	return nil
}

// flag stores today's flag, or a higher count in it.
func (l *Library) flag(ctx context.Context, a Actor, count int, now time.Time) error {
	on := DateOf(now)
	id := DeriveID("flag", a.School, a.Person, on.String())
	for {
		f, err := load[Flag](ctx, l, "flag", a.School, id)
		switch {
		case isKind(err, NotFound):
			f = &Flag{Head: Head{School: a.School, ID: id}, Actor: a.Person, On: on, First: now.UTC(), Students: count, At: now.UTC()}
			err = create(ctx, l, "flag", f, f.keys())
		case err == nil && f.Students < count:
			f.Students, f.At = count, now.UTC()
			err = replace(ctx, l, "flag", f, f.keys())
		}
		if !isKind(err, Exists) && !isKind(err, Conflict) { // else another process was first
			return err
		}
	}
}
