// Package natsbus tells the processes of one installation of each other's
// changes, over NATS.
//
// The store is the truth and the bus only hurries it: a change says what was
// stored and whose pages it concerns, and each page asks anew. So core NATS is
// enough, which forgets what nobody hears: when the connection is back after a
// break everybody is told to ask anew. NATS sees ids, never a name or a text.
//
// The client is nats.go (Apache-2.0, kept by NATS's makers): it reconnects by
// itself for ever, and keeps what is sent meanwhile.
package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"kaft/portfolio"
)

// subject is where all processes of an installation speak. Two installations on
// one NATS have accounts of their own there.
const subject = "kaft.changes"

// retryAfter is how long a connection that broke waits before it is tried again.
const retryAfter = 500 * time.Millisecond

// Join connects a library to the bus at an address (nats://…, several with
// commas) and keeps it connected until leave is called. An address where nobody
// answers is an error at start, and tried again for ever after.
func Join(lib *portfolio.Library, address string, log *slog.Logger) (leave func(), err error) {
	b := &bus{lib: lib, log: log}
	conn, err := nats.Connect(address, nats.Name("kaft"), nats.NoEcho(), nats.MaxReconnects(-1), nats.ReconnectWait(retryAfter),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			log.Warn("the bus is gone; pages of other processes come later", "error", err)
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("the bus is back"); b.askAnew() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("the bus", "error", err)
			if errors.Is(err, nats.ErrSlowConsumer) { // some were dropped
				b.askAnew()
			}
		}))
	if err != nil {
		return nil, err
	}
	b.conn = conn
	if _, err := conn.Subscribe(subject, b.heard); err != nil {
		conn.Close()
		return nil, err
	}
	if err := conn.Flush(); err != nil { // from here on nothing is missed
		conn.Close()
		return nil, err
	}
	lib.Join(b.told)
	return func() { lib.Join(nil); conn.Close() }, nil
}

type bus struct {
	lib  *portfolio.Library
	log  *slog.Logger
	conn *nats.Conn
}

// told sends a change of this process. A new day comes to each process by its
// own clock.
func (b *bus) told(c portfolio.Change) {
	if c.What == portfolio.NewDay {
		return
	}
	raw, err := json.Marshal(c)
	if err == nil {
		err = b.conn.Publish(subject, raw)
	}
	if err != nil {
		b.log.Warn("a change was not told to the other processes", "error", err)
	}
}

func (b *bus) heard(m *nats.Msg) {
	var c portfolio.Change
	if err := json.Unmarshal(m.Data, &c); err != nil || c.School == "" {
		b.log.Warn("something else on the bus", "error", err)
		return
	}
	b.lib.Heard(c)
}

// askAnew has every page of every school ask anew: nobody knows what was missed.
// The others too read again what was said: what this process told them while
// the bus was going may have been lost with it.
func (b *bus) askAnew() {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	schools, err := b.lib.Schools(ctx)
	if err != nil {
		b.log.Warn("the bus is back, and the schools cannot be listed", "error", err)
		return
	}
	for _, s := range schools {
		b.lib.Heard(portfolio.Change{School: s.ID, What: "fact"})
		b.lib.Heard(portfolio.Change{School: s.ID, What: portfolio.Said})
		b.told(portfolio.Change{School: s.ID, What: portfolio.Said})
	}
}
