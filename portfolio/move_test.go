package portfolio_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"kaft/portfolio"
)

func TestADerivedIDIsAUUIDOfItsPartsAndNoOthers(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]string{}
	for _, parts := range [][]string{{""}, {"a"}, {"b"}, {"a", "b"}, {"ab"}, {"a", ""}, {"", "a"}, {"a", "b", ""}} {
		id, what := portfolio.DeriveID(parts...), fmt.Sprintf("%q", parts)
		if !form.MatchString(id) {
			t.Errorf("%s: %s is no UUID of version 8", what, id)
		}
		if id != portfolio.DeriveID(parts...) {
			t.Errorf("%s: another id the second time", what)
		}
		if was, taken := seen[id]; taken {
			t.Errorf("%s and %s have one id", what, was)
		}
		seen[id] = what
	}
}

func TestAFaultIsTheErrorAgainAndNeverItsCause(t *testing.T) {
	e := portfolio.E(portfolio.TooLarge, "error.too_large", "Name", "film.mp4", "Count", 3, "Max", int64(1<<40))
	e.Err = errors.New("secret cause")
	got := portfolio.FaultOf(fmt.Errorf("packing: %w", e)).Error()
	if got.Kind != e.Kind || got.Msg != e.Msg || got.Err != nil || fmt.Sprint(got.Args) != fmt.Sprint(e.Args) {
		t.Errorf("got %+v, want %+v without its cause", got, e)
	}
	if got.Args["Max"] != int64(1<<40) || got.Args["Count"] != 3 {
		t.Errorf("sizes and counts changed their kind: %#v", got.Args)
	}
	if got := portfolio.FaultOf(errors.New("secret")).Error(); got.Kind != portfolio.Internal || got.Msg != "error.internal" || len(got.Args) > 0 {
		t.Errorf("an unknown fault became %+v", got)
	}
}

func TestHeadwayTellsWhatIsLeft(t *testing.T) {
	start := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what string
		h    portfolio.Headway
		want time.Duration
	}{
		{"a quarter in ten seconds", portfolio.Headway{StepAt: start, Bytes: 25, TotalBytes: 100}, 30 * time.Second},
		{"nothing yet", portfolio.Headway{StepAt: start, TotalBytes: 100}, 0},
		{"all of it", portfolio.Headway{StepAt: start, Bytes: 100, TotalBytes: 100}, 0},
		{"counting", portfolio.Headway{StepAt: start, Done: 7}, 0},
		{"before it began", portfolio.Headway{StepAt: start.Add(time.Hour), Bytes: 1, TotalBytes: 2}, 0},
	} {
		if got := c.h.Left(start.Add(10 * time.Second)); got != c.want {
			t.Errorf("%s: %v left, want %v", c.what, got, c.want)
		}
	}
}
