package main

import (
	"fmt"
	"io"
	"os"

	"kaft/portfolio"
)

type inspectCmd struct {
	File string `arg:"" help:"File with a case a line, or - for standard input."`
}

// Run decides every case. A line that is no case is named on standard error,
// and the exit status is then 1.
func (i inspectCmd) Run() error {
	var in io.Reader = os.Stdin
	if i.File != "-" {
		f, err := os.Open(i.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	bad, err := portfolio.InspectCases(in, os.Stdout, os.Stderr)
	if err == nil && bad > 0 {
		err = fmt.Errorf("%d lines are not cases", bad)
	}
	return err
}
