// Command kaft is a student portfolio that a school runs.
//
// Flags, their KAFT_… environment names and the help are alecthomas/kong's: MIT,
// alive, and it brings no other module along.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"kaft/app"
	"kaft/app/localstore"
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
	k.FatalIfErrorf(said(k.Run()))
}

// said puts an error of the Library in words.
func said(err error) error {
	var e *portfolio.Error
	if errors.As(err, &e) {
		return errors.New(app.Sentence("en", err))
	}
	return err
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
	post := chat.Post{Talks: talks, After: time.After, Fault: func(err error) { log.Error("sending later failed", "error", err) }}
	running.Go(func() { post.Run(ctx) })
	return do(&kaft{ctx, lib, talks, jobs, log})
}
