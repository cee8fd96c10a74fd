package main

import (
	"fmt"

	"kaft/app"
)

type agreeCmd struct {
	Login string `arg:"" help:"What the colleague signs in with."`
	Data  string `default:"kaft-data" help:"Folder that holds everything. Kaft does not run on it meanwhile: stop it first." type:"existingdir"`
}

// Run agrees with who comes to work for the school, for whoever has the data
// folder in hand: of a school's second administrator nobody else can.
func (c agreeCmd) Run() error {
	return open(c.Data, func(k *kaft) error {
		agreed, err := k.lib.VouchFor(k.ctx, c.Login)
		for _, p := range agreed {
			fmt.Printf("%s now works for the school.\n", p.Name.Full())
		}
		if err != nil {
			return fmt.Errorf("%s: %s", c.Login, app.Sentence("en", err))
		}
		return nil
	})
}
