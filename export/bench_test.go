package export_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"kaft/export"
	"kaft/portfolio"
)

// sizes are works of 141 kB; the last is for who has the time: go test -bench
// 'Export|Import/10000'.
var sizes = []int{100, 1000, 10000}

// big makes a portfolio of n works with a file of 141 kB each.
func big(b *testing.B, n int) *school {
	s := full(b, "2009-03-17")
	e := rand.NewChaCha8([32]byte{})
	content := make([]byte, 141_000)
	for i := range n {
		e.Read(content)
		s.work(portfolio.NewWork{Title: fmt.Sprint("Werk ", i), Text: "Een foto.", Audience: []string{"staff"}, Uploads: []string{s.upload(fmt.Sprintf("foto-%d.jpg", i), content)}})
	}
	return s
}

// cpu adds the processor time of an operation, which a busy machine changes
// less than the clock.
func cpu(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric((used()-before).Seconds()/float64(b.N), "cpu-s/op") }
}

func BenchmarkExport(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " files"), func(b *testing.B) {
			s := big(b, n)
			s.clock.real = true
			defer cpu(b)()
			for b.Loop() {
				made := s.packed()
				b.SetBytes(made.Size)
				ok(b, s.lib.DropBundle(context.Background(), s.student, made.ID))
			}
		})
	}
}

// packed makes a bundle and leaves it where it is.
func (s *school) packed() *portfolio.Bundle {
	ctx := context.Background()
	made, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "nl"})
	ok(s.t, err)
	ok(s.t, s.lib.PackBundle(ctx, made.School, made.ID, export.Maker{Version: "test"}.Write))
	made, err = s.lib.BundleByID(ctx, s.student, made.ID)
	ok(s.t, err)
	return made
}

func BenchmarkImport(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " files"), func(b *testing.B) {
			s := big(b, n)
			_, r, err := s.lib.OpenBundle(context.Background(), s.student, s.packed().ID, false)
			ok(b, err)
			defer r.Close()
			beuk := empty(b, "De Beuk")
			beuk.clock.real = true
			b.SetBytes(r.Size())
			defer cpu(b)()
			for b.Loop() {
				_, err := export.Import(context.Background(), beuk.lib, beuk.admin, r, r.Size(), "", quiet)
				ok(b, err)
			}
		})
	}
}

// BenchmarkFirstByte is how long somebody waits for the first byte of a bundle
// that is ready: it is decided again what may go out.
func BenchmarkFirstByte(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " files"), func(b *testing.B) {
			ctx := context.Background()
			s := big(b, n)
			made := s.packed()
			s.clock.real = true
			defer cpu(b)()
			for b.Loop() {
				_, r, err := s.lib.OpenBundle(ctx, s.student, made.ID, false)
				ok(b, err)
				_, err = r.Read(make([]byte, 1))
				ok(b, err)
				ok(b, r.Close())
			}
		})
	}
}
