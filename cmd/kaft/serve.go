package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"time"

	"kaft/app"
	"kaft/app/natsbus"
)

type serveCmd struct {
	Addr   string `default:"localhost:8080" help:"Address to listen on."`
	Data   string `default:"kaft-data" help:"Folder that holds everything." type:"path"`
	Secure bool   `help:"Kaft is reached over https, by a proxy in front of it."`
	Nats   string `name:"nats" env:"KAFT_NATS_URL" help:"Address of the NATS server by which several Kafts on one store tell each other what changed (nats://…)."`
}

func (s serveCmd) Run() error {
	ln, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return err
	}
	defer ln.Close()
	return open(s.Data, func(k *kaft) error {
		if s.Nats != "" {
			leave, err := natsbus.Join(k.lib, s.Nats, k.log)
			if err != nil {
				return fmt.Errorf("NATS at %s: %w", s.Nats, err)
			}
			defer leave()
		}
		founded, err := k.lib.Founded(k.ctx)
		if err != nil {
			return err
		}
		opt := app.Options{Secure: s.Secure}
		if !founded {
			opt.SetupCode = rand.Text()[:8]
			fmt.Printf("No school here yet. Open http://%s/begin and use this code: %s\n", ln.Addr(), opt.SetupCode)
		}
		return k.serve(ln, opt)
	})
}

// serve answers requests until a signal comes.
func (k *kaft) serve(ln net.Listener, opt app.Options) error {
	opt.Version, opt.Jobs, opt.Log = version, k.jobs, k.log
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // a school's machine is short of memory before it is short of time
	}
	a, err := app.New(k.lib, k.talks, opt)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Kaft is at http://%s\n", ln.Addr())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ln) }()
	debug.FreeOSMemory() // what the start took and is idle from now on
	select {
	case err := <-done:
		return err
	case <-k.ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = a.Shutdown(ctx)
	ln.Close() // a signal that came before Serve had begun found nothing to shut down
	return errors.Join(err, <-done)
}
