//go:build unix

package localstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"

	"kaft/portfolio"
)

const (
	benchDocs     = 100_000
	benchStudents = 500 // of 200 documents each
)

// benchDoc is a document of the size and with the keys of a work. Its ID is a
// bijection of i that looks random, as the IDs of Kaft do.
func benchDoc(i int) portfolio.Doc {
	mixed := uint64(i+1) * 0x9e3779b97f4a7c15
	body := make([]byte, 600)
	for at := 0; at < len(body); at += 8 {
		binary.LittleEndian.PutUint64(body[at:], mixed+uint64(at))
	}
	return portfolio.Doc{
		Ref: portfolio.Ref{School: "3c9e0a52-95f5-4a08-a1ce-5f0a1b0c7d11", Kind: "work", ID: fmt.Sprintf("%016x-%016x", mixed, i)},
		Rev: 1,
		Keys: map[string]string{
			"about": fmt.Sprintf("%s/%020d", benchStudent(i), i),
			"party": fmt.Sprintf("%032x", i%benchStudents),
			"state": "shared/" + fmt.Sprint(i%7),
		},
		Body: body,
	}
}

// measure reports allocations and the CPU of each operation in all threads and
// the kernel, which says more than the clock on a machine that others use too.
func measure(b *testing.B) {
	b.ReportAllocs()
	before := spent()
	b.Cleanup(func() {
		b.ReportMetric(float64(spent()-before)/1000/float64(b.N), "µs-cpu/op")
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	})
}

// spent is the CPU time of this process in nanoseconds.
func spent() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

func benchStudent(i int) string {
	return fmt.Sprintf("%032x", uint64(i%benchStudents)*0x9e3779b97f4a7c15)
}

func openBench(b *testing.B, docs int) *Store {
	b.Helper()
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	for from := 0; from < docs; from += 1000 {
		err := s.writer.write(context.Background(), func(w *writer) error {
			for i := from; i < from+1000; i++ {
				if err := change(w.insert, values(benchDoc(i)), func() error { return exists }); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkStore(b *testing.B) {
	s := openBench(b, benchDocs)
	ctx := context.Background()
	school := benchDoc(0).School
	b.Run("Get", func(b *testing.B) {
		measure(b)
		for i := 0; b.Loop(); i++ {
			if _, err := s.Get(ctx, benchDoc(i*7919%benchDocs).Ref); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("List", func(b *testing.B) { // a page of 50 in the middle of a student's 200
		measure(b)
		for i := 0; b.Loop(); i++ {
			n := i * 7919 % benchDocs
			q := portfolio.Query{School: school, Kind: "work", Index: "about", Desc: true, Limit: 50}.Prefix(benchStudent(n) + "/")
			q.After = portfolio.Cursor{Key: fmt.Sprintf("%s/%020d", benchStudent(n), benchDocs/2), ID: "x"}
			if docs, err := s.List(ctx, q); err != nil || len(docs) != 50 {
				b.Fatal(len(docs), err)
			}
		}
	})
	b.Run("Replace", func(b *testing.B) {
		revs := make([]int64, benchDocs)
		measure(b)
		for i := 0; b.Loop(); i++ {
			d := benchDoc(i * 7919 % benchDocs)
			d.Rev += revs[i*7919%benchDocs]
			if err := s.Replace(ctx, d); err != nil {
				b.Fatal(err)
			}
			revs[i*7919%benchDocs]++
		}
	})
	var next atomic.Int64
	next.Store(benchDocs)
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("Create/writers=%d", writers), func(b *testing.B) {
			b.SetParallelism(max(1, writers/2))
			measure(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := s.Create(ctx, benchDoc(int(next.Add(1)))); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkFiles(b *testing.B) {
	f, err := OpenFiles(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	ctx, content, n := context.Background(), make([]byte, 200_000), 0
	id := func(i int) string { return fmt.Sprintf("school/%03x/%032x", i%512, i) }
	b.Run("Put", func(b *testing.B) { // 200 kB, a photo for a telephone
		b.SetBytes(int64(len(content)))
		measure(b)
		for b.Loop() {
			if _, err := f.Put(ctx, id(n), bytes.NewReader(content)); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
	b.Run("Open", func(b *testing.B) { // and read a range of 64 KiB
		measure(b)
		p := make([]byte, 64<<10)
		for i := 0; b.Loop(); i++ {
			r, err := f.Open(ctx, id(i%n))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := r.ReadAt(p, 100_000); err != nil {
				b.Fatal(err)
			}
			r.Close()
		}
	})
	b.Run("List", func(b *testing.B) { // a page of 50
		measure(b)
		for i := 0; b.Loop(); i++ {
			if _, err := f.List(ctx, "school/", id(i%n), 50); err != nil {
				b.Fatal(err)
			}
		}
	})
}
