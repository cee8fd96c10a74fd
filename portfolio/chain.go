package portfolio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Anchor holds where the chain of a student's log ends, so that lines that were
// removed from its end show too. Its id is the student's. It is moved after each
// line: when Kaft stops between the two it is one line behind, and the next line
// first puts that right.
//
// Who can write in the store and knows all this can write a whole new chain with
// its anchor. Against that helps only what VerifyAudit gave before, kept
// elsewhere: the hash of a line says everything about the lines before it.
type Anchor struct {
	Head
	Seq   int64  `json:"seq"`   // of the last line
	Hash  string `json:"hash"`  // of the last line, as stored
	Since int64  `json:"since"` // the line at which it was first dropped: 1, unless one was lost
}

// lineID orders a student's lines by number.
func lineID(student string, seq int64) string { return fmt.Sprintf("%s.%012d", student, seq) }

func lineKey(student string, seq int64) string { return fmt.Sprintf("%s/%012d", student, seq) }

// parseLineID is the opposite of lineID; ok is false for what it never made.
func parseLineID(id string) (student string, seq int64, ok bool) {
	dot := strings.LastIndexByte(id, '.')
	if dot < 0 {
		return "", 0, false
	}
	seq, err := strconv.ParseInt(id[dot+1:], 10, 64)
	return id[:dot], seq, err == nil && seq > 0 && lineID(id[:dot], seq) == id
}

// linesOf lists the lines of one student, or of all, by their ids: so also one
// whose keys were taken away.
func linesOf(school, student string) Query {
	q := Query{School: school, Kind: "audit"}
	if student != "" {
		q.From, q.To = student+".", student+"/" // '/' comes after '.'
	}
	return q
}

// hashOf is the hash of a line as it is stored.
func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// tail is the end of one student's chain as far as this process knows. The lock
// is held while a line is written, so that writers here do not collide; with
// those of another process they do, and then it is looked up again.
type tail struct {
	mu     sync.Mutex
	known  bool
	seq    int64
	hash   string
	anchor Anchor // as it is stored; Rev is 0 when there is none
}

// maxTails bounds what is remembered. Forgetting costs two reads.
const maxTails = 4096

// tails are the ends that are known, by school and student.
type tails struct {
	mu sync.Mutex
	m  map[[2]string]*tail
}

func (t *tails) of(school, student string) *tail {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := [2]string{school, student}
	if found := t.m[key]; found != nil {
		return found
	}
	if t.m == nil || len(t.m) >= maxTails {
		t.m = map[[2]string]*tail{}
	}
	made := &tail{anchor: Anchor{Head: Head{School: school, ID: student}}}
	t.m[key] = made
	return made
}

// findTail looks up where a student's chain ends. The anchor is read first: the
// line that it names was there before it.
func (l *Library) findTail(ctx context.Context, t *tail) error {
	school, student := t.anchor.School, t.anchor.ID
	if err := l.readAnchor(ctx, t); err != nil {
		return err
	}
	q := linesOf(school, student)
	q.Desc, q.Limit = true, 1
	last, err := l.store.List(ctx, q)
	if err != nil {
		return err
	}
	t.seq, t.hash = 0, ""
	if len(last) == 1 {
		_, seq, ok := parseLineID(last[0].ID)
		if !ok {
			return fmt.Errorf("the last line of the log of %s has the id %q", student, last[0].ID)
		}
		t.seq, t.hash = seq, hashOf(last[0].Body)
	}
	if t.anchor.Seq > t.seq {
		// The end was removed. Its numbers are not given again, so that it shows.
		t.seq, t.hash = t.anchor.Seq, t.anchor.Hash
	} else if t.anchor.Seq < t.seq {
		if err := l.moveAnchor(ctx, t); err != nil {
			return err
		}
	}
	t.known = true
	return nil
}

// lastLine is the number of the last line of a student's log, as far as this
// process knows: a line that is written from now on has a higher one.
func (l *Library) lastLine(ctx context.Context, school, student string) (int64, error) {
	t := l.tails.of(school, student)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.known {
		if err := l.findTail(ctx, t); err != nil {
			return 0, err
		}
	}
	return t.seq, nil
}

func (l *Library) readAnchor(ctx context.Context, t *tail) error {
	found, err := load[Anchor](ctx, l, "anchor", t.anchor.School, t.anchor.ID)
	if isKind(err, NotFound) {
		t.anchor = Anchor{Head: Head{School: t.anchor.School, ID: t.anchor.ID}}
		return nil
	}
	if err == nil {
		t.anchor = *found
	}
	return err
}

// moveAnchor moves the anchor to the end of the chain, forward only.
func (l *Library) moveAnchor(ctx context.Context, t *tail) error {
	for t.anchor.Seq < t.seq {
		to := t.anchor
		to.Seq, to.Hash = t.seq, t.hash
		var err error
		if to.Rev == 0 {
			to.Since = t.seq
			err = create(ctx, l, "anchor", &to, nil)
		} else {
			err = replace(ctx, l, "anchor", &to, nil)
		}
		switch {
		case err == nil:
			t.anchor = to
			continue
		case !isKind(err, Exists) && !isKind(err, Conflict) && !isKind(err, NotFound):
			t.known = false
			return err
		}
		// Another process moved it, or took it away.
		if err := l.readAnchor(ctx, t); err != nil {
			t.known = false
			return err
		}
	}
	return nil
}
