package app

import (
	"bufio"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v3"
)

// What lies below a socket: the handshake between fasthttp and gorilla in the
// form of net/http, and the connection.

const (
	sendBuffer = 64 << 10         // bytes the system may hold for a client that does not read
	maxWrite   = 10 * time.Second // for one write; a client that reads nothing for so long is gone
	farewell   = 2 * time.Second  // for the client to answer a close
)

// handshake is the http.ResponseWriter that gorilla answers on.
type handshake struct {
	header http.Header
	status int
	body   []byte
	wire   *wire
}

func (w *handshake) Header() http.Header { return w.header }

func (w *handshake) WriteHeader(status int) { w.status = status }

func (w *handshake) Write(p []byte) (int, error) {
	w.body = append(w.body, p...)
	return len(p), nil
}

// Hijack gives gorilla the connection. The buffers are too small to be of use,
// so that gorilla makes its own.
func (w *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.wire, bufio.NewReadWriter(bufio.NewReaderSize(w.wire, 16), bufio.NewWriterSize(w.wire, 16)), nil
}

// refuse passes on what gorilla answered.
func (w *handshake) refuse(c fiber.Ctx) error {
	if w.status == 0 { // it broke while shaking hands
		c.RequestCtx().SetConnectionClose()
		return nil
	}
	for name, values := range w.header {
		for _, value := range values {
			c.Response().Header.Add(name, value)
		}
	}
	return c.Status(w.status).Send(w.body)
}

// netRequest is the request in the form gorilla reads, sharing no memory with
// fasthttp.
func netRequest(c fiber.Ctx) *http.Request {
	h := http.Header{}
	for name, value := range c.Request().Header.All() {
		h.Add(string(name), string(value))
	}
	return &http.Request{Method: strings.Clone(c.Method()), URL: &url.URL{Path: "/ws"}, Header: h, Host: string(c.Request().Host()),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

// wire is the connection. It gives first what was read of it already, and keeps
// frames whole.
type wire struct {
	net.Conn
	early []byte
	head  [128]byte       // what wakes a socket comes here: most frames as a whole
	raw   syscall.RawConn // nil where there is none

	mu   sync.Mutex
	owed []byte // of what try began, the rest: it goes before anything else
	over bool   // a close went out; nothing may come after it (RFC 6455, 5.5.1)
}

// keep takes what fasthttp has read already. A deadline in the past makes the
// read end there, and not wait for more.
func (w *wire) keep(early net.Conn) {
	w.Conn.SetReadDeadline(time.Unix(1, 0))
	var some [1 << 10]byte
	for {
		n, err := early.Read(some[:])
		w.early = append(w.early, some[:n]...)
		if err != nil {
			w.Conn.SetReadDeadline(time.Time{})
			return
		}
	}
}

// bound bounds what the system holds for a client that does not read, so that
// the client is found out while there is still a way to tell it.
func (w *wire) bound() {
	if c, ok := w.Conn.(interface{ SetWriteBuffer(int) error }); ok {
		c.SetWriteBuffer(sendBuffer)
	}
	if c, ok := w.Conn.(syscall.Conn); ok {
		w.raw, _ = c.SyscallConn() // without it try leaves all to Write
	}
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.early) > 0 {
		n := copy(p, w.early)
		if w.early = w.early[n:]; len(w.early) == 0 {
			w.early = nil
		}
		return n, nil
	}
	return w.Conn.Read(p)
}

// Write writes whole frames, after what is owed. No frame of another comes in
// between.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return 0, net.ErrClosed
	}
	w.Conn.SetWriteDeadline(time.Now().Add(maxWrite))
	defer w.Conn.SetWriteDeadline(time.Time{}) // try would fail on one that is over
	if len(w.owed) > 0 {
		if _, err := w.Conn.Write(w.owed); err != nil {
			return 0, err
		}
		w.owed = nil
	}
	w.over = len(p) > 0 && p[0] == closeFrame
	return w.Conn.Write(p)
}

// try writes whole frames if that can be done without waiting, and else leaves
// something to Write: what it gives back, after what is owed.
func (w *wire) try(p []byte) (left []byte, done bool) {
	if w.raw == nil || !w.mu.TryLock() {
		return p, false
	}
	defer w.mu.Unlock()
	if w.over {
		return nil, true
	}
	if len(w.owed) > 0 {
		return p, false
	}
	n := writeNow(w.raw, p)
	switch {
	case n == len(p):
		return nil, true
	case n > 0:
		w.owed, p = slices.Clone(p[n:]), nil
	}
	return p, false
}

// listen waits until something comes. It uses as little of the stack as it can.
func (w *wire) listen() error {
	n, err := w.Conn.Read(w.head[:])
	w.early = w.head[:n]
	return err
}

// linger closes so that the client can still read why: closing on unread bytes
// would throw away what is on its way.
func (w *wire) linger() {
	defer w.Conn.Close()
	half, ok := w.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || w.Conn.SetReadDeadline(time.Now().Add(farewell)) != nil {
		return
	}
	var some [4 << 10]byte
	for total := 0; total < 1<<20; {
		n, err := w.Conn.Read(some[:])
		if total += n; err != nil {
			return
		}
	}
}
