package export

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// BenchmarkPages makes the pages of a document of n works, each with a text, a
// look back and an assessment, over twelve school years.
func BenchmarkPages(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			doc, err := newSpool()
			if err != nil {
				b.Fatal(err)
			}
			defer doc.Close()
			w, err := doc.writer()
			if err != nil {
				b.Fatal(err)
			}
			id := func(kind, i int) string { return fmt.Sprintf("urn:uuid:%08d-0000-4000-8000-%012d", kind, i) }
			text := strings.Repeat("Dit heb ik **zelf** gemaakt. ", 20)
			list := func(name string, element func(i int) string) {
				fmt.Fprintf(w, "%q:[", name)
				for i := range n {
					fmt.Fprint(w, map[bool]string{true: ","}[i > 0], element(i))
				}
				fmt.Fprint(w, "],")
			}
			fmt.Fprintf(w, `{"$schema":"x","format":%q,"formatVersion":"1.0","student":{"id":%q,"name":{"given":"Daan"}},"schools":[],"people":[],"files":[],`, Format, id(9, 0))
			list("items", func(i int) string {
				day := time.Date(2014, 9, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*4380/n).Format(time.DateOnly)
				return fmt.Sprintf(`{"id":%q,"type":"work","title":"Werk %d","happenedOn":%q,"text":{"format":"markdown","value":%q}}`, id(1, i), i, day, text)
			})
			list("reflections", func(i int) string {
				return fmt.Sprintf(`{"id":%q,"title":"Terugblik","about":[{"type":"item","id":%q}],"text":{"format":"markdown","value":"Goed."}}`, id(2, i), id(1, i))
			})
			list("assessments", func(i int) string {
				return fmt.Sprintf(`{"id":%q,"about":[{"type":"item","id":%q}],"assessor":%q,"on":"2026-01-01","rubric":{"title":"Doel %d"},"result":{"scale":%q,"level":"ruim"},"feedback":{"format":"markdown","value":"Goed **gedaan**."}}`, id(3, i), id(1, i), id(8, 0), i%40, scale)
			})
			fmt.Fprint(w, `"extensions":{}}`)
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				a, err := newArchive(io.Discard, "b", time.Now())
				if err != nil {
					b.Fatal(err)
				}
				d := &documentWriter{outgoing: &outgoing{self: id(9, 0)}, bundle: &portfolio.Bundle{Lang: "nl"}}
				if err := (&projection{d, doc, a}).viewer(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
