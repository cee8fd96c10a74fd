package app

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kaft/chat"
	"kaft/portfolio"
)

// testTab is a tab with its socket, at the other end of a real connection.
type testTab struct {
	t  testing.TB
	ws *websocket.Conn
}

// wsFrame is any frame from the server.
type wsFrame struct {
	T, Conversation, Name, Text, Kind, Message, About string
	ID                                                string `json:"client_id"`
	Seq, After, Of                                    int64
	Long, Force, Withdrawn                            bool
}

// dial shakes hands as this client. Each header is "Name: value".
func (c *testClient) dial(d websocket.Dialer, headers ...string) (*websocket.Conn, *http.Response, error) {
	c.s.t.Helper()
	u, err := url.Parse(c.s.url)
	if err != nil {
		c.s.t.Fatal(err)
	}
	h := http.Header{"Origin": {c.s.url}}
	for _, x := range headers {
		name, value, _ := strings.Cut(x, ": ")
		h.Set(name, value)
	}
	d.Jar = c.http.Jar
	u.Scheme = "ws"
	return d.Dial(u.String()+"/ws", h)
}

// tab connects.
func (c *testClient) tab() *testTab {
	c.s.t.Helper()
	ws, res, err := c.dial(websocket.Dialer{})
	if err != nil {
		c.s.t.Fatalf("handshake: %v (%v)", err, res)
	}
	c.s.t.Cleanup(func() { ws.Close() })
	return &testTab{c.s.t, ws}
}

func (b *testTab) send(frame any) {
	b.t.Helper()
	if err := b.ws.WriteJSON(frame); err != nil {
		b.t.Fatal(err)
	}
}

// next waits for the next frame of a kind and leaves out others.
func (b *testTab) next(kind string) wsFrame {
	b.t.Helper()
	b.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		var f wsFrame
		if err := b.ws.ReadJSON(&f); err != nil {
			b.t.Fatalf("waiting for %q: %v", kind, err)
		}
		if f.T == kind {
			return f
		}
	}
}

// code waits for the close and gives its code.
func (b *testTab) code() int {
	b.t.Helper()
	b.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		if _, _, err := b.ws.ReadMessage(); err != nil {
			var e *websocket.CloseError
			if !errors.As(err, &e) {
				b.t.Fatalf("waiting for a close: %v", err)
			}
			return e.Code
		}
	}
}

func (b *testTab) hello(seen map[string]int64) *testTab {
	b.send(map[string]any{"t": "hello", "v": 1, "seen": seen})
	return b
}

func (b *testTab) say(talk, id, text string) {
	b.send(map[string]any{"t": "say", "conversation": talk, "client_id": id, "text": text})
}

// talk is the first conversation of somebody.
func (s *testSchool) talk(login, hat string) *chat.Talk {
	s.t.Helper()
	mine, err := s.talks.Mine(context.Background(), s.actor(login, hat))
	if err != nil || len(mine) == 0 {
		s.t.Fatalf("%s has %d conversations, %v", login, len(mine), err)
	}
	return mine[0]
}

// until waits for something that happens soon by itself.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestTheSocket is what one school can bear: each part is done by somebody else,
// for there are bounds to what one person may do.
func TestTheSocket(t *testing.T) {
	school := newSchool(t)
	for _, test := range []struct {
		name string
		part func(*testing.T, *testSchool)
	}{
		{"a handshake that is refused is an ordinary answer", testRefusedHandshakes},
		{"what a client sends too early is not lost", testEarlyFrames},
		{"frames that break the protocol are closed with their code", testBrokenFrames},
		{"a frame that makes no sense is answered and the socket lives", testSenselessFrames},
		{"a person has a bounded number of tabs", testManyTabs},
		{"who floods is told and slowed down", testFlood},
		{"signing out closes the sockets of that session", testSigningOut},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := *school
			s.t = t
			test.part(t, &s)
		})
	}
}

func testRefusedHandshakes(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	for _, test := range []struct {
		name   string
		client *testClient
		header string
		want   int
	}{
		{"nobody is signed in", s.visitor(), "X: y", 401},
		{"another site", noor, "Origin: https://evil.example", 403},
		{"a part of our name", noor, "Origin: http://127.0.0.1.evil.example", 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			ws, res, err := test.client.dial(websocket.Dialer{}, test.header)
			if err == nil {
				ws.Close()
				t.Fatal("the handshake was accepted")
			}
			if res == nil || res.StatusCode != test.want {
				t.Errorf("got %v, want status %d", res, test.want)
			}
		})
	}
	if r := noor.get("/ws"); r.status != 400 {
		t.Errorf("an ordinary request: got status %d, want 400", r.status)
	}
	if r := noor.post("/ws", nil); r.status != 404 {
		t.Errorf("a form: got status %d, want 404", r.status)
	}
	old, _ := http.NewRequest("GET", s.url+"/ws", nil)
	old.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"12"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}
	if res, err := noor.http.Do(old); err != nil || res.StatusCode != 400 {
		t.Errorf("an old version of the protocol: got %v, %v; want status 400", res, err)
	}
	if r := noor.get("/gesprekken"); r.status != 200 {
		t.Errorf("a page after that: got status %d", r.status)
	}
	until(t, "the refused sockets to be gone", func() bool { return s.app.live.count() == 0 && s.talks.Hub.Lines() == 0 })
}

// TestWhatAClientSendsTooEarlyIsNotLost sends frames in the same packet as the
// handshake, as a client in a hurry does, more than fits in gorilla's buffer.
func testEarlyFrames(t *testing.T, s *testSchool) {
	talk := s.talk("lotte", portfolio.HatStudent)
	c := s.as("lotte")
	u, _ := url.Parse(s.url)
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw := "GET /ws HTTP/1.1\r\nHost: " + u.Host + "\r\nOrigin: " + s.url + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.StdEncoding.EncodeToString(make([]byte, 16)) + "\r\n"
	for _, cookie := range c.http.Jar.Cookies(u) {
		raw += "Cookie: " + cookie.String() + "\r\n"
	}
	raw += "\r\n" + masked(`{"t":"hello","v":1}`)
	for i := range 3 {
		raw += masked(fmt.Sprintf(`{"t":"say","conversation":%q,"client_id":"k%d","text":"%d %s"}`, talk.ID, i, i, strings.Repeat("x", 1000)))
	}
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatalf("got %v, %v", res, err)
	}
	got := ""
	for !strings.Contains(got, `"t":"ack","conversation":"`+talk.ID+`","client_id":"k2"`) {
		b := make([]byte, 4096)
		n, err := r.Read(b)
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got += string(b[:n])
	}
}

func testBrokenFrames(t *testing.T, s *testSchool) {
	noor := s.as("bas")
	for _, test := range []struct {
		name string
		send func(*websocket.Conn) error
		want int
	}{
		{"too large", func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.TextMessage, make([]byte, maxFrame+1))
		}, 1009},
		{"much too large", func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.TextMessage, make([]byte, 40*maxFrame))
		}, 1009},
		{"too large in pieces", func(ws *websocket.Conn) error {
			w, err := ws.NextWriter(websocket.TextMessage)
			if err != nil {
				return err
			}
			for range 5 {
				if _, err := w.Write(make([]byte, maxFrame/4)); err != nil {
					return err
				}
			}
			return w.Close()
		}, 1009},
		{"binary", func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.BinaryMessage, []byte(`{"t":"hello","v":1}`))
		}, 1003},
		{"not UTF-8", func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.TextMessage, []byte("{\"t\":\"\xff\"}"))
		}, 1007},
		{"a bad opcode", func(ws *websocket.Conn) error {
			_, err := ws.NetConn().Write([]byte{0x83, 0x80, 0, 0, 0, 0})
			return err
		}, 1002},
		{"not masked", func(ws *websocket.Conn) error {
			_, err := ws.NetConn().Write([]byte{0x81, 0x02, '{', '}'})
			return err
		}, 1002},
		{"goodbye", func(ws *websocket.Conn) error {
			return ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
		}, 1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := noor.tab()
			test.send(b.ws) // the server may close before all of it is sent
			if got := b.code(); got != test.want {
				t.Errorf("got code %d, want %d", got, test.want)
			}
		})
	}
	until(t, "the sockets to be gone", func() bool { return s.app.live.count() == 0 && s.talks.Hub.Lines() == 0 })
}

func testSenselessFrames(t *testing.T, s *testSchool) {
	b := s.as("eva").tab()
	b.ws.WriteMessage(websocket.TextMessage, []byte("hoi"))
	if e := b.next("error"); e.Kind != "invalid" || e.Message == "" {
		t.Errorf("got %+v", e)
	}
	b.hello(nil).next("hello")
	b.send(map[string]any{"t": "hello", "v": 2})
	if e := b.next("error"); e.Kind != "invalid" {
		t.Errorf("another version: got %+v", e)
	}
}

func testManyTabs(t *testing.T, s *testSchool) {
	c := s.as("daan")
	var tabs []*testTab
	for range 20 {
		tabs = append(tabs, c.tab())
	}
	_, res, err := c.dial(websocket.Dialer{})
	if err == nil || res == nil || res.StatusCode != 429 {
		t.Fatalf("one more: got %v, %v; want status 429", res, err)
	}
	words, _ := io.ReadAll(res.Body)
	if !strings.Contains(string(words), "20 keer open") {
		t.Errorf("got %q", words)
	}
	tabs[3].ws.Close()
	until(t, "a tab to be gone", func() bool { return s.app.live.count() == 19 })
	c.tab().hello(nil).next("hello")
}

func testFlood(t *testing.T, s *testSchool) {
	b := s.as("ruben").tab()
	go func() {
		for range 150 {
			if b.ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"hello","v":1}`)) != nil {
				return
			}
		}
	}()
	if e := b.next("error"); e.Kind != "too_many" || !strings.Contains(e.Message, "te snel") {
		t.Errorf("got %+v", e)
	}
}

func testSigningOut(t *testing.T, s *testSchool) {
	here, there := s.as("samira"), s.as("samira")
	a, b := here.tab(), there.tab()
	a.hello(nil).next("hello")
	b.hello(nil).next("hello")
	here.post("/afmelden", nil)
	if got := a.code(); got != int(chat.SignedOut) {
		t.Errorf("got code %d, want %d", got, chat.SignedOut)
	}
	b.hello(nil).next("hello")
	there.post("/overal-afmelden", nil)
	if got := b.code(); got != int(chat.SignedOut) {
		t.Errorf("everywhere: got code %d, want %d", got, chat.SignedOut)
	}
}

func TestThreePeopleTalkOverSockets(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	last := talk.Newest.Seq
	seen := map[string]int64{talk.ID: last}
	fatima, noor, anna := s.as("fatima").tab().hello(seen), s.as("noor").tab().hello(seen), s.as("anna").tab().hello(seen)
	for _, b := range []*testTab{fatima, noor, anna} {
		b.next("resume")
	}
	noor.say(talk.ID, "k1", "Mag ik hem inlijsten?")
	if m := noor.next("message"); m.Seq != last+1 || m.Name != "Noor de Vries" || m.ID != "k1" {
		t.Errorf("Noor got %+v", m)
	}
	if a := noor.next("ack"); a.Seq != last+1 || a.ID != "k1" {
		t.Errorf("Noor got %+v", a)
	}
	for _, b := range []*testTab{fatima, anna} {
		if m := b.next("message"); m.Text != "Mag ik hem inlijsten?" || m.Seq != last+1 {
			t.Errorf("got %+v", m)
		}
	}
	anna.say(talk.ID, "k1", "Ja hoor")
	for _, b := range []*testTab{fatima, noor} {
		if m := b.next("message"); m.Text != "Ja hoor" || m.Seq != last+2 {
			t.Errorf("got %+v", m)
		}
	}
	fatima.say(talk.ID, "k1", strings.Repeat("a", chat.MaxText+1))
	if e := fatima.next("error"); e.Kind != "invalid" || e.ID != "k1" || !strings.Contains(e.Message, "4.001") {
		t.Errorf("a long message: got %+v", e)
	}
}

// masked is a text frame of a client; a mask of zeros leaves the text readable.
func masked(text string) string {
	head := []byte{0x81, 0x80}
	if len(text) < 126 {
		head[1] |= byte(len(text))
	} else {
		head[1] |= 126
		head = append(head, byte(len(text)>>8), byte(len(text)))
	}
	return string(head) + "\x00\x00\x00\x00" + text
}

func TestAReaderThatStandsStillIsToldToComeBack(t *testing.T) {
	s := newSchool(t)
	c := s.as("noor")
	small := func(network, address string, raw syscall.RawConn) error {
		var err error
		raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
		return err
	}
	ws, _, err := c.dial(websocket.Dialer{NetDial: (&net.Dialer{Control: small}).Dial})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	b := &testTab{t, ws}
	b.hello(nil).next("hello")
	other := c.tab().hello(nil)
	other.next("hello")
	stop, read := make(chan bool), make(chan int)
	go func() { // the other tab reads on
		n := 0
		defer func() { read <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			var f wsFrame
			if other.ws.ReadJSON(&f) != nil {
				return
			}
			if n++; f.About == "end" {
				return
			}
		}
	}()
	long := chat.Changed(strings.Repeat("x", 4000), false)
	sent := 0
	until(t, "the line to end", func() bool {
		for range 20 {
			s.talks.Hub.Tell(s.ids["noor"], long)
			sent++
		}
		return s.app.live.ended() == 1
	})
	if got := b.code(); got != int(chat.TooSlow) {
		t.Errorf("got code %d, want %d", got, chat.TooSlow)
	}
	s.talks.Hub.Tell(s.ids["noor"], chat.Changed("end", false))
	if n := <-read; n != sent+1 {
		t.Errorf("the tab beside it read %d frames, want %d", n, sent+1)
	}
	close(stop)
}

// ended counts the sockets whose line has ended.
func (all *sockets) ended() (n int) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for s := range all.open {
		if s.line.Ended() {
			n++
		}
	}
	return n
}

func TestASessionThatEndsByItselfEndsItsSocket(t *testing.T) {
	s := newSchool(t)
	s.app.live.beat = 20 * time.Millisecond
	b := s.as("noor").tab()
	b.hello(nil).next("hello")
	s.clock.advance(portfolio.SessionIdle + time.Minute)
	if got := b.code(); got != int(chat.SignedOut) {
		t.Errorf("got code %d, want %d", got, chat.SignedOut)
	}
}

func TestTalkingKeepsASessionAlive(t *testing.T) {
	s := newSchool(t)
	s.app.live.beat = 20 * time.Millisecond
	talk := s.talk("noor", portfolio.HatStudent)
	b := s.as("noor").tab().hello(nil)
	s.clock.advance(portfolio.SessionIdle - time.Minute)
	b.say(talk.ID, "k1", "ik ben er nog")
	b.next("ack")
	b.hello(nil).next("hello") // frames are handled in turn: the session has been told by now
	s.clock.advance(2 * time.Minute)
	beats := 0
	b.ws.SetPingHandler(func(string) error { beats++; return nil })
	for beats < 3 { // each comes after a look at the session
		b.hello(nil).next("hello")
		time.Sleep(30 * time.Millisecond)
	}
}

func TestAnotherHatClosesTheSocketOfTheFirst(t *testing.T) {
	s := newSchool(t)
	s.app.live.beat = 20 * time.Millisecond
	c := s.as("fatima", portfolio.HatStaff)
	b := c.tab()
	b.hello(nil).next("hello")
	c.post("/wie", url.Values{"school": {s.admin.School}, "person": {s.ids["fatima"]}, "hat": {portfolio.HatGuardian}})
	if got := b.code(); got != int(chat.NotAllowed) {
		t.Errorf("got code %d, want %d", got, chat.NotAllowed)
	}
}

func TestLosingCustodyIsToldToTheOpenPageAndEndsTheConversationThere(t *testing.T) {
	s := newSchool(t)
	ctx := context.Background()
	talk := s.talk("noor", portfolio.HatStudent)
	seen := map[string]int64{talk.ID: talk.Newest.Seq}
	anna, noor := s.as("anna").tab().hello(seen), s.as("noor").tab().hello(seen)
	anna.next("resume")
	noor.next("resume")
	facts, err := s.lib.FactsAbout(ctx, s.admin, s.ids["noor"])
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(facts, func(f *portfolio.Fact) bool {
		return f.Type == portfolio.FactCustody && f.Party == s.ids["anna"]
	})
	if _, err := s.lib.EndFact(ctx, s.admin, facts[i].ID, portfolio.DateOf(s.lib.Now()), "beschikking 12"); err != nil {
		t.Fatal(err)
	}
	if f := anna.next("changed"); f.About != "fact" || !f.Force {
		t.Errorf("Anna got %+v, want force", f)
	}
	if f := noor.next("changed"); f.About != "fact" || f.Force {
		t.Errorf("Noor got %+v, want no force", f)
	}
	noor.say(talk.ID, "k1", "na de beschikking")
	noor.next("ack")
	anna.say(talk.ID, "k2", "hoor je mij")
	// Whatever comes to Anna, it is not Noor's message.
	anna.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		var f wsFrame
		if err := anna.ws.ReadJSON(&f); err != nil {
			t.Fatal(err)
		}
		if f.T == "message" {
			t.Fatalf("Anna got %+v", f)
		}
		if f.T == "error" {
			if f.Kind != "not_found" || f.ID != "k2" {
				t.Errorf("got %+v", f)
			}
			break
		}
	}
}

func TestAPanicLeaksNothing(t *testing.T) {
	s := newSchool(t)
	c := s.as("noor")
	gone := func() {
		t.Helper()
		until(t, "the socket to be gone", func() bool { return s.app.live.count() == 0 && s.talks.Hub.Lines() == 0 })
	}
	c.tab().ws.Close()
	gone()
	before := runtime.NumGoroutine()
	t.Run("while reading", func(t *testing.T) {
		b := c.tab()
		b.hello(nil).next("hello")
		cat := s.app.cat
		s.app.cat = nil // there are no words to refuse with
		b.ws.WriteMessage(websocket.TextMessage, []byte("hoi"))
		if got := b.code(); got != 1011 {
			t.Errorf("got code %d, want 1011", got)
		}
		s.app.cat = cat
		gone()
	})
	t.Run("while writing", func(t *testing.T) {
		b := c.tab()
		b.hello(nil).next("hello")
		broken := chat.Changed("work", false)
		broken.Made(func([]byte) any { return "not what the socket makes of it" })
		s.talks.Hub.Tell(s.ids["noor"], broken)
		gone()
	})
	until(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
	c.tab().hello(nil).next("hello")
}

// TestKilledConnectionsCatchUpWithoutAGap cuts connections hard and at any
// time, while others go on talking.
func TestKilledConnectionsCatchUpWithoutAGap(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	first := talk.Newest.Seq
	const each = 15
	var wg sync.WaitGroup
	for _, login := range []string{"fatima", "noor", "anna"} {
		c := s.as(login)
		b := c.tab().hello(nil)
		wg.Go(func() {
			for i := range each {
				b.say(talk.ID, fmt.Sprint(login, i), fmt.Sprint(login, i))
				b.next("ack")
			}
		})
	}
	listener := s.as("noor")
	seen, got := first, []string{}
	for cut := 0; seen < first+3*each; cut++ {
		ws, _, err := listener.dial(websocket.Dialer{})
		if err != nil {
			t.Fatal(err)
		}
		ws.WriteJSON(map[string]any{"t": "hello", "v": 1, "seen": map[string]int64{talk.ID: seen}})
		ws.SetReadDeadline(time.Now().Add(20 * time.Second))
		for left := 1 + cut%7; left > 0 && seen < first+3*each; {
			var f wsFrame
			if err := ws.ReadJSON(&f); err != nil {
				t.Fatal(err)
			}
			if f.T != "message" {
				continue
			}
			if f.Seq != seen+1 {
				t.Fatalf("message %d came after %d", f.Seq, seen)
			}
			seen = f.Seq
			got = append(got, f.Text)
			left--
		}
		ws.NetConn().(*net.TCPConn).SetLinger(0) // a cut, not a goodbye
		ws.NetConn().Close()
		time.Sleep(50 * time.Millisecond) // within the pace of handshakes
	}
	wg.Wait()
	for _, login := range []string{"fatima", "noor", "anna"} {
		var mine []string
		for _, text := range got {
			if strings.HasPrefix(text, login) {
				mine = append(mine, text)
			}
		}
		for i, text := range mine {
			if text != fmt.Sprint(login, i) {
				t.Fatalf("%s: message %d is %q", login, i, text)
			}
		}
		if len(mine) != each {
			t.Errorf("%s: %d messages, want %d", login, len(mine), each)
		}
	}
}

func TestShutdownClosesEverySocketWithComeBack(t *testing.T) {
	s := newSchool(t)
	var tabs []*testTab
	for _, login := range []string{"noor", "anna", "fatima"} {
		b := s.as(login).tab()
		b.hello(nil).next("hello")
		tabs = append(tabs, b)
	}
	s.talks.Hub.Tell(s.ids["noor"], chat.Changed("work", false))
	codes := make(chan int)
	for _, b := range tabs {
		go func() { codes <- b.code() }()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- s.app.Shutdown(ctx) }()
	for range tabs {
		if got := <-codes; got != int(chat.GoingAway) {
			t.Errorf("got code %d, want %d", got, chat.GoingAway)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := s.app.live.count(); n != 0 {
		t.Errorf("%d sockets are left", n)
	}
}

func TestPingsKeepAConnectionAlive(t *testing.T) {
	s := newSchool(t)
	s.app.live.beat = 20 * time.Millisecond
	b := s.as("noor").tab()
	pings := make(chan bool, 9)
	b.ws.SetPingHandler(func(string) error {
		select {
		case pings <- true:
		default:
		}
		return b.ws.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second))
	})
	go func() {
		for {
			if _, _, err := b.ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	for range 3 {
		select {
		case <-pings:
		case <-time.After(20 * time.Second):
			t.Fatal("no ping")
		}
	}
}
