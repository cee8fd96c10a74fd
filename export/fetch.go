package export

import (
	"context"
	"io"

	"kaft/export/handover"
	"kaft/portfolio"
)

// StepFetch is the step of an import in which its bundle comes in from another
// school.
const StepFetch = "fetch"

// maxOffered is how many schools of another installation are kept, to compare
// their keys.
const maxOffered = 50

// Fetch fetches a bundle with a code from the Kaft at an address, as somebody
// typed the two, and has it checked. instance is the address of this Kaft, for
// the family to read. It comes back as soon as the bundle begins to come. Error
// kinds: Forbidden, Invalid (the address, the code, no Kaft there), Unavailable
// (not reachable), TooLarge, TooMany (WaitOf says how long).
func (j *Jobs) Fetch(ctx context.Context, a portfolio.Actor, typed, code, instance string) (*portfolio.Import, error) {
	if err := j.lib.MayFetch(ctx, a); err != nil {
		return nil, err
	}
	address, err := j.other.Address(typed)
	if err != nil {
		return nil, err
	}
	f, err := j.lib.StartFetch(ctx, a, address, code)
	if err != nil {
		return nil, err
	}
	d, err := j.other.Open(j.ctx, address, handover.Ask{Code: f.Code, Receipt: f.Receipt, School: f.School, Instance: instance})
	if err != nil {
		return nil, err
	}
	imp, err := j.lib.FetchFound(ctx, a, address, d.Name, j.offered(ctx, address))
	if err != nil {
		d.Close()
		return nil, err
	}
	j.runIn(j.lines, "fetch", imp.ID, func(ctx context.Context) error {
		defer d.Close()
		err := j.lib.SpoolImport(ctx, imp, &counted{r: d, tell: func(n int64) error {
			return j.lib.TellImport(ctx, imp, portfolio.Headway{Step: StepFetch, Bytes: n, TotalBytes: d.Size})
		}})
		switch {
		case err == nil:
			j.check(imp)
			return nil
		case ctx.Err() != nil:
			return ctx.Err() // the next start says so
		}
		if settle := j.lib.SettleImport(ctx, a, imp.ID, portfolio.Sender{}, err); portfolio.KindOf(settle) != portfolio.NotFound && settle != nil {
			return settle
		}
		return err
	})
	return imp, nil
}

// offered are the keys that a Kaft shows to everybody. A bundle comes in without
// them too.
func (j *Jobs) offered(ctx context.Context, address string) []portfolio.SchoolKeys {
	raw, err := j.other.Keys(ctx, address)
	if err == nil {
		var schools []portfolio.SchoolKeys
		if schools, err = ReadKeys(raw); err == nil {
			schools = schools[:min(len(schools), maxOffered)]
			for i := range schools {
				schools[i].Instance = address // where they are from, whatever they say
			}
			return schools
		}
	}
	j.log.Info("no keys at the other school", "error", err)
	return nil
}

// counted tells how many bytes were read.
type counted struct {
	r    io.Reader
	n    int64
	tell func(n int64) error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err == nil {
		err = c.tell(c.n)
	}
	return n, err
}
