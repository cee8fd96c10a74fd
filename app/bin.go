package app

import "kaft/portfolio"

// binPage is S10.
type binPage struct {
	Page
	Works []*portfolio.Work
}

func (v *visit) bin() error {
	works, err := v.lib.Bin(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	return v.Render("bin", binPage{v.frame(), works})
}
