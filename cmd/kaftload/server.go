package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of CPU time in /proc (USER_HZ, the same on every Linux).
const tick = 10 * time.Millisecond

// server is a kaft that runs, as a process of its own.
type server struct {
	host string // where it listens
	cmd  *exec.Cmd
	over chan error
}

// start starts a kaft on a folder and waits until it listens.
func start(ctx context.Context, kaft, dir, addr string) (*server, error) {
	cmd := exec.CommandContext(ctx, kaft, "serve", "--data", dir, "--addr", addr)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 15 * time.Second
	out, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, over: make(chan error, 1)}
	at := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, host, found := strings.Cut(lines.Text(), "Kaft is at http://"); found {
				at <- host
				continue
			}
			fmt.Fprintln(os.Stderr, lines.Text()) // what goes wrong there
		}
		s.over <- cmd.Wait()
	}()
	select {
	case s.host = <-at:
		return s, nil
	case err := <-s.over:
		return nil, errors.Join(errors.New("kaft does not start"), err)
	}
}

// stop ends it as a school would, so that all it has is in the folder.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return <-s.over
}

// cpu is the time the process took of the processors, and how much of that went
// to the system's own work for it.
func (s *server) cpu() (all, system time.Duration, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // from the third field on, proc_pid_stat(5)
	user, err1 := strconv.Atoi(fields[14-3])
	sys, err2 := strconv.Atoi(fields[15-3])
	return time.Duration(user+sys) * tick, time.Duration(sys) * tick, errors.Join(err1, err2)
}

// memory is what the process has of the memory (RSS), in bytes.
func (s *server) memory() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseInt(kib, 10, 64)
	return n << 10, err
}
