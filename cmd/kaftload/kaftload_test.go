package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAShortRunDeliversEverythingInOneOrder runs every scenario, small, on a real
// kaft. How fast it is, it does not ask.
func TestAShortRunDeliversEverythingInOneOrder(t *testing.T) {
	kaft := filepath.Join(t.TempDir(), "kaft")
	if said, err := exec.Command("go", "build", "-o", kaft, "kaft/cmd/kaft").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var out bytes.Buffer
	c := cli{Kaft: kaft, Addr: "127.0.0.1:0", Seconds: 1, Percent: 10}
	if err := c.run(context.Background(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{
		"room   50 sockets", "5 messages in", "5 stored; delivered 250 of 250, one order: true",
		"2 stored; delivered 1000 of 1000, one order: true",
		"50 stored; delivered 5000 of 5000, one order: true",
		"200 stored; delivered 4000 of 4000, one order: true",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
}

func TestAMessageThatIsMissingOrOutOfOrderIsFound(t *testing.T) {
	good := result{said: 3, stored: 3, delivered: 6, expected: 6, oneOrder: true}
	if err := good.wrong(); err != nil {
		t.Errorf("got %v of what is right", err)
	}
	lost, unstored, mixed := good, good, good
	lost.delivered, unstored.stored, mixed.oneOrder = 5, 2, false
	for _, bad := range []result{lost, unstored, mixed} {
		if bad.wrong() == nil {
			t.Errorf("nothing wrong was found with %+v", bad)
		}
	}
	r := newRoom("", "c", make([]person, 2), 3, 3)
	r.slots <- struct{}{} // of message 1 and 2
	r.slots <- struct{}{}
	frame := func(seq int) []byte { return fmt.Appendf(nil, `{"t":"message","seq":%d,"text":"1 hoi"}`, seq) }
	if err := r.tabs[0].got(frame(1), nil); err != nil {
		t.Errorf("the first message: %v", err)
	}
	for _, seq := range []int{1, 3} { // again, and one too far
		if r.tabs[0].got(frame(seq), nil) == nil {
			t.Errorf("message %d after 1 was accepted", seq)
		}
	}
	r.tabs[1].got(frame(1), nil)
	if r.oneOrder() != true || r.delivered.Load() != 2 || r.whole.Load() != 1 {
		t.Errorf("two tabs with one message: %d deliveries, %d whole, one order %v", r.delivered.Load(), r.whole.Load(), r.oneOrder())
	}
	r.tabs[0].got(fmt.Appendf(nil, `{"t":"message","seq":2,"text":"1 ja"}`), nil)
	r.tabs[1].got(fmt.Appendf(nil, `{"t":"message","seq":2,"text":"1 nee"}`), nil)
	if r.oneOrder() {
		t.Error("two tabs with another message 2 were of one order")
	}
}

func TestOnlyThisMachineIsSpokenTo(t *testing.T) {
	for addr, allowed := range map[string]bool{
		"127.0.0.1:0": true, "127.9.9.9:80": true, "[::1]:8080": true,
		"0.0.0.0:80": false, ":80": false, "192.168.1.4:80": false, "kaft.example:443": false, "localhost.evil.example:80": false, "": false,
	} {
		c := cli{Addr: addr, Seconds: 1, Percent: 1}
		if err := c.check(); (err == nil) != allowed {
			t.Errorf("%q: got %v", addr, err)
		}
	}
	for _, c := range []cli{{Seconds: 0, Percent: 1}, {Seconds: 121, Percent: 1}, {Seconds: 1, Percent: 0}, {Seconds: 1, Percent: 101}} {
		c.Addr = "127.0.0.1:0"
		if c.check() == nil {
			t.Errorf("%+v is not out of bounds", c)
		}
	}
}
