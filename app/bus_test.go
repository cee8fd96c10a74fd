package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"kaft/app/natsbus"
	"kaft/portfolio"
)

// A father has the page of his child open at one process when, at another,
// somebody records that his custody ended: his page is told at once, and what it
// asks next is not there any more.
func TestAFactThatAnotherProcessRecordsReachesOpenPages(t *testing.T) {
	s := newSchool(t)
	bus := busAt(t, server.RANDOM_PORT)
	defer bus.Shutdown()
	other := portfolio.NewLibrary(s.store, nil, nil, s.clock.now) // of the other process
	for _, lib := range []*portfolio.Library{s.lib, other} {
		leave, err := natsbus.Join(lib, bus.ClientURL(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	bas, child := s.as("bas"), "/leerling/"+s.ids["noor"]
	bas.get(child+"/groei").ok(t, "Noor")
	tab := bas.tab().hello(nil)
	tab.next("hello")
	began := time.Now()
	if _, err := other.EndFact(context.Background(), s.admin, s.custody("noor", "bas").ID, portfolio.DateOf(s.lib.Now()), "beschikking 3"); err != nil {
		t.Fatal(err)
	}
	if f := tab.next("changed"); f.About != "fact" || !f.Force {
		t.Errorf("he is told %+v", f)
	}
	t.Logf("told %v after it began to be recorded", time.Since(began))
	if page := bas.get(child + "/groei"); page.status != 404 && page.status != 403 {
		t.Errorf("then he finds %d", page.status)
	}
}
