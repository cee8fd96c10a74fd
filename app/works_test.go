package app

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kaft/portfolio"
)

func testWorks(t *testing.T, s *testSchool) {
	ctx, me := context.Background(), s.actor("milan", portfolio.HatStudent)
	on := portfolio.DateOf(s.lib.Now())
	for i := range 60 {
		subject := []string{"rekenen", "taal & lezen"}[i%2]
		w := portfolio.NewWork{Title: "Werk " + strconv.Itoa(i), Text: "x", Subject: subject, HappenedOn: on.AddDays(-i)}
		if i < 10 {
			w.HappenedOn = on.AddYears(-2).AddDays(-i)
		}
		if _, err := s.lib.AddWork(ctx, me, w); err != nil {
			t.Fatal(err)
		}
	}
	milan := s.as("milan")
	titles := func(r *reply) []string {
		var out []string
		for _, class := range []string{"tile-title", "moment-title"} {
			for _, n := range r.all("h3", "class", class) {
				out = append(out, words(n))
			}
		}
		return out
	}
	next := func(r *reply) string {
		for _, a := range r.all("a", "class", "button") {
			if strings.Contains(words(a), "Ouder werk") {
				return attr(a, "href")
			}
		}
		return ""
	}
	for _, way := range []string{"/werk", "/werk?weergave=tijdlijn"} {
		first := milan.get(way)
		second := milan.get(next(first))
		if a, b := len(titles(first)), len(titles(second)); a != pageOfWorks || b != 62-pageOfWorks {
			t.Errorf("%s: pages of %d and %d works", way, a, b)
		}
		if next(second) != "" || strings.Contains(words(second.doc), "Nog niet af") {
			t.Errorf("%s: the last page has a next one, or the strip", way)
		}
		both := append(titles(first), titles(second)...)
		slices.Sort(both)
		if len(slices.Compact(both)) != 62 {
			t.Errorf("%s: %d different works", way, len(both))
		}
	}
	year := strconv.Itoa(portfolio.SchoolYear(on.AddYears(-2)))
	for _, c := range []struct {
		query string
		want  int
	}{
		{"jaar=" + year, 10}, {"vak=" + url.QueryEscape("taal & lezen"), 30}, {"jaar=" + year + "&vak=rekenen", 5},
		{"jaar=1999", 0}, {"jaar=x", pageOfWorks}, {"vak=<script>", 0},
	} {
		r := milan.get("/werk?" + c.query)
		if got := len(titles(r)); r.status != 200 || got != c.want {
			t.Errorf("%s: status %d, %d works, want %d", c.query, r.status, got, c.want)
		}
		checkPage(t, r.body)
	}
	if r := milan.get("/werk?na=onzin"); r.status != 422 {
		t.Errorf("a page of the list that is not there: status %d", r.status)
	}
	if r := milan.get("/werk?na=" + url.QueryEscape(s.ids["noor"]+"/2026|x")); r.status != 422 {
		t.Errorf("a cursor into somebody else's list: status %d", r.status)
	}
	line := s.as("noor").get("/werk?weergave=tijdlijn&vak=tekenen").text()
	if !strings.Contains(line, "Schooljaar") || !strings.Contains(line, "3 behaald") || !strings.Contains(line, "Ik heb met houtskool gewerkt.") {
		t.Errorf("the line of time says %s", line)
	}
}
