package portfolio_test

import (
	"fmt"
	"testing"

	"kaft/portfolio"
)

// More ways in that somebody found by reading the code as an attacker.

// TestAQuietReleaseIsNotToldBeforeManyWorksAreShared grants samira works of sem,
// once with and once without telling him, and has him look who would see them.
func TestAQuietReleaseIsNotToldBeforeManyWorksAreShared(t *testing.T) {
	for _, quiet := range []string{"", because} {
		for _, audience := range [][]string{nil, {portfolio.ToStaff}, {portfolio.ToGuardians}} {
			s := deciding(t)
			w := s.add("sem", portfolio.NewWork{Title: "geheim"})
			s.ok(s.release("ingrid", s.ask("samira", "sem", portfolio.Question{Kinds: []string{"work"}}), portfolio.Releasing{Kinds: []string{"work"}, Quiet: quiet}))
			_, err := s.lib.Work(ctx, s.who["samira"], w.ID)
			s.ok(err)
			r, err := s.lib.PreviewShareWorks(ctx, s.who["sem"], []string{w.ID}, audience)
			s.ok(err)
			got := ""
			for _, c := range r.Readers {
				if c.ID == s.id("samira") {
					got = fmt.Sprint("gains ", len(c.Gains), " keeps ", len(c.Keeps), " loses ", len(c.Loses))
				}
			}
			want := "gains 0 keeps 1 loses 0"
			switch toHer := len(audience) > 0 && audience[0] == portfolio.ToGuardians; {
			case quiet != "" && toHer:
				want = "gains 1 keeps 0 loses 0"
			case quiet != "":
				want = ""
			}
			if got != want {
				t.Errorf("quiet %q, to %v: sem reads of samira %q, want %q", quiet, audience, got, want)
			}
		}
	}
}
