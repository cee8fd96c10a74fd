package main

import "errors"

type importCmd struct {
	File string `arg:"" help:"The bundle."`
}

func (importCmd) Run() error { return errors.New("not yet") }
