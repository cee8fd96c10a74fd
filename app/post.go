package app

import (
	"runtime"
	"slices"
	"sync"

	"github.com/gobwas/ws"

	"kaft/chat"
)

// Frames are brought to sockets by a few that go round. They take the sockets
// for which frames wait in the order in which they came to wait, write to each
// once all that waits for it, without waiting for a client, and put it at the
// end when more has come since. So under load a round takes longer, more waits
// for each socket, and the messages share a write. A client that does not read
// fast enough gets a goroutine of its own until it has.

// post is what is to be brought round.
type post struct {
	mu    sync.Mutex
	ready []*socket // frames wait for them
	walks int
}

// handful is how many sockets are taken at a time.
const handful = 32

// maxWalks leaves processors for those who have something to say.
var maxWalks = max(1, runtime.GOMAXPROCS(0)/2)

// add has a socket written to. It does not block.
func (p *post) add(s *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = append(p.ready, s)
	if p.walks < maxWalks && len(p.ready) > p.walks*handful {
		p.walks++
		go p.walk()
	}
}

// walk goes round until nothing waits any more.
func (p *post) walk() {
	var some [handful]*socket
	var bag []byte
	for {
		n := p.next(some[:])
		if n == 0 {
			return
		}
		for _, s := range some[:n] {
			bag = s.write(bag[:0])
		}
	}
}

// next gives some of who is ready. When it gives none, the walk is over.
func (p *post) next(some []*socket) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := copy(some, p.ready)
	clear(p.ready[:n])
	if p.ready = p.ready[n:]; len(p.ready) == 0 {
		p.ready = nil
	}
	if n == 0 {
		p.walks--
	}
	return n
}

// wake is called by the line when frames begin to wait.
func (s *socket) wake() { s.all.post.add(s) }

// write writes what waits for the socket, and has it say goodbye when its line
// has ended. It does not wait for the client. bag is for the frames; it may be
// made larger.
func (s *socket) write(bag []byte) []byte {
	defer s.caught()
	var some [64]*chat.Frame
	frames, code := s.line.Take(some[:0])
	if len(frames) == 0 {
		if code != 0 {
			go s.goodbye(int(code))
		}
		return bag
	}
	for _, f := range frames {
		bag = append(bag, f.Made(prepare).([]byte)...)
	}
	if left, done := s.wire.try(bag); !done {
		go s.finish(slices.Clone(left))
		return bag
	}
	s.rest()
	return bag
}

// finish writes what could not be written at once, and waits for the client.
func (s *socket) finish(left []byte) {
	defer s.caught()
	if _, err := s.wire.Write(left); err != nil {
		s.wire.Close() // the reader notices
		return
	}
	s.rest()
}

// rest lets the socket be, unless more has come.
func (s *socket) rest() {
	if !s.line.Rest() {
		s.wake()
	}
}

// prepare makes a text frame, once for all who get it.
func prepare(body []byte) any { return ws.MustCompileFrame(ws.NewTextFrame(body)) }
