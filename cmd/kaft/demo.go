package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"text/tabwriter"

	"kaft/app"
	"kaft/app/demo"
)

type demoCmd struct {
	Addr string `default:"localhost:8080" help:"Address to listen on."`
	Data string `help:"Folder that holds everything, and still does the next time; by default a temporary one, gone at the end." type:"path"`
	JSON bool   `name:"json" help:"Print the sign-ins as JSON, on one line."`
}

func (d demoCmd) Run() error {
	ln, err := net.Listen("tcp", d.Addr) // first: making a school that nobody can reach is of no use
	if err != nil {
		return err
	}
	defer ln.Close()
	dir := d.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kaft-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	return open(dir, func(k *kaft) error {
		signIns, err := d.school(k, dir)
		if err != nil {
			return err
		}
		if err := printSignIns(os.Stdout, signIns, d.JSON); err != nil {
			return err
		}
		k.jobs.FetchLocally() // two demos on one machine can hand over to each other
		return k.serve(ln, app.Options{Demo: true})
	})
}

// school makes the demo school, or finds the one that is there. Another school
// it leaves alone: everybody in the demo has the same known password.
func (d demoCmd) school(k *kaft, dir string) ([]demo.SignIn, error) {
	schools, err := k.lib.Schools(k.ctx)
	if err != nil {
		return nil, err
	}
	if len(schools) > 0 {
		signIns, err := demo.Find(k.ctx, k.lib)
		if err == nil && signIns == nil {
			err = fmt.Errorf("%s holds a school that is not a whole demo: give another folder, or open this one with kaft serve", dir)
		}
		return signIns, err
	}
	hash, err := app.HashPassword(demo.Password)
	if err != nil {
		return nil, err
	}
	return demo.Make(k.ctx, k.lib, k.talks, hash)
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
