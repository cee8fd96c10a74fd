package portfolio

import (
	"context"
	"iter"
	"time"
)

// Spoken is a message of a conversation about a student, on its way into an
// archive.
type Spoken struct {
	Conversation string
	Kind, Title  string // of the conversation
	Number       int64  // its place there
	At           time.Time
	Person, Hat  string // who said it
	Name         string // "" for another child, of whom there are no words either
	Text         string
}

// Conversations is where messages are: package chat.
type Conversations interface {
	// Heard walks what the actor may read now of the conversations about a
	// student: the oldest conversation first, each from its beginning.
	Heard(ctx context.Context, a Actor, student string) iter.Seq2[*Spoken, error]
}

// Sections of what came along of conversations, and what is said of them where
// they stay out.
const (
	CategoryChat  = "chat"
	CategoryPeers = "chat-of-peers" // what other children said
)

// TakesTalks tells whether conversations go along: in an archive alone.
func (v *Leaving) TakesTalks() bool { return v.kind == BundleArchive }

// Spoken walks the messages that its maker may read at this moment. Each is
// decided again here, and noted for when the bundle is fetched. Another child
// who said something has no name and no words.
func (v *Leaving) Spoken(ctx context.Context, from Conversations) iter.Seq2[*Spoken, error] {
	return func(yield func(*Spoken, error) bool) {
		ears, err := v.lib.Listeners(ctx, v.Student.ID, v.actor)
		if err != nil {
			yield(nil, err)
			return
		}
		children := map[string]bool{}
		for m, err := range from.Heard(ctx, v.actor, v.Student.ID) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !v.hears(ears[0], m.At) {
				continue
			}
			child, known := children[m.Person]
			if !known {
				if child, err = v.isOtherChild(ctx, m.Person); err != nil {
					yield(nil, err)
					return
				}
				children[m.Person] = child
			}
			if child {
				m.Name, m.Text = "", ""
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// Heard is a time in which what was said may be in a bundle: from the first
// message to the last between two instants at which the rule may change its
// answer.
type Heard struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	next  time.Time // the rule may answer otherwise from here on; zero is never
}

// hears asks the rule about a message that chat gave, and notes when it was
// said. Whether the maker was in the conversation is the business of chat.
func (v *Leaving) hears(ear *Listener, said time.Time) bool {
	for i := range v.heard {
		if h := &v.heard[i]; !said.Before(h.From) && (h.next.IsZero() || said.Before(h.next)) {
			if said.After(h.Until) {
				h.Until = said
			}
			return true
		}
	}
	if !ear.Inspect("", true, said, v.lib.now()).Open {
		return false
	}
	_, next := ear.InTouch(said)
	v.heard = append(v.heard, Heard{said, said, next})
	return true
}

// stillHears decides again, for who fetches a bundle, about everything that was
// said in the times it holds: the rule's answer is asked at each instant at
// which it may change.
func (l *Library) stillHears(ctx context.Context, a Actor, b *Bundle) (bool, error) {
	if len(b.Heard) == 0 {
		return true, nil
	}
	ears, err := l.Listeners(ctx, b.Student, a)
	if err != nil {
		return false, err
	}
	for _, h := range b.Heard {
		for at := h.From; !at.IsZero() && !at.After(h.Until); _, at = ears[0].InTouch(at) {
			if !ears[0].Inspect("", true, at, l.now()).Open {
				return false, nil
			}
		}
	}
	return true, nil
}

// PastTalks walks what came along of conversations in earlier archives, of those
// that are the maker's own: label is how bundles of this portfolio call the
// maker. What others had packed stays out, and is not counted.
func (v *Leaving) PastTalks(ctx context.Context, label string) iter.Seq2[*Kept, error] {
	return func(yield func(*Kept, error) bool) {
		readers := map[string]string{} // whom the school pointed out, by import
		q := Query{School: v.Student.School, Kind: "kept", Index: "about"}.Prefix(v.Student.ID + "/" + CategoryChat + "/")
		for doc, err := range v.lib.each(ctx, q) {
			if err != nil {
				yield(nil, err)
				return
			}
			k, err := decode[Kept](doc)
			if err == nil {
				var own bool
				if own, err = v.ownPast(ctx, k, label, readers); err == nil && !own {
					continue
				}
			}
			if !yield(k, err) || err != nil {
				return
			}
		}
	}
}

// ownPast decides about messages of an earlier archive as of any message: it is
// read by who took part, and that is whose archive it was.
func (v *Leaving) ownPast(ctx context.Context, k *Kept, label string, readers map[string]string) (bool, error) {
	if _, known := readers[k.Import]; !known {
		imp, err := load[Import](ctx, v.lib, "import", v.Student.School, k.Import)
		if err != nil && !isKind(err, NotFound) {
			return false, err
		}
		if readers[k.Import] = ""; err == nil {
			readers[k.Import] = imp.Reader
		}
	}
	it := &Item{Kind: ItemMessage}
	if k.Reader == v.actor.Person || k.Reader == label || readers[k.Import] == v.actor.Person {
		it.Participants = []string{v.actor.Person}
	}
	return Inspect(v.actor.Person, v.facts, it, v.lib.now()).Open, nil
}

// LeaveOut says that so many things of a category stay out, and why.
func (v *Leaving) LeaveOut(category, reason string, count int) {
	for i := range v.omitted {
		if o := &v.omitted[i]; o.Category == category && o.Reason == reason {
			o.Count += count
			return
		}
	}
	v.omitted = append(v.omitted, Omission{category, reason, count})
}

// isOtherChild tells whether somebody is a child, and not the student.
func (v *Leaving) isOtherChild(ctx context.Context, person string) (bool, error) {
	if person == v.Student.ID {
		return false, nil
	}
	p, err := v.lib.person(ctx, v.Student.School, person)
	if isKind(err, NotFound) {
		return false, nil
	}
	return err == nil && p.Wears(HatStudent), err
}
