package portfolio

import (
	"context"
	"slices"
	"strings"
	"time"
)

// FileAnswer is what one holder of the right to a file said of it.
type FileAnswer struct {
	By         string    `json:"by,omitempty"`
	Name       string    `json:"name,omitempty"`
	Mine       bool      `json:"-"` // the actor's own
	At         time.Time `json:"-"`
	Seen       bool      `json:"seen"`
	SeenOn     Date      `json:"seen_on,omitzero"`
	Changed    bool      `json:"changed,omitempty"` // the file changed after it was seen
	Agrees     string    `json:"agrees,omitempty"`
	Objection  string    `json:"objection,omitempty"`
	Remarks    string    `json:"remarks,omitempty"`
	Permission string    `json:"permission,omitempty"`
}

func answerOf(s *Saying) FileAnswer {
	if s == nil {
		return FileAnswer{Agrees: SaysUnknown}
	}
	return FileAnswer{By: s.For, At: s.At, Seen: true, SeenOn: DateOf(s.At), Agrees: s.Agrees, Objection: s.Objection, Remarks: s.Remarks, Permission: s.Permission}
}

// Inspected is what goes along in a bundle of what the family said about it:
// OSO's block inzage, and under it each answer.
type Inspected struct {
	Provisional bool         `json:"provisional,omitempty"` // the student is still at the school: more can follow
	Seen        bool         `json:"seen"`
	SeenOn      Date         `json:"seen_on,omitzero"` // last
	Agrees      string       `json:"agrees,omitempty"`
	Objection   string       `json:"objection,omitempty"`
	Permission  string       `json:"permission,omitempty"`
	Answers     []FileAnswer `json:"answers,omitempty"`
}

// inspectedOf sums up what each said: one no is a no, and it is a yes when all
// said so. Permission is a yes when one gave it and nobody refused.
func inspectedOf(answers []FileAnswer, permission bool) *Inspected {
	i := &Inspected{Answers: answers, Agrees: SaysUnknown}
	var reasons []string
	agree, permit, refuse := 0, false, false
	for _, a := range answers {
		i.Seen = i.Seen || a.Seen
		i.SeenOn = max(i.SeenOn, a.SeenOn)
		switch a.Agrees {
		case SaysNo:
			i.Agrees = SaysNo
			reasons = append(reasons, a.Objection)
		case SaysYes:
			agree++
		}
		permit, refuse = permit || a.Permission == SaysYes, refuse || a.Permission == SaysNo
	}
	if agree > 0 && agree == len(answers) {
		i.Agrees = SaysYes
	}
	i.Objection = strings.Join(reasons, "\n\n")
	switch {
	case refuse:
		i.Permission = SaysNo
	case permit:
		i.Permission = SaysYes
	case permission:
		i.Permission = SaysUnknown
	}
	return i
}

// Broken lists the rules of OSO that a block does not keep (business rules
// OVa.IZ02 to IZ05 of its transfer profiles, and what the fields mean), by
// name; permission says whether the step needs permission (from a secondary
// school). Empty: it keeps all.
func (i *Inspected) Broken(permission bool) []string {
	var out []string
	for _, r := range []struct {
		name   string
		broken bool
	}{
		{"seen", !i.Seen},                                // IZ02: a transfer was looked at
		{"date", i.Seen && i.SeenOn == 0},                // IZ03
		{"answer", i.Seen && i.Agrees == ""},             // IZ04
		{"permission", permission && i.Permission == ""}, // IZ05
		{"date_unseen", !i.Seen && i.SeenOn != 0},
		{"answer_unseen", !i.Seen && (i.Agrees == SaysYes || i.Agrees == SaysNo)},
		{"reason", i.Objection != "" && i.Agrees != SaysNo},
	} {
		if r.broken {
			out = append(out, r.name)
		}
	}
	return out
}

// addFamily adds what each who has the right to the file said.
func (l *Library) addFamily(ctx context.Context, a Actor, f *Facts, i *Inspection, s *ShownFile) error {
	me, names := speaksOnFile(a.Person, f, l.now()), map[string]string{}
	holders := holdersOfFile(f, l.now())
	for _, h := range holders {
		x := answerOf(i.last(h))
		x.By, x.Mine = h, h == me
		var err error
		if x.Name, err = l.calledHere(ctx, a.School, h, names); err != nil {
			return err
		}
		if !x.Mine {
			s.Family = append(s.Family, x)
			continue
		}
		s.Mine = i.last(h)
		s.Changed = s.Mine != nil && s.Mine.Print != s.Print
		x.Changed = s.Changed
		s.Family = slices.Insert(s.Family, 0, x)
	}
	for n := len(i.Said) - 1; n >= 0; n-- {
		if x := answerOf(&i.Said[n]); slices.Contains(holders, x.By) {
			x.Name, x.Mine = names[x.By], x.By == me
			s.History = append(s.History, x)
		}
	}
	return nil
}

// Inspected is what the family said of what leaves, or nil where nothing is to
// be told: in a selection, and when nobody said anything where that was not
// asked.
func (v *Leaving) Inspected(ctx context.Context) (*Inspected, error) {
	if v.kind == BundleSelection {
		return nil, nil
	}
	i, err := v.lib.inspection(ctx, v.School.ID, v.Student.ID)
	if err != nil || len(i.Said) == 0 && (v.kind == BundleArchive || !v.School.ShowsFile()) {
		return nil, err
	}
	var answers []FileAnswer
	for _, h := range holdersOfFile(v.facts, v.lib.now()) {
		s := i.last(h)
		x := answerOf(s)
		x.By = h
		if x.Name, err = v.lib.calledHere(ctx, v.School.ID, h, map[string]string{}); err != nil {
			return nil, err
		}
		if s != nil && s.By != v.actor.Person {
			x.Changed = v.lib.changedSince(ctx, v, s)
		}
		answers = append(answers, x)
	}
	out := inspectedOf(answers, v.School.NeedsPermission())
	out.Provisional = !hasLeft(v.facts, v.lib.now())
	return out, nil
}

// changedSince tells whether the file as somebody may have it is another one
// than that person saw.
func (l *Library) changedSince(ctx context.Context, v *Leaving, s *Saying) bool {
	now, err := l.Leave(ctx, Actor{School: v.School.ID, Person: s.By, Hat: s.Hat}, v.Student.ID)
	if err == nil {
		_, err = now.Count(ctx)
	}
	return err != nil || now.print() != s.Print
}
