package app

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// What clients send. gobwas/ws (MIT) takes frames apart: unlike gorilla it keeps
// nothing between them, so that a socket on which nothing happens holds no
// buffer, and sleeps outside of all that needs a stack.

var (
	ping        = ws.MustCompileFrame(ws.NewPingFrame(nil))
	closeFrame  = ws.MustCompileFrame(ws.NewCloseFrame(nil))[0] // with which one begins
	errTooLarge = errors.New("frame too large")
	inboxes     = sync.Pool{New: func() any { return bufio.NewReader(nil) }}
)

// listen waits for the client, on a goroutine that does nothing else: what a
// stack once grew to it would keep.
func (s *socket) listen() {
	if s.wire.listen() != nil {
		s.end()
		return
	}
	go s.read()
}

// read reads what has come, and lets somebody listen again.
func (s *socket) read() {
	on := false
	defer func() {
		if p := recover(); p != nil {
			s.panicked(p)
			s.goodbye(int(ws.StatusInternalServerError))
		}
		if on {
			go s.listen()
		} else {
			s.end()
		}
	}()
	on = s.frames()
}

// frames reads whole frames until no more is there. It is false when the
// connection is over.
func (s *socket) frames() bool {
	r := inboxes.Get().(*bufio.Reader)
	r.Reset(s.wire)
	defer func() { r.Reset(nil); inboxes.Put(r) }()
	var kind ws.OpCode // of the message that comes in pieces
	var whole []byte
	for state := ws.StateServerSide; ; {
		h, part, err := frame(r, state, maxFrame-len(whole))
		if err != nil {
			s.broken(err)
			return false
		}
		s.alive()
		switch h.OpCode {
		case ws.OpPing:
			s.wire.Write(ws.MustCompileFrame(ws.NewPongFrame(part)))
		case ws.OpPong:
		case ws.OpClose:
			s.goodbye(int(echoOf(part)))
			return false
		default:
			if h.OpCode != ws.OpContinuation {
				kind = h.OpCode
			}
			whole = append(whole, part...)
			if state = state.Set(ws.StateFragmented); h.Fin {
				s.message(kind, whole)
				state, whole = state.Clear(ws.StateFragmented), nil
			}
		}
		if !state.Fragmented() && r.Buffered() == 0 && len(s.wire.early) == 0 {
			return true
		}
	}
}

// frame reads one, of at most so many bytes. Memory is taken for what comes, not
// for what is announced.
func frame(r io.Reader, state ws.State, most int) (h ws.Header, part []byte, err error) {
	if h, err = ws.ReadHeader(r); err == nil {
		err = ws.CheckHeader(h, state)
	}
	if err == nil && h.Length > int64(most) && !h.OpCode.IsControl() {
		err = errTooLarge
	}
	if err != nil {
		return h, nil, err
	}
	part, err = io.ReadAll(io.LimitReader(r, h.Length))
	if err == nil && int64(len(part)) < h.Length {
		err = io.ErrUnexpectedEOF
	}
	ws.Cipher(part, h.Mask, 0)
	return h, part, err
}

// broken says what was wrong with a frame, if it was the frame.
func (s *socket) broken(err error) {
	var wrong ws.ProtocolError
	switch {
	case errors.Is(err, errTooLarge):
		s.goodbye(int(ws.StatusMessageTooBig))
	case errors.As(err, &wrong), errors.Is(err, ws.ErrHeaderLengthMSB), errors.Is(err, ws.ErrHeaderLengthUnexpected):
		s.goodbye(int(ws.StatusProtocolError))
	}
}

// echoOf is the code with which a client's goodbye is answered: its own.
func echoOf(goodbye []byte) ws.StatusCode {
	if len(goodbye) == 0 {
		return ws.StatusNormalClosure
	}
	code, reason := ws.ParseCloseFrameData(goodbye)
	if ws.CheckCloseFrameData(code, reason) != nil {
		return ws.StatusProtocolError
	}
	return code
}

// message does what a whole message asks.
func (s *socket) message(kind ws.OpCode, raw []byte) {
	switch {
	case s.line.Ended(): // only the client's goodbye is waited for
	case kind != ws.OpText:
		s.goodbye(int(ws.StatusUnsupportedData))
	case !utf8.Valid(raw):
		s.goodbye(int(ws.StatusInvalidFramePayloadData))
	default:
		s.receive(raw)
	}
}
