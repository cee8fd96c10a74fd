package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"

	"kaft/app"
	"kaft/export"
)

type bundleCompareCmd struct {
	Before string `arg:"" type:"existingfile" help:"The earlier bundle."`
	After  string `arg:"" type:"existingfile" help:"The later bundle of the same portfolio."`
	JSON   bool   `name:"json" help:"Print one JSON object."`
}

// bundleDifferences is what is printed.
type bundleDifferences struct {
	Before      string              `json:"before"`
	After       string              `json:"after"`
	Fault       string              `json:"fault,omitempty"` // why there is nothing to compare
	Lost        int                 `json:"lost"`            // differences without a why
	Differences []export.Difference `json:"differences"`
}

// Run compares two files without a school and without a data folder.
func (c bundleCompareCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	out := bundleDifferences{Before: c.Before, After: c.After, Differences: []export.Difference{}}
	found, err := compareFiles(ctx, c.Before, c.After)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		out.Fault = app.Sentence("en", err)
	}
	out.Differences = append(out.Differences, found...)
	for _, d := range found {
		if d.Lost() {
			out.Lost++
		}
	}
	if err := c.print(os.Stdout, out); err != nil {
		return err
	}
	switch {
	case out.Fault != "":
		return exitStatus{1, "there is nothing to compare"}
	case out.Lost > 0:
		return exitStatus{1, fmt.Sprintf("%d fields were lost or changed", out.Lost)}
	}
	return nil
}

func compareFiles(ctx context.Context, before, after string) ([]export.Difference, error) {
	b, done, err := verifyFile(ctx, before, nil)
	if err != nil {
		return nil, err
	}
	defer done()
	a, done, err := verifyFile(ctx, after, nil)
	if err != nil {
		return nil, err
	}
	defer done()
	return export.Compare(ctx, b, a)
}

func (c bundleCompareCmd) print(out io.Writer, found bundleDifferences) error {
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(found)
	}
	if found.Fault != "" {
		_, err := fmt.Fprintln(out, found.Fault)
		return err
	}
	for _, d := range found.Differences {
		why := d.Why
		if d.Lost() {
			why = fmt.Sprintf("LOST OR CHANGED: was %s, is %s", orNothing(d.Was), orNothing(d.Is))
		}
		if _, err := fmt.Fprintf(out, "%s %s %s: %s\n", d.Member, d.ID, d.Field, why); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d fields differ, of which %d were lost or changed.\n", len(found.Differences), found.Lost)
	return err
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}
