package export_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"kaft/export"
	"kaft/portfolio"
)

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
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n, " files"), func(b *testing.B) {
			s := big(b, n)
			s.clock.real = true
			defer cpu(b)()
			for b.Loop() {
				raw := s.bundle(s.student, s.student.Person)
				b.SetBytes(int64(len(raw)))
			}
		})
	}
}

func BenchmarkImport(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n, " files"), func(b *testing.B) {
			s := big(b, n)
			raw := s.bundle(s.student, s.student.Person)
			beuk := empty(b, "De Beuk")
			beuk.clock.real = true
			b.SetBytes(int64(len(raw)))
			defer cpu(b)()
			for b.Loop() {
				_, err := export.Import(context.Background(), beuk.lib, beuk.admin, bytes.NewReader(raw), int64(len(raw)), "", quiet)
				ok(b, err)
			}
		})
	}
}
