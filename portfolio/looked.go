package portfolio

import (
	"context"
	"iter"
)

// Looks walks the log of the student, newest first, as far as its maker reads it
// on the page of who looked: told is false for who may not read it. Another
// child who looked has no name.
func (v *Leaving) Looks(ctx context.Context) (all iter.Seq2[*Logged, error], told bool) {
	if v.kind != BundleArchive || !readsLog(Stand(v.actor.Person, v.facts, v.lib.now())) {
		return nil, false
	}
	return func(yield func(*Logged, error) bool) {
		for after := ""; ; {
			page, next, err := v.lib.LogPage(ctx, v.actor, v.Student.ID, false, after, 100)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, n := range page {
				if err := v.hideChild(ctx, n); err != nil {
					yield(nil, err)
					return
				}
				if !yield(n, nil) {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	}, true
}

func (v *Leaving) hideChild(ctx context.Context, n *Logged) error {
	child, err := v.isOtherChild(ctx, n.Actor)
	if child {
		n.ActorName = ""
	}
	return err
}
