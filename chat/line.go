package chat

import (
	"slices"
	"strings"
	"sync"

	"kaft/portfolio"
)

const (
	maxQueue = 256      // frames that wait for one line; with more it is too slow
	maxTake  = 16 << 10 // bytes of frames that are taken together, unless one alone is longer
)

// Code says why a line ended, as a WebSocket close code (RFC 6455, 7.4).
type Code int

// Codes. After the first three a client comes back, after the others it does
// not by itself.
const (
	GoingAway  Code = 1001 // this Kaft stops
	Restart    Code = 1012
	TooSlow    Code = 1013 // frames were left undelivered; catch up by number
	SignedOut  Code = 4001
	NotAllowed Code = 4003 // not in this hat, or no longer
)

// Line is one person in one hat, there in one tab.
type Line struct {
	Actor portfolio.Actor
	hub   *Hub
	wake  func()

	mu      sync.Mutex
	queue   []*Frame
	awake   bool      // somebody is emptying the queue
	code    Code      // why it ended; 0 while it has not
	first   [1]*Frame // the queue of most lines, most of the time
	greeted bool
	places  []place       // by conversation; a map would take more memory than the rest
	space   chan struct{} // told when the queue got shorter or the line ended; nil while nobody waits for that

	catching sync.Mutex // held while it catches up in a conversation
}

// place is how far a line is in one conversation.
type place struct {
	conversation string
	seq          int64 // the last number in the queue, or before it
	catching     bool  // what is said now is in the log, and comes with the rest
	missed       int64 // the highest number said while catching up
}

// Leave takes the line out of the hub. Nothing is queued for it any more.
func (l *Line) Leave() {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	rest := slices.DeleteFunc(l.hub.lines[l.Actor.Person], func(x *Line) bool { return x == l })
	if len(rest) == 0 {
		delete(l.hub.lines, l.Actor.Person)
	} else {
		l.hub.lines[l.Actor.Person] = rest
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awake = true // nobody empties it any more, so nobody is woken
	l.endLocked(GoingAway, true)
}

// End ends the line with a code; what waits is thrown away.
func (l *Line) End(code Code) { l.end(code, true) }

func (l *Line) end(code Code, empty bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endLocked(code, empty)
}

// endLocked is end for who holds the lock.
func (l *Line) endLocked(code Code, empty bool) {
	if empty {
		l.queue = nil
	}
	if l.code == 0 {
		l.code = code
		l.rouse()
	}
	l.told()
}

// Send queues a frame.
func (l *Line) Send(f *Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(f)
}

// put queues a frame; for a full queue it is too late, and the line ends.
func (l *Line) put(f *Frame) {
	switch {
	case l.code != 0:
	case len(l.queue) == maxQueue:
		l.endLocked(TooSlow, true)
	default:
		if l.queue == nil {
			l.queue = l.first[:0]
		}
		l.queue = append(l.queue, f)
		l.rouse()
	}
}

func (l *Line) rouse() {
	if !l.awake {
		l.awake = true
		l.wake()
	}
}

func (l *Line) told() {
	if l.space == nil {
		return
	}
	select {
	case l.space <- struct{}{}:
	default:
	}
}

// holds tells whether a message waits.
func (l *Line) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.queue, func(f *Frame) bool { return f.message })
}

// Take moves waiting frames into buf, as many as fit and go together. When it
// gives none the line is asleep until wake is called again, unless code is not
// 0: then it has ended, and this is the last call.
func (l *Line) Take(buf []*Frame) (frames []*Frame, code Code) {
	l.mu.Lock()
	defer l.mu.Unlock()
	frames = buf[:0]
	for size := 0; len(frames) < min(len(l.queue), cap(buf)); {
		f := l.queue[len(frames)]
		if size += len(f.Body); size > maxTake && len(frames) > 0 {
			break
		}
		frames = append(frames, f)
	}
	if len(frames) == 0 {
		l.queue = nil
		l.awake = l.code != 0
		return nil, l.code
	}
	l.queue = l.queue[len(frames):]
	l.told()
	return frames, 0
}

// Rest puts the line to sleep when nothing waits for it, and tells whether it
// did: after a Take, for who would rather take more at once later.
func (l *Line) Rest() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 || l.code != 0 {
		return false
	}
	l.queue, l.awake = nil, false
	return true
}

// hear queues a message said just now, once, and only for a line that has said
// hello. It is false when what decided it no longer holds.
func (l *Line) hear(conversation string, seq int64, f *Frame, still func() bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !still() {
		return false
	}
	if !l.greeted {
		return true
	}
	p := l.place(conversation)
	switch {
	case p.catching:
		p.missed = max(p.missed, seq)
	case seq > p.seq:
		p.seq = seq
		l.put(f)
	}
	return true
}

// place finds how far the line is in a conversation: nowhere, when it is new.
func (l *Line) place(conversation string) *place {
	i, found := l.find(conversation)
	if !found {
		l.places = slices.Insert(l.places, i, place{conversation: conversation})
	}
	return &l.places[i]
}

func (l *Line) find(conversation string) (i int, found bool) {
	return slices.BinarySearchFunc(l.places, conversation, func(p place, c string) int { return strings.Compare(p.conversation, c) })
}

// greet makes the line hear what is said from now on. In the conversations in
// which it will catch up, that waits its turn.
func (l *Line) greet(behind map[string]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.greeted = true
	l.places = slices.Grow(l.places, len(behind))
	for conversation, after := range behind {
		*l.place(conversation) = place{conversation: conversation, seq: after, catching: true}
	}
}

// caughtUp ends catching up at a number and queues the frame that says so,
// unless more was said meanwhile.
func (l *Line) caughtUp(conversation string, seq int64, f *Frame) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.place(conversation)
	if p.missed > seq {
		return false
	}
	*p = place{conversation: conversation, seq: seq}
	l.put(f)
	return true
}

// lost forgets a conversation.
func (l *Line) lost(conversation string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i, found := l.find(conversation); found {
		l.places = slices.Delete(l.places, i, i+1)
	}
}

// offer queues a frame of the past and waits for room for it: catching up never
// makes a line too slow. It is false when the line ended, or when what decided
// the frame no longer holds.
func (l *Line) offer(f *Frame, still func() bool) bool {
	for {
		l.mu.Lock()
		if l.code != 0 || !still() {
			l.mu.Unlock()
			return false
		}
		if len(l.queue) < maxQueue/2 {
			l.put(f)
			l.mu.Unlock()
			return true
		}
		if l.space == nil {
			l.space = make(chan struct{}, 1)
		}
		l.mu.Unlock()
		<-l.space
	}
}

// Ended tells whether the line is over: nothing more is done for it.
func (l *Line) Ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.code != 0
}
