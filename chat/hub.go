package chat

import (
	"sync"

	"kaft/portfolio"
)

// maxLines is how often one person can be there: tabs and devices.
const maxLines = 20

// Hub knows who is there. It has no network and does no I/O: a line is a
// bounded queue, and whoever empties it brings the frames somewhere.
type Hub struct {
	mu     sync.RWMutex // taken before a line's own
	lines  map[string][]*Line
	closed bool
}

// NewHub makes a Hub without anybody in it.
func NewHub() *Hub { return &Hub{lines: map[string][]*Line{}} }

// Join adds a line. wake is called each time frames begin to wait: it must not
// block, and see to it that Take is called until it gives nothing, or the line
// goes to Rest. A new line is awake: the first Take is the caller's. Error kinds: TooMany, Unavailable
// (Kaft is stopping).
func (h *Hub) Join(a portfolio.Actor, wake func()) (*Line, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, portfolio.E(portfolio.Unavailable, "error.unavailable")
	}
	if len(h.lines[a.Person]) >= maxLines {
		return nil, portfolio.E(portfolio.TooMany, "error.talk_lines", "Max", maxLines)
	}
	l := &Line{Actor: a, hub: h, wake: wake, awake: true}
	h.lines[a.Person] = append(h.lines[a.Person], l)
	return l, nil
}

// Lines counts who is there.
func (h *Hub) Lines() (n int) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, lines := range h.lines {
		n += len(lines)
	}
	return n
}

// Tell gives a frame to all lines of a person, in whatever hat.
func (h *Hub) Tell(person string, f *Frame) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, l := range h.lines[person] {
		l.Send(f)
	}
}

// TellSchool gives a frame to everybody at a school; "" is every school.
func (h *Hub) TellSchool(school string, f *Frame) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, lines := range h.lines {
		for _, l := range lines {
			if school == "" || l.Actor.School == school {
				l.Send(f)
			}
		}
	}
}

// Close ends all lines, after what waits for them, and lets nobody in any more.
func (h *Hub) Close(code Code) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, lines := range h.lines {
		for _, l := range lines {
			l.end(code, false)
		}
	}
}

func (h *Hub) isClosed() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.closed
}

// say gives a message to the lines of some people. It stops, and says so, when
// what decided who they are no longer holds.
func (h *Hub) say(conversation string, seq int64, to []Face, f *Frame, still func() bool) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, face := range to {
		for _, l := range h.lines[face.Person] {
			if l.Actor.Hat == face.Hat && !l.hear(conversation, seq, f, still) {
				return false
			}
		}
	}
	return true
}

// recall ends the lines of a school for which a message waits: who may read it
// was decided by facts that have changed. They come back and catch up, and the
// rule decides again.
func (h *Hub) recall(school string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, lines := range h.lines {
		for _, l := range lines {
			if l.Actor.School == school && l.holds() {
				l.end(TooSlow, true)
			}
		}
	}
}
