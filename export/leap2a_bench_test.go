package export

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// many is what is left of making a bundle of n works, each with a text of 4 kB,
// a file and an assessment, when it comes to the projections.
func many(tb testing.TB, n int, to io.Writer) *projection {
	tb.Helper()
	self, doc := id(1, 0), new(strings.Builder)
	s, err := newSpool()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	w, err := s.writer()
	if err != nil {
		tb.Fatal(err)
	}
	part := func(format string, a ...any) {
		fmt.Fprintf(doc, format, a...)
		if _, err := io.WriteString(w, doc.String()); err != nil {
			tb.Fatal(err)
		}
		doc.Reset()
	}
	each := func(member string, one func(i int)) {
		part(`,"%s":[`, member)
		for i := range n {
			if i > 0 {
				part(",")
			}
			one(i)
		}
		part("]")
	}
	text := strings.Repeat("Een **zin** over *vulkanen* en wat ik ervan leerde.\\n\\n", 80)
	part(`{"format":"schoolportfolio-bundle","formatVersion":"1.0","student":{"id":"%s","name":{"given":"Daan"}},"schools":[{"id":"%s","name":"De Linde"}]`, self, id(2, 0))
	each("items", func(i int) {
		part(`{"id":"%s","type":"work","title":"Werk %d","text":{"format":"markdown","value":"%s"},"authors":["%s"],"files":["sha256:%064x"],"updatedAt":"2026-01-01T00:00:00Z"}`, id(3, i), i, text, self, i)
	})
	each("assessments", func(i int) {
		part(`{"id":"%s","about":[{"type":"item","id":"%s"}],"assessor":"%s","school":"%s","on":"2026-01-02"}`, id(4, i), id(3, i), id(5, 0), id(2, 0))
	})
	each("files", func(i int) {
		part(`{"id":"sha256:%064x","path":"files/%064x.jpg","name":"foto %d.jpg","mediaType":"image/jpeg","bytes":5,"sha256":"%064x"}`, i, i, i, i)
	})
	part("}")
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	d := &documentWriter{outgoing: newOutgoing(&portfolio.Leaving{Student: &portfolio.Person{}}), at: time.Unix(1_800_000_000, 0), bundle: &portfolio.Bundle{Lang: "nl"}}
	d.self = self
	return &projection{d, s, &archive{zip: zip.NewWriter(to)}}
}

func id(kind, i int) string { return fmt.Sprintf("urn:uuid:%08x-0000-4000-8000-%012x", kind, i) }

func BenchmarkLeap2A(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n, " works"), func(b *testing.B) {
			p := many(b, n, io.Discard)
			for b.Loop() {
				if err := p.leap2a(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Ids are held, and texts are not: of 10,000 works with 45 MB of text a few MB.
func TestLeap2AHoldsNoTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a feed of 10,000 works")
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	most, written := uint64(0), 0
	p := many(t, 10_000, writes(func(b []byte) {
		if written += len(b); written > 200_000 { // deflated
			written, most = 0, max(most, live())
		}
	}))
	before := live()
	if err := p.leap2a(context.Background()); err != nil {
		t.Fatal(err)
	}
	if most == 0 || most > before+24<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, most)
	}
	t.Logf("%.1f MB more held at most", float64(most-before)/1e6)
}

type writes func([]byte)

func (w writes) Write(b []byte) (int, error) { w(b); return len(b), nil }
