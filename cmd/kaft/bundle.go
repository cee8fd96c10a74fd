package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"time"

	"kaft/app"
	"kaft/export"
	"kaft/portfolio"
)

type bundleCmd struct {
	Verify  bundleVerifyCmd  `cmd:"" help:"Check that a bundle is whole, and who signed it and the assessments in it. The exit status is 0 when it is whole and signed by a key of --keys, 1 when it is broken or was changed, 2 when it is whole but not signed by one of those."`
	Compare bundleCompareCmd `cmd:"" help:"Tell, field by field, what a later bundle of a portfolio lacks or has otherwise. The exit status is 0 when nothing was lost, 1 when something was, or when one of the two is broken."`
}

type bundleVerifyCmd struct {
	File     string   `arg:"" type:"existingfile" help:"The bundle, or a Leap2A file (zip or XML)."`
	Keys     []string `type:"existingfile" help:"File with the keys of a school you know: its signing-keys.json, or what is at /.well-known/portfolio-keys.json. May be given again."`
	Contexts string   `type:"existingdir" help:"Folder of JSON-LD contexts, as wget -x stores them; only proofs of kind eddsa-rdfc-2022 need them."`
	JSON     bool     `name:"json" help:"Print one JSON object."`
}

// bundleCheck is what is printed.
type bundleCheck struct {
	File        string            `json:"file"`
	Whole       bool              `json:"whole"`
	Fault       string            `json:"fault,omitempty"`
	Missing     []string          `json:"missing,omitempty"` // files of works that are gone or not what they were
	Signed      signedBy          `json:"signed"`
	Bundle      *bundleHead       `json:"bundle,omitempty"`
	Assessments []assessmentCheck `json:"assessments"`
}

// signedBy says who signed: known, unknown or none; of a broken bundle nobody.
type signedBy struct {
	By          string `json:"by"`
	School      string `json:"school,omitempty"` // of a key of --keys
	Fingerprint string `json:"fingerprint,omitempty"`
}

type bundleHead struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"`
	Version     string    `json:"version"`
	MadeAt      time.Time `json:"madeAt"`
	Generator   string    `json:"generator"`
	School      string    `json:"school"`
	Student     string    `json:"student"`
	Items       int       `json:"items"`
	Assessments int       `json:"assessments"`
	Files       int       `json:"files"`
	Bytes       int64     `json:"bytes"`
}

type assessmentCheck struct {
	ID string `json:"id"`
	signedBy
	WorkChanged bool   `json:"workChanged,omitempty"`
	Altered     string `json:"altered,omitempty"` // why
}

// exitStatus ends the program with a status and a sentence.
type exitStatus struct {
	status int
	text   string
}

func (e exitStatus) Error() string { return e.text }
func (e exitStatus) ExitCode() int { return e.status }

// Run checks the file without a school and without a data folder.
func (c bundleVerifyCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	trust, err := c.trust()
	if err != nil {
		return err
	}
	out := bundleCheck{File: c.File, Signed: signedBy{By: portfolio.SignerNone}, Assessments: []assessmentCheck{}}
	v, err := c.verify(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		out.Fault = app.Sentence("en", err)
	} else {
		out.fill(v, trust)
	}
	if err := c.print(os.Stdout, out); err != nil {
		return err
	}
	return out.status()
}

// trust are the schools of --keys.
func (c bundleVerifyCmd) trust() (portfolio.Trust, error) {
	var known []portfolio.SchoolKeys
	for _, name := range c.Keys {
		raw, err := os.ReadFile(name)
		if err != nil {
			return portfolio.Trust{}, err
		}
		schools, err := export.ReadKeys(raw)
		if err != nil {
			return portfolio.Trust{}, fmt.Errorf("%s: %s", name, app.Sentence("en", err))
		}
		known = append(known, schools...)
	}
	return portfolio.TrustIn(known...), nil
}

func (c bundleVerifyCmd) verify(ctx context.Context) (*export.Verified, error) {
	var contexts fs.FS
	if c.Contexts != "" {
		contexts = os.DirFS(c.Contexts)
	}
	v, done, err := verifyFile(ctx, c.File, contexts)
	if err != nil {
		return nil, err
	}
	done()
	return v, nil
}

// verifyFile checks a bundle. What it gives can be read on until done.
func verifyFile(ctx context.Context, name string, contexts fs.FS) (v *export.Verified, done func(), err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	st, err := f.Stat()
	if err == nil {
		var b *export.Bundle
		if b, err = export.Open(f, st.Size()); err == nil {
			done = func() { b.Close(); f.Close() }
			if v, err = b.WithContexts(contexts).Verify(ctx, func(portfolio.Headway) error { return ctx.Err() }); err == nil {
				return v, done, nil
			}
			b.Close()
		}
	}
	f.Close()
	return nil, nil, err
}

func (b *bundleCheck) fill(v *export.Verified, trust portfolio.Trust) {
	from := v.From
	b.Missing = from.Missing
	if b.Whole = len(b.Missing) == 0; !b.Whole {
		b.Fault = fmt.Sprintf("Missing or damaged: %s.", strings.Join(b.Missing, ", "))
	}
	b.Signed.By, b.Signed.School = trust.Sender(from.Signature)
	b.Signed.Fingerprint = from.Signature.Fingerprint()
	b.Bundle = &bundleHead{ID: from.Bundle, Kind: from.Kind, Version: from.Version, MadeAt: from.MadeAt, Generator: from.Generator, School: from.School,
		Student: from.Name.Full(), Items: from.Contents.Items, Assessments: from.Contents.Assessments, Files: from.Contents.Files, Bytes: from.Contents.Bytes}
	for _, p := range v.Proofs() {
		a := assessmentCheck{ID: p.ID}
		switch {
		case p.Altered != nil:
			a.By, a.Altered = "altered", p.Altered.Error()
		default:
			a.By, a.School = trust.Assessor(p.Proof)
		}
		if p.Proof != nil {
			a.Fingerprint, a.WorkChanged = portfolio.PublicKey{Key: p.Proof.Key}.Fingerprint(), p.Proof.Changed
		}
		b.Assessments = append(b.Assessments, a)
	}
}

// altered counts the assessments that are not what was signed.
func (b *bundleCheck) altered() (n int) {
	for _, a := range b.Assessments {
		if a.Altered != "" {
			n++
		}
	}
	return n
}

func (b *bundleCheck) status() error {
	switch n := b.altered(); {
	case !b.Whole:
		return exitStatus{1, "the bundle is broken"}
	case n > 0:
		return exitStatus{1, fmt.Sprintf("%d assessments are not what was signed", n)}
	case b.Signed.By == portfolio.SignerUnknown:
		return exitStatus{2, "the bundle is signed by a key that is not one of --keys"}
	case b.Signed.By != portfolio.SignerKnown:
		return exitStatus{2, "the bundle is not signed"}
	}
	return nil
}

func (c bundleVerifyCmd) print(out io.Writer, b bundleCheck) error {
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(b)
	}
	if !b.Whole {
		_, err := fmt.Fprintf(out, "%s is not whole. %s\n", b.File, b.Fault)
		return err
	}
	h := b.Bundle
	var t strings.Builder
	what := "whole: " + h.Kind
	if h.Kind == export.KindLeap2A { // nothing in it says that it is whole
		what = "a Leap2A file"
	}
	fmt.Fprintf(&t, "%s is %s of %s, made %s by %s at %s.\n", b.File, what, h.Student, h.MadeAt.Format(time.DateOnly), h.Generator, h.School)
	fmt.Fprintf(&t, "It holds %d works, %d assessments and %d files (%d bytes).\n", h.Items, h.Assessments, h.Files, h.Bytes)
	fmt.Fprintf(&t, "Bundle: %s.\n", b.Signed.sentence())
	for _, a := range b.Assessments {
		fmt.Fprintf(&t, "Assessment %s: ", a.ID)
		switch {
		case a.Altered != "":
			fmt.Fprintf(&t, "not what was signed: %s.\n", a.Altered)
		case a.WorkChanged:
			fmt.Fprintf(&t, "%s; the work was changed since.\n", a.sentence())
		default:
			fmt.Fprintf(&t, "%s.\n", a.sentence())
		}
	}
	_, err := io.WriteString(out, t.String())
	return err
}

func (s signedBy) sentence() string {
	switch s.By {
	case portfolio.SignerKnown:
		return fmt.Sprintf("signed by %s, with key %s", s.School, s.Fingerprint)
	case portfolio.SignerUnknown:
		return "signed with a key that is not known: " + s.Fingerprint
	}
	return "not signed, or in a way that cannot be checked here"
}
