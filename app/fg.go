package app

import "kaft/portfolio"

// The pages of the privacy officer (FG); schoollog.go has the log.

// requestsPage is F1.
type requestsPage struct {
	Page
	Requests []*portfolio.Asked
	Today    portfolio.Date
}

func (v *visit) requests() error {
	// Who is not the FG and has no duty simply has no open requests here.
	open, err := v.lib.OpenRequests(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	return v.Render("requests", requestsPage{v.frame(), open, portfolio.DateOf(v.lib.Now())})
}
