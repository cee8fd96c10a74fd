package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

type versionCmd struct{}

func (versionCmd) Run() error { fmt.Println("kaft", version); return nil }

type helpCmd struct{}

func (helpCmd) Run(k *kong.Kong) error {
	ctx, err := kong.Trace(k, nil)
	if err != nil {
		return err
	}
	return ctx.PrintUsage(false)
}
