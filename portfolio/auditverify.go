package portfolio

import (
	"context"
	"encoding/json"
	"maps"
)

// Kinds of what can be wrong with the log of a student.
const (
	LogMissing   = "missing"    // lines Seq to Last are not there
	LogTruncated = "truncated"  // the same, at the end
	LogChanged   = "changed"    // the line is not what the next one, or the anchor, says it was
	LogMoved     = "moved"      // the line stands in the place of another: it says SaysStudent, SaysSeq
	LogBroken    = "broken"     // the line cannot be read, or has a number that no line has
	LogHidden    = "hidden"     // the line is not found by student and number, by who did it, or among what is rare
	LogAnchor    = "anchor"     // the anchor is not there
	LogBehind    = "behind"     // the anchor is at line Seq, more than one before the last, Last
	LogReanchor  = "reanchored" // the anchor was lost, and dropped again at line Seq
)

// LogFault is one thing that is wrong with the log of a student.
type LogFault struct {
	Student     string `json:"student"`
	Kind        string `json:"kind"`
	Seq         int64  `json:"line,omitempty"` // the number of the line
	Last        int64  `json:"last,omitempty"`
	ID          string `json:"id,omitempty"` // of a line without a number
	SaysStudent string `json:"says_student,omitempty"`
	SaysSeq     int64  `json:"says_line,omitempty"`
}

// Chain is what was found of one student's log. Kept elsewhere, it shows later
// whether the lines up to Seq were written anew since.
type Chain struct {
	Student string `json:"student"`
	Lines   int64  `json:"lines"`
	Seq     int64  `json:"last"` // the number of the last line
	Hash    string `json:"hash"` // and its hash
}

// LogReport is what VerifyAudit found.
type LogReport struct {
	Lines  int64
	Chains []Chain
	Faults []LogFault
}

// VerifyAudit walks the logs of one student, or with student "" of all of the
// school, and names everything that is wrong with them: what is missing,
// changed, moved, or cut off. Lines may be written meanwhile. The actor is the
// FG or an administrator: no line is shown. Error kinds: Forbidden, NotFound (a
// student who has no log).
func (l *Library) VerifyAudit(ctx context.Context, a Actor, student string) (*LogReport, error) {
	if err := l.may(ctx, a, ActVerifyLog); err != nil {
		return nil, err
	}
	// The anchors first: the lines that they name were there before them.
	anchors, err := l.anchors(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	c := &checker{lib: l, school: a.School, anchors: anchors}
	for d, err := range l.each(ctx, linesOf(a.School, student)) {
		if err != nil {
			return nil, err
		}
		if err := c.line(ctx, d); err != nil {
			return nil, err
		}
	}
	if err := c.end(ctx); err != nil {
		return nil, err
	}
	for of, at := range anchors { // of whom no line is left
		c.fault(LogFault{Student: of, Kind: LogTruncated, Seq: 1, Last: at.Seq})
	}
	if student != "" && len(c.report.Chains)+len(c.report.Faults) == 0 {
		return nil, E(NotFound, "error.not_found")
	}
	return &c.report, nil
}

// anchors are those of one student or of all, by student.
func (l *Library) anchors(ctx context.Context, school, student string) (map[string]*Anchor, error) {
	out := map[string]*Anchor{}
	if student != "" {
		one, err := load[Anchor](ctx, l, "anchor", school, student)
		if isKind(err, NotFound) {
			return out, nil
		}
		out[student] = one
		return out, err
	}
	all, err := list[Anchor](ctx, l, Query{School: school, Kind: "anchor"})
	for _, at := range all {
		out[at.ID] = at
	}
	return out, err
}

// checker walks lines in the order of their ids, student after student.
type checker struct {
	lib     *Library
	school  string
	anchors map[string]*Anchor // of the students who did not pass yet
	report  LogReport

	chain  Chain // of the student who passes now, up to the last line
	named  bool  // something is wrong with the last line already
	anchor *Anchor
}

func (c *checker) fault(f LogFault) { c.report.Faults = append(c.report.Faults, f) }

func (c *checker) line(ctx context.Context, d Doc) error {
	student, seq, ok := parseLineID(d.ID)
	if !ok {
		c.fault(LogFault{Student: student, Kind: LogBroken, ID: d.ID})
		return nil
	}
	if student != c.chain.Student {
		if err := c.end(ctx); err != nil {
			return err
		}
		c.chain = Chain{Student: student}
		c.anchor = c.anchors[student]
		delete(c.anchors, student)
	}
	var n Line
	err := json.Unmarshal(d.Body, &n)
	moved := err == nil && (n.Student != student || n.Seq != seq)
	switch gap := seq > c.chain.Seq+1; {
	case gap:
		c.fault(LogFault{Student: student, Kind: LogMissing, Seq: c.chain.Seq + 1, Last: seq - 1})
	case seq > 1 && err == nil && !moved && !c.named && n.Before != c.chain.Hash:
		c.fault(LogFault{Student: student, Kind: LogChanged, Seq: c.chain.Seq})
	}
	hash := hashOf(d.Body)
	c.named = true
	switch at := c.anchor; {
	case err != nil:
		c.fault(LogFault{Student: student, Kind: LogBroken, Seq: seq})
	case moved:
		c.fault(LogFault{Student: student, Kind: LogMoved, Seq: seq, SaysStudent: n.Student, SaysSeq: n.Seq})
	case seq == 1 && n.Before != "", at != nil && at.Seq == seq && at.Hash != hash:
		c.fault(LogFault{Student: student, Kind: LogChanged, Seq: seq})
	case !maps.Equal(d.Keys, n.keys()):
		c.fault(LogFault{Student: student, Kind: LogHidden, Seq: seq})
		c.named = false // its content is what the next line says or not
	default:
		c.named = false
	}
	c.chain.Lines, c.chain.Seq, c.chain.Hash = c.chain.Lines+1, seq, hash
	return nil
}

// end closes the chain that passed.
func (c *checker) end(ctx context.Context) error {
	chain := c.chain
	if chain.Student == "" {
		return nil
	}
	c.report.Lines += chain.Lines
	c.report.Chains = append(c.report.Chains, chain)
	c.chain, c.named = Chain{}, false
	at := c.anchor
	if at == nil || at.Seq < chain.Seq-1 {
		// Behind, unless it moved since the walk began.
		now, err := c.lib.anchors(ctx, c.school, chain.Student)
		if err != nil {
			return err
		}
		at = now[chain.Student]
	}
	switch {
	case at == nil && chain.Seq == 1: // Kaft stopped before it was first dropped
	case at == nil:
		c.fault(LogFault{Student: chain.Student, Kind: LogAnchor})
	case at.Seq < chain.Seq-1:
		c.fault(LogFault{Student: chain.Student, Kind: LogBehind, Seq: at.Seq, Last: chain.Seq})
	case c.anchor != nil && c.anchor.Seq > chain.Seq:
		c.fault(LogFault{Student: chain.Student, Kind: LogTruncated, Seq: chain.Seq + 1, Last: c.anchor.Seq})
	}
	if at != nil && at.Since > 1 {
		c.fault(LogFault{Student: chain.Student, Kind: LogReanchor, Seq: at.Since})
	}
	return nil
}
