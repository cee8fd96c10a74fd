package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/nats-io/nats-server/v2/server"

	"kaft/app/natsbus"
	"kaft/chat"
	"kaft/portfolio"
)

// busAt runs a real NATS server on loopback.
func busAt(t testing.TB, port int) *server.Server {
	t.Helper()
	bus, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	bus.Start()
	if !bus.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	return bus
}

// kaftOnStore is one of several Kafts on one store: its own library,
// conversations and server. It can be killed: everything it holds is cut.
type kaftOnStore struct {
	s     *testSchool
	bus   string
	mu    sync.Mutex
	url   string // "" while it is dead
	conns []net.Conn
	die   func()
}

func (k *kaftOnStore) start() {
	t := k.s.t
	lib := portfolio.NewLibrary(k.s.store, nil, Intake{}, k.s.clock.now)
	leave, err := natsbus.Join(lib, k.bus, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Error(err)
		return
	}
	a, err := New(lib, chat.New(lib, k.s.store, k.s.clock.now), Options{Demo: true, Log: slog.New(slog.DiscardHandler), Jobs: k.s.app.opt.Jobs})
	if err != nil {
		t.Error(err)
		return
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return
	}
	go a.Serve(noting{ln, k})
	k.mu.Lock()
	defer k.mu.Unlock()
	k.url = ln.Addr().String()
	k.die = func() { leave(); ln.Close() }
}

// noting notes the connections, so that they can be cut.
type noting struct {
	net.Listener
	k *kaftOnStore
}

func (n noting) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err == nil {
		n.k.mu.Lock()
		n.k.conns = append(n.k.conns, c)
		n.k.mu.Unlock()
	}
	return c, err
}

// kill cuts it off from everybody at once, as the end of a process does.
func (k *kaftOnStore) kill() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.url == "" {
		return
	}
	k.url = ""
	k.die()
	for _, c := range k.conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	k.conns = nil
}

func (k *kaftOnStore) at() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.url
}

// member is somebody in a conversation who reads and says things by the
// protocol, comes back when the connection breaks, and says again what was not
// acknowledged.
type member struct {
	c     *testClient
	home  *kaftOnStore
	talk  string
	says  []string
	mu    sync.Mutex
	seen  int64
	heard []int64
	wrong string
}

func (m *member) run(ctx context.Context) {
	said := 0
	for ctx.Err() == nil {
		m.connected(ctx, &said)
		select {
		case <-ctx.Done():
		case <-time.After(60 * time.Millisecond):
		}
	}
}

func (m *member) connected(ctx context.Context, said *int) {
	at := m.home.at()
	if at == "" {
		return
	}
	d := websocket.Dialer{Jar: m.c.http.Jar, HandshakeTimeout: 5 * time.Second}
	ws, _, err := d.DialContext(ctx, (&url.URL{Scheme: "ws", Host: at, Path: "/ws"}).String(), http.Header{"Origin": {"http://" + at}})
	if err != nil {
		return
	}
	defer ws.Close()
	stop := context.AfterFunc(ctx, func() { ws.Close() })
	defer stop()
	m.mu.Lock()
	seen := m.seen
	m.mu.Unlock()
	ws.WriteJSON(map[string]any{"t": "hello", "v": 1, "seen": map[string]int64{m.talk: seen}})
	if *said < len(m.says) {
		ws.WriteJSON(map[string]any{"t": "say", "conversation": m.talk, "client_id": fmt.Sprint(m.c.s.t.Name(), "-", *said), "text": m.says[*said]})
	}
	for {
		var f wsFrame
		if ws.ReadJSON(&f) != nil {
			return
		}
		switch f.T {
		case "message":
			m.mu.Lock()
			if f.Seq != m.seen+1 && m.wrong == "" {
				m.wrong = fmt.Sprintf("message %d came after %d", f.Seq, m.seen)
			}
			m.seen = f.Seq
			m.heard = append(m.heard, f.Seq)
			m.mu.Unlock()
		case "ack":
			*said++
			time.AfterFunc(80*time.Millisecond, func() { ws.Close() }) // another connection for each: many comings back
		case "error":
			if f.ID != "" { // too fast, or something was away
				time.AfterFunc(time.Second, func() { ws.Close() })
			}
		}
	}
}

func (m *member) at() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

// TestTwoKaftsAndABusThatBreakLoseNoMessage has two Kafts on one store and a
// real NATS server. Each of the three is killed and started again while people
// talk. In the end everybody has every message once, in order.
func TestTwoKaftsAndABusThatBreakLoseNoMessage(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	bus := busAt(t, server.RANDOM_PORT)
	port := bus.Addr().(*net.TCPAddr).Port
	one, two := &kaftOnStore{s: s, bus: bus.ClientURL()}, &kaftOnStore{s: s, bus: bus.ClientURL()}
	for _, k := range []*kaftOnStore{one, two} {
		k.start()
		defer k.kill()
	}
	// At the second the talking is over early: what is said later comes there by
	// the bus only.
	many, total := []int{14, 3, 14}, int64(31)
	var all []*member
	for i, login := range []string{"fatima", "noor", "anna", "fatima", "noor", "anna"} {
		m := &member{c: s.as(login), home: []*kaftOnStore{one, two}[i%2], talk: talk.ID, seen: talk.Newest.Seq}
		if i < 3 {
			for n := range many[i] {
				m.says = append(m.says, fmt.Sprint(login, " ", n))
			}
		}
		all = append(all, m)
	}
	ctx, stop := context.WithTimeout(context.Background(), 90*time.Second)
	defer stop()
	var talking sync.WaitGroup
	for _, m := range all {
		talking.Go(func() { m.run(ctx) })
	}
	for i := range 3 {
		time.Sleep(250 * time.Millisecond)
		switch i {
		case 0:
			one.kill()
			one.start()
		case 1:
			bus.Shutdown()
			bus.WaitForShutdown()
			time.Sleep(300 * time.Millisecond) // people go on talking, and no process hears of another
			bus = busAt(t, port)
		case 2:
			two.kill()
			two.start()
		}
	}
	defer func() { bus.Shutdown() }()
	last := talk.Newest.Seq + total
	for ctx.Err() == nil && slices.ContainsFunc(all, func(m *member) bool { return m.at() < last }) {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	talking.Wait()
	for _, m := range all {
		var want []int64
		for n := talk.Newest.Seq + 1; n <= last; n++ {
			want = append(want, n)
		}
		if m.wrong != "" || !slices.Equal(m.heard, want) {
			t.Errorf("somebody heard %v, want each of %d to %d once (%s)", m.heard, talk.Newest.Seq+1, last, m.wrong)
		}
	}
	p, err := s.talks.Since(context.Background(), s.actor("noor", portfolio.HatStudent), talk.ID, talk.Newest.Seq, 200)
	if err != nil || int64(len(p.Messages)) != total {
		t.Fatalf("%d messages are stored, want %d: %v", len(p.Messages), total, err)
	}
	said := map[string]int{}
	for _, m := range p.Messages {
		said[m.Text]++
	}
	for _, m := range all {
		for _, text := range m.says {
			if said[text] != 1 {
				t.Errorf("%q is stored %d times", text, said[text])
			}
		}
	}
}

// TestWhatIsSaidAtOneKaftIsHeardAtTheOther, live, also by who is there for the
// first time in that process's life.
func TestWhatIsSaidAtOneKaftIsHeardAtTheOther(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	bus := busAt(t, server.RANDOM_PORT)
	defer bus.Shutdown()
	other := portfolio.NewLibrary(s.store, nil, nil, s.clock.now)
	talks := chat.New(other, s.store, s.clock.now)
	for _, lib := range []*portfolio.Library{s.lib, other} {
		leave, err := natsbus.Join(lib, bus.ClientURL(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	tab := s.as("noor").tab().hello(map[string]int64{talk.ID: talk.Newest.Seq})
	tab.next("resume")
	ctx := context.Background()
	for i := range 3 {
		if _, _, err := talks.Say(ctx, s.actor("fatima", portfolio.HatStaff), talk.ID, fmt.Sprint("k", i), fmt.Sprint("elders ", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if f := tab.next("message"); f.Text != fmt.Sprint("elders ", i) || f.Seq != talk.Newest.Seq+int64(i)+1 {
			t.Errorf("she hears %+v", f)
		}
	}
	// Who may not hear it does not: custody that ended ends it there too.
	bas := s.as("bas").tab().hello(nil)
	bas.next("hello")
	if _, _, err := talks.Say(ctx, s.actor("fatima", portfolio.HatStaff), talk.ID, "k9", "voor wie erin zit"); err != nil {
		t.Fatal(err)
	}
	tab.next("message")
	s.talks.Hub.Tell(s.ids["bas"], chat.Changed("work", false)) // the next he is sent
	bas.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		var f wsFrame
		if err := bas.ws.ReadJSON(&f); err != nil {
			t.Fatal(err)
		}
		if f.T == "message" {
			t.Fatalf("somebody who is not in it hears %+v", f)
		}
		if f.T == "changed" && f.About == "work" {
			break
		}
	}
}
