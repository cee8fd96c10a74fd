package app

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
	"github.com/gofiber/fiber/v3"
	"github.com/gorilla/websocket"

	"kaft/chat"
	"kaft/portfolio"
)

// The live connection of a page: one WebSocket for each tab, as
// chat/PROTOCOL.md describes. This file brings frames from and to a chat.Line
// and knows nothing of what is in them.
//
// gorilla shakes hands, here on the connection of a fasthttp request: its Upgrade
// runs in the handler, so that a refused handshake is an ordinary answer, and the
// connection is then taken over. Nothing of fasthttp or gorilla is kept: an idle
// socket is one goroutine that sleeps on the smallest stack there is.
// app/inbox.go reads frames, app/post.go brings them.

const (
	maxFrame    = 64 << 10         // bytes of a frame from a client
	beatEvery   = 25 * time.Second // a ping
	checkEvery  = 4                // beats to a look whether the session still stands
	maxSilence  = 60 * time.Second // without a sign of life
	maxShutdown = 4 * time.Second
	quietAfter  = 20 * time.Second
)

// sockets are all open sockets of this process.
type sockets struct {
	app    *App
	post   post
	beat   time.Duration
	frames *chat.Pace // of one person, over all tabs
	tries  *chat.Pace // handshakes of one person

	mu    sync.Mutex
	open  map[*socket]bool
	quiet *time.Timer // gives back what handshakes took, once none has come for a while
}

// socket is one tab.
type socket struct {
	all     *sockets
	line    *chat.Line
	session *portfolio.Session // which it is, and who was there at the handshake
	token   string
	lang    string

	wire    *wire
	up      bool // the handshake is done
	timer   *time.Timer
	begun   atomic.Bool
	leaving atomic.Bool // a close was sent
	beats   int
	used    time.Time // when the session was last told that it is used
}

func newSockets(a *App) *sockets {
	all := &sockets{app: a, beat: beatEvery, open: map[*socket]bool{}, quiet: time.AfterFunc(time.Hour, debug.FreeOSMemory),
		frames: chat.NewPace(100, 50*time.Millisecond), tries: chat.NewPace(120, 250*time.Millisecond)}
	a.lib.Watch(all.changed)
	return all
}

// socket answers the handshake. Who is there and in which hat is settled before
// it; the origin is checked by gorilla.
func (v *visit) socket() error {
	if v.person == nil {
		return v.noSocket(portfolio.E(portfolio.Unsigned, "error.unsigned"))
	}
	all := v.app.live
	if w := all.tries.Take(v.actor.Person, time.Now()); w > 0 {
		return v.noSocket(portfolio.E(portfolio.TooMany, "error.talk_pace", "Seconds", int(w/time.Second)+1))
	}
	session := &portfolio.Session{Head: v.session.Head, Wearer: v.session.Wearer, Hat: v.session.Hat}
	s := &socket{all: all, session: session, token: v.Cookies(sessionCookie), lang: v.prefs.Lang, wire: &wire{Conn: v.RequestCtx().Conn()}}
	line, err := v.app.talks.Hub.Join(v.actor, s.wake)
	if err != nil {
		return v.noSocket(err)
	}
	s.line = line
	s.timer = time.AfterFunc(time.Hour, s.tick)
	all.add(s)
	return s.upgrade(v.Ctx)
}

// noSocket refuses a handshake in words; a page would help nobody.
func (v *visit) noSocket(err error) error {
	e := asError(err)
	return v.Status(statusOf[e.Kind]).SendString(v.app.cat.SayError(v.prefs.Lang, e))
}

var upgrader = websocket.Upgrader{ReadBufferSize: 1 << 8, WriteBufferSize: 1 << 8} // thrown away

// upgrade shakes hands and takes the connection over from fasthttp.
func (s *socket) upgrade(c fiber.Ctx) error {
	w := &handshake{header: http.Header{}, wire: s.wire}
	if _, err := upgrader.Upgrade(w, netRequest(c), nil); err != nil {
		s.end()
		return w.refuse(c)
	}
	s.up = true
	s.timer.Reset(maxWrite)
	c.RequestCtx().HijackSetNoResponse(true)
	c.RequestCtx().Hijack(func(early net.Conn) {
		if !s.begun.Swap(true) {
			s.wire.keep(early)
			s.begin()
		}
	})
	return nil
}

// begin lets frames come and go.
func (s *socket) begin() {
	s.wire.bound()
	s.alive()
	s.wake()                                           // for what waited for the handshake
	s.timer.Reset(s.all.beat/2 + rand.N(s.all.beat/2)) // not all in one instant
	if len(s.wire.early) > 0 {
		go s.read()
	} else {
		go s.listen()
	}
}

// alive gives the client time for another sign of life, unless it is on its
// way out.
func (s *socket) alive() {
	s.wire.SetReadDeadline(time.Now().Add(maxSilence))
	if s.leaving.Load() {
		s.wire.SetReadDeadline(time.Now().Add(farewell))
	}
}

// receive does what a frame asks. A client that sends too many is told, and
// then read more slowly.
func (s *socket) receive(raw []byte) {
	if wait := s.all.frames.Take(s.line.Actor.Person, time.Now()); wait > 0 {
		s.refuse(&chat.Refusal{Err: portfolio.E(portfolio.TooMany, "error.talk_pace", "Seconds", int(wait/time.Second)+1)})
		time.Sleep(min(wait*10, time.Second))
		return
	}
	if said := s.all.app.talks.Receive(context.Background(), s.line, raw, s.refuse); said {
		s.use()
	}
}

// refuse answers in the reader's language; what went wrong with us is for the
// log.
func (s *socket) refuse(r *chat.Refusal) {
	e := asError(r.Err)
	if e.Kind == portfolio.Internal || e.Kind == portfolio.Unavailable {
		s.all.app.opt.Log.Error("frame failed", "error", r.Err.Error())
	}
	s.line.Send(chat.Refused(&chat.Refusal{Conversation: r.Conversation, ID: r.ID, Err: e}, s.all.app.cat.SayError(s.lang, e)))
}

// use tells the session that somebody is there: saying something is, an open
// page is not.
func (s *socket) use() {
	if now := time.Now(); now.Sub(s.used) > time.Minute {
		s.used = now
		s.all.app.lib.Session(context.Background(), s.token) // when it has ended, check finds out
	}
}

// tick asks the client for a sign of life, and now and then the session whether
// it still stands: what ends it is told (changed), but not that time went by. Should the connection have broken before it was handed over, nobody
// else comes for the socket.
func (s *socket) tick() {
	defer s.caught()
	if !s.begun.Swap(true) {
		s.end()
		return
	}
	if s.beats++; s.beats%checkEvery == 0 {
		s.check()
	}
	s.wire.Write(ping) // a dead connection shows in the reader
	s.timer.Reset(s.all.beat)
}

// check ends the socket when its session has ended or has another hat on.
func (s *socket) check() {
	switch err := s.all.app.lib.Stands(context.Background(), s.session); portfolio.KindOf(err) {
	case portfolio.Unsigned:
		s.line.End(chat.SignedOut)
	case portfolio.Forbidden:
		s.line.End(chat.NotAllowed)
	}
}

// goodbye closes with a code. The reader ends when the client answers, or soon.
func (s *socket) goodbye(code int) {
	if s.leaving.Swap(true) {
		return
	}
	s.line.End(chat.GoingAway)
	s.wire.Write(ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusCode(code), ""))))
	s.wire.SetReadDeadline(time.Now().Add(farewell))
}

// caught keeps a panic to its own socket.
func (s *socket) caught() {
	if p := recover(); p != nil {
		s.panicked(p)
		s.wire.Close()
	}
}

func (s *socket) panicked(p any) {
	s.all.app.opt.Log.Error("panic in a socket", "what", p, "stack", string(debug.Stack()))
}

// end lets go of everything. It is safe to call twice.
func (s *socket) end() {
	s.timer.Stop()
	s.line.Leave()
	if s.up {
		s.wire.linger()
	}
	s.all.remove(s)
}

func (all *sockets) add(s *socket) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.open[s] = true
	all.quiet.Reset(quietAfter)
}

func (all *sockets) remove(s *socket) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.open, s)
}

// count is how many are open.
func (all *sockets) count() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.open)
}

// changed tells pages that they are out of date, and looks at sessions again.
// Whom a fact names may have lost something: that page does not wait until it
// suits.
func (all *sockets) changed(c portfolio.Change) {
	if c.What == "session" || c.What == "person" {
		all.mu.Lock()
		defer all.mu.Unlock()
		for s := range all.open {
			if s.session.ID == c.ID || slices.Contains(c.Persons, s.line.Actor.Person) {
				go func() { defer s.caught(); s.check() }()
			}
		}
		return
	}
	if c.What == portfolio.Said {
		return // the conversation itself hears of it
	}
	if len(c.Persons) == 0 {
		all.app.talks.Hub.TellSchool(c.School, chat.Changed(c.What, false))
	}
	for _, person := range c.Persons {
		if !slices.Contains(c.Named, person) {
			all.app.talks.Hub.Tell(person, chat.Changed(c.What, false))
		}
	}
	for _, person := range c.Named {
		all.app.talks.Hub.Tell(person, chat.Changed(c.What, true))
	}
}

// shutdown closes every socket with "come back" and waits for that.
func (all *sockets) shutdown() {
	all.app.talks.Hub.Close(chat.GoingAway)
	for end := time.Now().Add(maxShutdown); all.count() > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	for s := range all.open {
		s.wire.Close()
	}
}
