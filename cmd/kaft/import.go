package main

import (
	"fmt"
	"os"

	"kaft/app"
	"kaft/export"
	"kaft/portfolio"
)

type importCmd struct {
	File   string `arg:"" type:"existingfile" help:"The bundle, or a Leap2A file (zip or XML)."`
	Data   string `default:"kaft-data" help:"Folder that holds everything." type:"path"`
	School string `help:"Id of the school, where there is more than one."`
	Into   string `help:"Id of the student it belongs to; without it a new student is made."`
	Accept bool   `help:"Take it in, also when no school that is known here signed it."`
}

// Run checks the bundle and takes it in, and says what came.
func (i importCmd) Run() error {
	f, err := os.Open(i.File)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	return open(i.Data, func(k *kaft) error {
		founded, err := k.lib.Founded(k.ctx)
		if err == nil && !founded {
			err = fmt.Errorf("%s holds no school yet: found one first, with kaft serve", i.Data)
		}
		if err != nil {
			return err
		}
		operator, err := k.lib.Operator(k.ctx, i.School)
		if err != nil {
			return err
		}
		last := portfolio.Headway{}
		tell := func(h portfolio.Headway) error {
			if h.Step != last.Step {
				fmt.Fprintf(os.Stderr, "%s …\n", h.Step)
			}
			last = h
			return k.ctx.Err()
		}
		imp, err := i.take(k, operator, f, st.Size(), tell)
		if err != nil {
			return fmt.Errorf("%s: %s", i.File, app.Sentence("en", err))
		}
		r := imp.Report
		fmt.Printf("Taken in for student %s: %d works, %d assessments, %d files. Import %s.\n", imp.Student, r.Works.New, r.Assessments.New, r.Files, imp.ID)
		return nil
	})
}

func (i importCmd) take(k *kaft, operator portfolio.Actor, f *os.File, size int64, tell func(portfolio.Headway) error) (*portfolio.Import, error) {
	b, err := export.Open(f, size)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	v, err := b.Verify(k.ctx, tell)
	if err != nil {
		return nil, err
	}
	return v.Import(k.ctx, k.lib, operator, size, i.Into, i.Accept, tell)
}
