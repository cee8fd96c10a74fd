package natsbus_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"kaft/app/localstore"
	"kaft/app/natsbus"
	"kaft/portfolio"
)

// startServer runs a real NATS server on loopback.
func startServer(t *testing.T, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	return s
}

// process is a library as another process of the installation has it: the same
// store, and what it is told.
type process struct {
	*portfolio.Library
	told  chan portfolio.Change
	leave func()
}

func newProcess(t *testing.T, store portfolio.Store, address string) *process {
	t.Helper()
	p := &process{Library: portfolio.NewLibrary(store, nil, nil, time.Now), told: make(chan portfolio.Change, 100)}
	p.Watch(func(c portfolio.Change) { p.told <- c })
	var err error
	if p.leave, err = natsbus.Join(p.Library, address, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.leave)
	return p
}

func (p *process) next(t *testing.T) portfolio.Change {
	t.Helper()
	select {
	case c := <-p.told:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was told")
		return portfolio.Change{}
	}
}

func TestEachProcessIsToldOnceOfWhatAnotherChanged(t *testing.T) {
	store, err := localstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	bus := startServer(t, server.RANDOM_PORT)
	defer bus.Shutdown()
	one, two, three := newProcess(t, store, bus.ClientURL()), newProcess(t, store, bus.ClientURL()), newProcess(t, store, bus.ClientURL())
	first := portfolio.Change{School: "school", What: "fact", ID: "1", Persons: []string{"sem", "joost"}, Named: []string{"joost"}}
	last := portfolio.Change{School: "school", What: "work", ID: "2"}
	one.Changed(first)
	one.Changed(portfolio.Change{What: portfolio.NewDay}) // each process has a clock of its own
	one.Changed(last)
	for name, p := range map[string]*process{"two": two, "three": three} {
		if got := p.next(t); !reflect.DeepEqual(got, first) {
			t.Errorf("%s was told %+v", name, got)
		}
		if got := p.next(t); !reflect.DeepEqual(got, last) {
			t.Errorf("%s was told %+v, want the last", name, got)
		}
	}
	two.Changed(last) // what one hears next is this, and nothing of its own twice
	for _, want := range []string{"1", "", "2", "2"} {
		if got := one.next(t); got.ID != want {
			t.Errorf("one was told of %q, want %q", got.ID, want)
		}
	}
}

func TestAfterTheBusWasAwayEverybodyAsksAnew(t *testing.T) {
	store, err := localstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	bus := startServer(t, server.RANDOM_PORT)
	port := bus.Addr().(*net.TCPAddr).Port
	one := newProcess(t, store, bus.ClientURL())
	school, _, err := one.FoundSchool(context.Background(), portfolio.School{Name: "De Linde"}, portfolio.Person{Name: portfolio.Name{Given: "Ada"}}, "ada", "hash")
	if err != nil {
		t.Fatal(err)
	}
	for len(one.told) > 0 {
		<-one.told
	}
	bus.Shutdown()
	bus.WaitForShutdown()
	bus = startServer(t, port)
	defer bus.Shutdown()
	if got := one.next(t); got.School != school.ID || got.What != "fact" || got.Persons != nil {
		t.Errorf("after the break it was told %+v, want that everybody at the school asks anew", got)
	}
	if got := one.next(t); got.School != school.ID || got.What != portfolio.Said || got.ID != "" {
		t.Errorf("after the break it was told %+v, want that something may have been said", got)
	}
	two := newProcess(t, store, bus.ClientURL())
	two.Changed(portfolio.Change{School: school.ID, What: "work", ID: "3"})
	if got := one.next(t); got.ID != "3" {
		t.Errorf("on the new bus it was told %+v", got)
	}
}

func TestWhatIsNoChangeIsNotTold(t *testing.T) {
	store, err := localstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	bus := startServer(t, server.RANDOM_PORT)
	defer bus.Shutdown()
	one := newProcess(t, store, bus.ClientURL())
	stranger, err := nats.Connect(bus.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	for _, text := range []string{"", "{", "[]", `{"What":"day"}`, `{"School":"s","What":"work","ID":"real"}`} {
		if err := stranger.Publish("kaft.changes", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := one.next(t); got.ID != "real" {
		t.Errorf("it was told %+v first", got)
	}
}

func TestAnAddressWhereNobodyAnswersIsAnErrorAtStart(t *testing.T) {
	bus := startServer(t, server.RANDOM_PORT)
	address := bus.ClientURL()
	bus.Shutdown()
	bus.WaitForShutdown()
	if _, err := natsbus.Join(portfolio.NewLibrary(nil, nil, nil, time.Now), address, slog.New(slog.NewTextHandler(io.Discard, nil))); err == nil {
		t.Error("no error")
	}
}
