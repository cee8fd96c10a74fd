package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"kaft/portfolio"
)

// began is what the clock of messages counts from.
var began = time.Now()

// filler makes a message as long as people's are.
var filler = strings.Repeat(" denk je aan de gymtas", 4)

// tab is one socket that speaks chat/PROTOCOL.md as a page does: it says what it
// has seen when it comes back, and says again what was not acknowledged.
type tab struct {
	room   *room
	person person

	mu      sync.Mutex // for writing, and for which socket it is now
	ws      *websocket.Conn
	away    bool              // closed from this side
	done    chan struct{}     // closed when nothing reads any more
	unacked map[string]string // client_id → text

	last int64         // the highest number that came
	sum  atomic.Uint32 // of all that came, in its order
}

// open connects, says hello, and reads from then on.
func (t *tab) open(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	ws, err := t.connect(ctx)
	if err != nil {
		return err
	}
	t.ws, t.away, t.done = ws, false, make(chan struct{})
	greeted := make(chan struct{})
	go t.read(ctx, ws, sync.OnceFunc(func() { close(greeted) }))
	select {
	case <-greeted:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connect shakes hands and says hello and what was not acknowledged.
func (t *tab) connect(ctx context.Context) (*websocket.Conn, error) {
	d := websocket.Dialer{ReadBufferSize: 4 << 10, WriteBufferSize: 512, HandshakeTimeout: 30 * time.Second}
	ws, res, err := d.DialContext(ctx, "ws://"+t.room.host+"/ws", http.Header{"Origin": {"http://" + t.room.host}, "Cookie": {"kaft=" + t.person.token}})
	if err != nil {
		if res != nil {
			why, _ := io.ReadAll(io.LimitReader(res.Body, 200))
			err = fmt.Errorf("%w: %s %s", err, res.Status, why)
		}
		return nil, err
	}
	if err := ws.WriteJSON(map[string]any{"t": "hello", "v": 1, "seen": map[string]int64{t.room.id: t.last}}); err != nil {
		return nil, err
	}
	for id, text := range t.unacked {
		if err := t.write(ws, id, text); err != nil {
			return nil, err
		}
	}
	return ws, nil
}

func (t *tab) write(ws *websocket.Conn, id, text string) error {
	return ws.WriteJSON(map[string]string{"t": "say", "conversation": t.room.id, "client_id": id, "text": text})
}

// say says a message that tells when it was said. When the socket is just then
// gone, it is said after coming back.
func (t *tab) say() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, text := portfolio.NewID(), strconv.FormatInt(int64(time.Since(began)), 10)+filler
	t.unacked[id] = text
	t.write(t.ws, id, text)
	return nil
}

// waits tells whether something was not acknowledged yet.
func (t *tab) waits() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.unacked) > 0
}

// read reads until the socket is closed from this side, and comes back when the
// server closed it.
func (t *tab) read(ctx context.Context, ws *websocket.Conn, greeted func()) {
	defer close(t.done)
	buf := make([]byte, 0, 512)
	for {
		kind, r, err := ws.NextReader()
		if err == nil {
			buf, err = readAll(buf[:0], r)
		}
		switch {
		case err == nil && kind == websocket.TextMessage:
			err = t.got(buf, greeted)
			if err != nil {
				t.room.fault(err)
				return
			}
		case err != nil:
			ws.Close()
			if ws, err = t.again(ctx, err); err != nil {
				t.room.fault(err)
			}
			if ws == nil {
				return
			}
		}
	}
}

// again comes back after the server closed; nil when that was done here.
func (t *tab) again(ctx context.Context, why error) (*websocket.Conn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.away || ctx.Err() != nil {
		return nil, nil
	}
	var code *websocket.CloseError
	if !errors.As(why, &code) || code.Code != websocket.CloseTryAgainLater {
		return nil, fmt.Errorf("a socket broke: %w", why)
	}
	t.room.dropped.Add(1)
	ws, err := t.connect(ctx)
	t.ws = ws
	return ws, err
}

var messages = []byte(`{"t":"message"`)

// got counts one frame. A message is not taken apart as JSON: that would cost
// this process more than the server has for all of it.
func (t *tab) got(raw []byte, greeted func()) error {
	if bytes.HasPrefix(raw, messages) {
		seq, err1 := number(raw, `"seq":`)
		at, err2 := number(raw, `"text":"`)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if seq != t.last+1 {
			return fmt.Errorf("message %d came after %d", seq, t.last)
		}
		t.last = seq
		t.sum.Store(crc32.Update(t.sum.Load(), crc32.IEEETable, raw))
		t.room.came(seq, time.Since(began)-time.Duration(at))
		return nil
	}
	var f struct {
		T, Message string
		ID         string `json:"client_id"`
		Long       bool
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return err
	}
	switch {
	case f.T == "ack":
		t.mu.Lock()
		delete(t.unacked, f.ID)
		t.mu.Unlock()
	case f.T == "error", f.Long:
		return fmt.Errorf("the server answers: %s", raw)
	case f.T == "resume": // the answer to hello is complete
		greeted()
	}
	return nil
}

// number is the one after a name in a frame.
func number(raw []byte, name string) (n int64, err error) {
	i := bytes.Index(raw, []byte(name))
	if i < 0 {
		return 0, fmt.Errorf("no %s in %s", name, raw)
	}
	for _, c := range raw[i+len(name):] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n, nil
}

func readAll(buf []byte, r io.Reader) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// close ends the socket as a phone does that loses its network.
func (t *tab) close() {
	t.mu.Lock()
	t.away = true
	if t.ws != nil {
		t.ws.NetConn().Close()
	}
	t.mu.Unlock()
	if t.done != nil {
		<-t.done
	}
}
