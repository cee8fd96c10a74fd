package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"kaft/portfolio"
)

func losesNoUpdate(t *testing.T, s portfolio.Store) {
	const who, times = 8, 25
	create(t, s, portfolio.Doc{Ref: ref("1"), Body: []byte("0")})
	var wg sync.WaitGroup
	for range who {
		wg.Go(func() {
			for done := 0; done < times; {
				d, err := s.Get(t.Context(), ref("1"))
				if err != nil {
					t.Error(err)
					return
				}
				n, _ := strconv.Atoi(string(d.Body))
				d.Body = []byte(strconv.Itoa(n + 1))
				switch err := s.Replace(t.Context(), d); {
				case err == nil:
					done++
				case portfolio.KindOf(err) != portfolio.Conflict:
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantDoc(t, s, portfolio.Doc{Ref: ref("1"), Rev: who*times + 1, Body: []byte(strconv.Itoa(who * times))})
}

func createsOnce(t *testing.T, s portfolio.Store) {
	for round := range 10 {
		var wg sync.WaitGroup
		var won atomic.Int64
		for who := range 8 {
			wg.Go(func() {
				body := []byte(strconv.Itoa(who + 1))
				switch err := s.Create(t.Context(), portfolio.Doc{Ref: ref(strconv.Itoa(round)), Body: body}); {
				case err == nil:
					if !won.CompareAndSwap(0, int64(who+1)) {
						t.Error("two created the same ID")
					}
				case portfolio.KindOf(err) != portfolio.Exists:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantDoc(t, s, portfolio.Doc{Ref: ref(strconv.Itoa(round)), Rev: 1, Body: []byte(strconv.FormatInt(won.Load(), 10))})
	}
}

func answersEachForItself(t *testing.T, s portfolio.Store) {
	create(t, s, portfolio.Doc{Ref: ref("taken"), Body: []byte("first")})
	var wg sync.WaitGroup
	for who := range 8 {
		wg.Go(func() {
			for i := range 10 {
				mine := ref(fmt.Sprintf("%d-%d", who, i))
				for _, c := range []struct {
					what string
					err  error
					want error
				}{
					{"create", s.Create(t.Context(), portfolio.Doc{Ref: mine, Keys: keys("party", "p")}), nil},
					{"create a taken ID", s.Create(t.Context(), portfolio.Doc{Ref: ref("taken")}), portfolio.E(portfolio.Exists, "")},
					{"replace with a stale revision", s.Replace(t.Context(), portfolio.Doc{Ref: ref("taken"), Rev: 9}), portfolio.E(portfolio.Conflict, "")},
					{"replace", s.Replace(t.Context(), portfolio.Doc{Ref: mine, Rev: 1, Keys: keys("party", "q")}), nil},
					{"delete nothing", s.Delete(t.Context(), ref("nothing"), 1), portfolio.E(portfolio.NotFound, "")},
				} {
					if (c.err == nil) != (c.want == nil) || portfolio.KindOf(c.err) != portfolio.KindOf(c.want) {
						t.Errorf("%s: got %v, want %v", c.what, c.err, c.want)
					}
				}
			}
		})
	}
	wg.Wait()
	if got := list(t, s, by("party").Prefix("q")); len(got) != 80 {
		t.Errorf("got %d documents, want the 80 that were acknowledged", len(got))
	}
	wantDoc(t, s, portfolio.Doc{Ref: ref("taken"), Rev: 1, Body: []byte("first")})
}

func heedsAnEndedContext(t *testing.T, s portfolio.Store) {
	create(t, s, portfolio.Doc{Ref: ref("1"), Body: []byte("stays")})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, get := s.Get(ended, ref("1"))
	_, listed := s.List(ended, by(""))
	for what, err := range map[string]error{
		"Get": get, "List": listed,
		"Create":  s.Create(ended, portfolio.Doc{Ref: ref("2")}),
		"Replace": s.Replace(ended, portfolio.Doc{Ref: ref("1"), Rev: 1}),
		"Delete":  s.Delete(ended, ref("1"), 1),
	} {
		if portfolio.KindOf(err) != portfolio.Unavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want Unavailable because the context was cancelled", what, err)
		}
	}
	wantDoc(t, s, portfolio.Doc{Ref: ref("1"), Rev: 1, Body: []byte("stays")})
	wantIDs(t, list(t, s, by("")), "1")
}

func leavesNothingHalfDone(t *testing.T, s portfolio.Store) {
	for i := range 100 {
		id := fmt.Sprintf("%03d", i)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range i * 20 { // each time a little later, without a clock
				_ = ctx.Err()
			}
			cancel()
		}()
		d := portfolio.Doc{Ref: ref(id), Rev: 1, Body: []byte(id), Keys: keys("about", "a", "state", id)}
		err := s.Create(ctx, d)
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want nil or cancelled", err)
		}
		got, getErr := s.Get(t.Context(), d.Ref)
		there := getErr == nil
		if err == nil && !there {
			t.Fatalf("%s was acknowledged and is not there", id)
		}
		if there && !same(got, d) {
			t.Errorf("got %+v, want %+v", got, d)
		}
		if listed := len(list(t, s, by("state").Prefix(id))) == 1; listed != there {
			t.Errorf("%s: listed is %v and there is %v", id, listed, there)
		}
	}
}
