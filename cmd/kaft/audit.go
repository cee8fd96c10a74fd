package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"kaft/app"
	"kaft/app/localstore"
	"kaft/portfolio"
)

type auditCmd struct {
	Verify verifyCmd `cmd:"" help:"Check that no line of the logs is missing, changed or moved."`
}

type verifyCmd struct {
	Data    string `default:"kaft-data" help:"Folder that holds everything. Kaft may run on it meanwhile: it is only read." type:"existingdir"`
	Student string `help:"Id of one student; without it the logs of all."`
	JSON    bool   `name:"json" help:"Print one JSON object, with where each log ends: kept elsewhere, that shows later whether a log was written anew."`
}

// Run walks the logs and prints a sentence for each fault. The exit status is
// 1 when there is one.
func (v verifyCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	store, err := localstore.OpenToRead(v.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	faults, err := v.verify(ctx, portfolio.NewLibrary(store, nil, nil, time.Now), os.Stdout)
	if err == nil && faults > 0 {
		err = fmt.Errorf("%d faults in the logs", faults)
	}
	return err
}

// verified is what is printed as JSON.
type verified struct {
	Students int         `json:"students"`
	Lines    int64       `json:"lines"`
	Faults   []told      `json:"faults"`
	Logs     []schoolLog `json:"logs"`
}

type told struct {
	School string `json:"school"`
	portfolio.LogFault
	Text string `json:"text"`
}

type schoolLog struct {
	School string `json:"school"`
	portfolio.Chain
}

// verify checks all schools and says what it found.
func (v verifyCmd) verify(ctx context.Context, lib *portfolio.Library, out io.Writer) (faults int, err error) {
	schools, err := lib.Schools(ctx)
	if err != nil {
		return 0, err
	}
	all := verified{Faults: []told{}, Logs: []schoolLog{}}
	for _, s := range schools {
		operator, err := lib.Operator(ctx, s.ID)
		if err != nil {
			return 0, fmt.Errorf("%s has no administrator to act for: %s", s.Name, app.Sentence("en", err))
		}
		r, err := lib.VerifyAudit(ctx, operator, v.Student)
		if v.Student != "" && portfolio.KindOf(err) == portfolio.NotFound {
			continue // the student is at another school
		}
		if err != nil {
			return 0, err
		}
		all.Lines += r.Lines
		for _, c := range r.Chains {
			all.Logs = append(all.Logs, schoolLog{s.ID, c})
		}
		for _, f := range r.Faults {
			all.Faults = append(all.Faults, told{s.ID, f, faultText(f)})
		}
	}
	all.Students = len(all.Logs)
	if v.Student != "" && all.Students+len(all.Faults) == 0 {
		return 0, errors.New("there is no log of student " + v.Student)
	}
	if v.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return len(all.Faults), e.Encode(all)
	}
	for _, f := range all.Faults {
		fmt.Fprintln(out, f.Text)
	}
	_, err = fmt.Fprintf(out, "Checked %d lines of %d students: %d faults.\n", all.Lines, all.Students, len(all.Faults))
	return len(all.Faults), err
}

// faultText is a fault in a sentence that names student and line.
func faultText(f portfolio.LogFault) string {
	line := fmt.Sprintf("Student %s, line %d: ", f.Student, f.Seq)
	switch f.Kind {
	case portfolio.LogMissing, portfolio.LogTruncated:
		where := "missing"
		if f.Kind == portfolio.LogTruncated {
			where = "cut off the end of the log"
		}
		if f.Last > f.Seq {
			return fmt.Sprintf("Student %s, lines %d to %d: %s.", f.Student, f.Seq, f.Last, where)
		}
		return line + where + "."
	case portfolio.LogChanged:
		return line + "changed since it was written."
	case portfolio.LogMoved:
		if f.SaysStudent != f.Student {
			return line + fmt.Sprintf("in its place stands line %d of student %s.", f.SaysSeq, f.SaysStudent)
		}
		return line + fmt.Sprintf("in its place stands line %d.", f.SaysSeq)
	case portfolio.LogBroken:
		if f.ID != "" {
			return fmt.Sprintf("The log has a document %q, which is no line.", f.ID)
		}
		return line + "it cannot be read."
	case portfolio.LogHidden:
		return line + "it is not listed under its student or under who did it."
	case portfolio.LogAnchor:
		return fmt.Sprintf("Student %s: the anchor that tells where the log ends is missing.", f.Student)
	case portfolio.LogBehind:
		return line + fmt.Sprintf("the anchor says that the log ends here, and it goes on to line %d.", f.Last)
	case portfolio.LogReanchor:
		return line + "the anchor was lost before it, so lines from the end of the log of then may be missing."
	}
	return line + f.Kind + "."
}
