// Command kaft is a student portfolio that a school runs.
//
// Flags, their KAFT_… environment names and the help are alecthomas/kong's: MIT,
// alive, and it brings no other module along.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"kaft/app"
	"kaft/app/localstore"
	"kaft/app/natsbus"
	"kaft/chat"
	"kaft/export"
	"kaft/portfolio"
)

var version = "0.1"

type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run Kaft for a school. The first start asks for the school and its first administrator."`
	Demo    demoCmd    `cmd:"" help:"Run Kaft with a made-up school to look around in."`
	Import  importCmd  `cmd:"" help:"Take a move bundle in, from a file."`
	Bundle  bundleCmd  `cmd:"" help:"Move bundles, without a school."`
	Inspect inspectCmd `cmd:"" help:"Decide cases of the inspection rule: a JSON object a line in, a decision a line out."`
	Agree   agreeCmd   `cmd:"" help:"Agree with a colleague who may work for the school: the second administrator of a new school."`
	Audit   auditCmd   `cmd:"" help:"The logs of who looked at a student and did what."`
	Version versionCmd `cmd:"" help:"Print the version."`
	Help    helpCmd    `cmd:"" help:"Print this help."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("kaft"), kong.Description("Jouw werk, jouw keuze wie het ziet."), kong.DefaultEnvars("KAFT"))
	k.FatalIfErrorf(k.Run())
}

type serveCmd struct {
	Addr   string `default:"localhost:8080" help:"Address to listen on."`
	Data   string `default:"kaft-data" help:"Folder that holds everything." type:"path"`
	Secure bool   `help:"Kaft is reached over https, by a proxy in front of it."`
	Nats   string `name:"nats" env:"KAFT_NATS_URL" help:"Address of the NATS server by which several Kafts on one store tell each other what changed (nats://…)."`
}

func (s serveCmd) Run() error {
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
			fmt.Printf("No school here yet. Open http://%s/begin and use this code: %s\n", s.Addr, opt.SetupCode)
		}
		return k.serve(s.Addr, opt, func() error { return nil })
	})
}

// kaft is one opened installation.
type kaft struct {
	ctx   context.Context
	lib   *portfolio.Library
	talks *chat.Talks
	jobs  *export.Jobs
	log   *slog.Logger
}

// open opens the data folder, mends what a crash may have left, and runs do
// until it ends or a signal comes.
func open(dir string, do func(*kaft) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	store, err := localstore.Open(dir)
	if err != nil {
		return err
	}
	defer store.Close()
	files, err := localstore.OpenFiles(filepath.Join(dir, "files"))
	if err != nil {
		return err
	}
	defer files.Close()
	lib := portfolio.NewLibrary(store, files, app.Intake{}, time.Now)
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	chores := portfolio.Chores{Lib: lib, After: time.After, Fault: func(chore string, err error) { log.Error(chore+" failed", "error", err) }}
	chores.Do(ctx)
	var running sync.WaitGroup
	running.Go(func() { chores.Run(ctx) })
	defer func() { stop(); running.Wait() }()
	talks := chat.New(lib, store, time.Now)
	jobs := export.NewJobs(lib, export.Maker{Version: version, Chat: talks}, 2, log)
	defer jobs.Close()
	if err := jobs.Recover(ctx); err != nil {
		return err
	}
	return do(&kaft{ctx, lib, talks, jobs, log})
}

// serve answers requests until a signal comes. ready runs once the address is
// taken.
func (k *kaft) serve(addr string, opt app.Options, ready func() error) error {
	opt.Version, opt.Jobs, opt.Log = version, k.jobs, k.log
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // a school's machine is short of memory before it is short of time
	}
	a, err := app.New(k.lib, k.talks, opt)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Kaft is at http://%s\n", ln.Addr())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ln) }()
	select {
	case err := <-done:
		return err
	case <-k.ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(a.Shutdown(ctx), <-done)
}
