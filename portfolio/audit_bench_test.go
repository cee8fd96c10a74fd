//go:build unix

package portfolio_test

import (
	"sync/atomic"
	"syscall"
	"testing"

	"kaft/portfolio"
)

// BenchmarkALook is a teacher who opens shared work, the act of which every one
// leaves a line. The machine is shared with others, so the CPU of this process
// says more than the clock.
func BenchmarkALook(b *testing.B) {
	s := newSchool(b)
	var works []string
	for _, child := range []string{"sem", "mees"} {
		works = append(works, s.add(child, portfolio.NewWork{Title: "vulkaan", Audience: shared}).ID)
	}
	look := func(i int) {
		if _, err := s.lib.Work(ctx, s.who["fatima"], works[i%len(works)]); err != nil {
			b.Error(err)
		}
	}
	b.Run("alone", func(b *testing.B) {
		defer cpu(b)()
		for i := 0; b.Loop(); i++ {
			look(i)
		}
	})
	b.Run("together", func(b *testing.B) {
		defer cpu(b)()
		var n atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				look(int(n.Add(1)))
			}
		})
	})
}

// cpu reports the CPU time of each operation, in all threads and the kernel.
func cpu(b *testing.B) func() {
	spent := func() int64 {
		var u syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := spent()
	return func() { b.ReportMetric(float64(spent()-before)/1000/float64(b.N), "µs-cpu/op") }
}
