package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"kaft/app"
	"kaft/app/demo"
)

type demoCmd struct {
	Addr string `default:"localhost:8080" help:"Address to listen on."`
	Data string `help:"Folder that holds everything; by default a temporary one, gone at the end." type:"path"`
	JSON bool   `name:"json" help:"Print the sign-ins as JSON, on one line."`
}

func (d demoCmd) Run() (err error) {
	dir := d.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kaft-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	return open(dir, func(k *kaft) error {
		hash, err := app.HashPassword(demo.Password)
		if err != nil {
			return err
		}
		signIns, err := demo.Make(k.ctx, k.lib, k.talks, hash)
		if err != nil {
			return err
		}
		k.jobs.FetchLocally() // two demos on one machine can hand over to each other
		return k.serve(d.Addr, app.Options{Demo: true}, func() error { return printSignIns(os.Stdout, signIns, d.JSON) })
	})
}

func printSignIns(w io.Writer, all []demo.SignIn, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(all)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "SIGN IN AS\tNAME\tHATS\tWHO (password for all: %s)\n", demo.Password)
	for _, s := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Login, s.Name, s.Hats, s.Note)
	}
	return t.Flush()
}
