// Command kaftload measures what a Kaft on this machine bears: it makes a school
// in a temporary folder, starts a real kaft on it as a process of its own, talks
// to that over WebSockets as its pages do, and prints what came of it.
//
// It is bounded, and speaks only to this machine: it is no tool to try on a
// school. What it measures of the server is what the system says of that process
// (/proc, so on Linux only).
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// longest is how long all scenarios together may take.
const longest = 20 * time.Minute

type cli struct {
	Scenarios []string `arg:"" optional:"" enum:"room,hall,full,idle,back,order" help:"What to measure: ${enum}. By default all."`
	Kaft      string   `help:"A built kaft; by default it is built first." type:"existingfile"`
	Addr      string   `default:"127.0.0.1:0" help:"Where the server listens: an address of this machine alone."`
	Seconds   int      `default:"20" help:"How long messages are said, in each scenario that says them at a pace."`
	Percent   int      `default:"100" help:"How many of the sockets, for a smaller machine."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("kaftload"), kong.Description("Measures what a Kaft on this machine bears."), kong.DefaultEnvars("KAFTLOAD"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.FatalIfErrorf(c.run(ctx, os.Stdout))
}

func (c cli) run(ctx context.Context, out io.Writer) error {
	if err := c.check(); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, longest)
	defer stop()
	dir, err := os.MkdirTemp("", "kaftload-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if c.Kaft == "" {
		c.Kaft = filepath.Join(dir, "kaft")
		if said, err := exec.CommandContext(ctx, "go", "build", "-o", c.Kaft, "kaft/cmd/kaft").CombinedOutput(); err != nil {
			return fmt.Errorf("build kaft: %w\n%s", err, said)
		}
	}
	var chosen []scenario
	for _, s := range scenarios {
		if s.chosen(c.Scenarios) {
			chosen = append(chosen, s.scaled(c.Percent, c.Seconds))
		}
	}
	made := time.Now()
	s, err := makeSchool(ctx, filepath.Join(dir, "data"), chosen)
	if err != nil {
		return fmt.Errorf("make the school: %w", err)
	}
	fmt.Fprintf(out, "A school of %d people was made in %.0f s.\n", len(s.people), time.Since(made).Seconds())
	var failed error
	for _, x := range chosen {
		r, err := x.run(ctx, c, s)
		if err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		r.print(out)
		if err := r.wrong(); err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", x.name, err)
		}
	}
	return failed
}

// check refuses what is out of bounds.
func (c cli) check() error {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s is not an address of this machine alone: kaftload speaks to 127.0.0.1 or ::1 only", c.Addr)
	}
	if c.Percent < 1 || c.Percent > 100 || c.Seconds < 1 || c.Seconds > 120 {
		return fmt.Errorf("out of bounds: --percent is 1 to 100, --seconds 1 to 120")
	}
	return nil
}
