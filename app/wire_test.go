package app

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// TestFramesStayWholeWhenAClientReadsSlowly has frames tried at a client that
// does not read, and others written in between.
func TestFramesStayWholeWhenAClientReadsSlowly(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Conn: conn}
	w.bound()
	frames := prepare(bytes.Repeat([]byte("x"), 50_000)).([]byte)
	var want bytes.Buffer
	tried := 0
	for ; ; tried++ { // until the system takes no more
		left, done := w.try(frames)
		if done {
			want.Write(frames)
			continue
		}
		if len(w.owed) > 0 == (left != nil) {
			t.Fatalf("%d bytes are owed and %d given back", len(w.owed), len(left))
		}
		if left == nil {
			want.Write(frames)
		}
		break
	}
	if left, done := w.try(frames); done || len(left) != len(frames) {
		t.Fatalf("a full connection took %d bytes", len(frames)-len(left))
	}
	got := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(client)
		got <- all
	}()
	goodbye := ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(1013, "")))
	for _, f := range [][]byte{ping, frames, goodbye} {
		if _, err := w.Write(f); err != nil {
			t.Fatal(err)
		}
		want.Write(f)
	}
	if _, done := w.try(frames); !done {
		t.Error("after a goodbye something was left to write")
	}
	if _, err := w.Write(ping); err == nil {
		t.Error("after a goodbye a ping was written")
	}
	conn.Close()
	select {
	case all := <-got:
		if !bytes.Equal(all, want.Bytes()) {
			t.Errorf("the client read %d bytes, want %d, or others", len(all), want.Len())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the client waits for more")
	}
	if tried == 0 {
		t.Error("nothing could be written at once")
	}
}

func TestFramesInPiecesAndPingsBetweenThemAreRead(t *testing.T) {
	s := newSchool(t)
	b := s.as("noor").tab()
	raw := b.ws.NetConn()
	piece := func(op ws.OpCode, fin bool, text string) []byte {
		return ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(op, fin, []byte(text))))
	}
	pongs := make(chan string, 1)
	b.ws.SetPongHandler(func(s string) error { pongs <- s; return nil })
	for _, f := range [][]byte{piece(ws.OpText, false, `{"t":"he`), piece(ws.OpPing, true, "?"), piece(ws.OpContinuation, false, `llo","v`), piece(ws.OpContinuation, true, `":1}`)} {
		if _, err := raw.Write(f[:3]); err != nil { // nor does a frame come whole
			t.Fatal(err)
		}
		if _, err := raw.Write(f[3:]); err != nil {
			t.Fatal(err)
		}
	}
	b.next("hello")
	if got := <-pongs; got != "?" {
		t.Errorf("the ping was answered with %q", got)
	}
	raw.Write(piece(ws.OpContinuation, true, "x"))
	if got := b.code(); got != 1002 {
		t.Errorf("a piece of nothing: got code %d, want 1002", got)
	}
}
