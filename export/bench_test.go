package export_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

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

func BenchmarkExport(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n, " files"), func(b *testing.B) {
			s := big(b, n)
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
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				_, err := export.Import(context.Background(), beuk.lib, beuk.admin, bytes.NewReader(raw), int64(len(raw)), "", quiet)
				ok(b, err)
			}
		})
	}
}
