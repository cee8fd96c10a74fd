package app

import (
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// A code with which the next school fetches the bundle, as the family makes and
// revokes it.

// codeView is a code as the family reads it in a list.
type codeView struct {
	*portfolio.Handover
	Says   string // its state, and since when
	Who    string // who used it, by what that school says of itself
	Where  string // and from where
	Revoke bool   // it can still be taken back
}

// codes lists the codes of a student's bundles, or of one of them.
func (v *visit) codes(student, bundle string) (out []codeView, err error) {
	all, err := v.lib.Handovers(v.ctx(), v.actor, student)
	if err != nil {
		return nil, err
	}
	for _, h := range all {
		if bundle != "" && h.Bundle != bundle {
			continue
		}
		c := codeView{Handover: h, Revoke: h.State == portfolio.HandoverOpen || h.State == portfolio.HandoverBegun}
		when := map[string]time.Time{portfolio.HandoverOpen: h.Expires, portfolio.HandoverFetched: h.Fetched, portfolio.HandoverRevoked: h.Revoked, portfolio.HandoverExpired: h.Expires}[h.State]
		if when.IsZero() {
			when = h.At
		}
		if h.To != nil {
			c.Who = v.say("handover.who", "School", h.To.School)
			c.Where = v.say("handover.where", "Address", h.To.Address)
			if h.To.Instance != "" {
				c.Where = h.To.Instance + " · " + c.Where
			}
			if h.State == portfolio.HandoverBegun {
				when = h.To.At
			}
		}
		c.Says = v.say("handover.state."+h.State, "Date", v.app.cat.Date(v.prefs.Lang, when), "Clock", v.app.cat.Clock(when))
		out = append(out, c)
	}
	return out, nil
}

// handoverPage shows a code, once.
type handoverPage struct {
	Page
	Student *portfolio.Ward
	Bundle  string
	Code    string
	Address string // of this Kaft
	Expires time.Time
	Codes   []codeView // of this bundle, to see who comes
}

// makeHandover makes a code and shows it: POST /pakket/:id/code. The answer is
// the page itself, because the code is nowhere to be read again; the same form
// sent twice, or loaded again, shows the same code.
func (v *visit) makeHandover() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	code, h, err := v.lib.MakeHandover(v.ctx(), v.actor, v.Params("id"), form.Get("once"))
	if err != nil {
		return err
	}
	p := handoverPage{Page: v.frame(), Bundle: h.Bundle, Code: code, Address: v.ownAddress(), Expires: h.Expires}
	if p.Student, err = v.lib.Ward(v.ctx(), v.actor, h.Student); err != nil {
		return err
	}
	if p.Codes, err = v.codes(h.Student, h.Bundle); err != nil {
		return err
	}
	return v.Render("handover", p)
}

// revokeHandover takes a code back: POST /pakket/code/:id/weg.
func (v *visit) revokeHandover() error {
	h, err := v.lib.RevokeHandover(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	v.done("done.code_gone", "")
	return v.seeOther("/pakket?leerling=" + h.Student)
}

// apiBundle is a bundle as a program sees it.
type apiBundle struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"`
	State   string     `json:"state"`
	BegunAt time.Time  `json:"begun_at"`
	Expires *time.Time `json:"expires,omitempty"`
	Size    int64      `json:"size"`
	SHA256  string     `json:"sha256,omitempty"`
}

// apiBundles lists them: GET /api/v1/students/:id/bundles.
func (v *visit) apiBundles() error {
	all, err := v.lib.Bundles(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	out := []apiBundle{}
	for _, b := range all {
		out = append(out, apiBundle{b.ID, b.Kind, b.State, b.BegunAt, instant(b.Expires), b.Size, b.Contents.SHA256})
	}
	return v.JSON(fiber.Map{"bundles": out})
}

// instant is nil for no time at all.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// apiHandover is a code as a program sees it; the code itself only in the answer
// that made it.
type apiHandover struct {
	ID       string       `json:"id"`
	Bundle   string       `json:"bundle"`
	State    string       `json:"state"`
	Code     string       `json:"code,omitempty"`
	MadeAt   time.Time    `json:"made_at"`
	Expires  time.Time    `json:"expires"`
	Revoked  *time.Time   `json:"revoked,omitempty"`
	Fetched  *time.Time   `json:"fetched,omitempty"`
	Receiver *apiReceiver `json:"receiver,omitempty"`
}

type apiReceiver struct {
	School   string    `json:"school"`
	Instance string    `json:"instance,omitempty"`
	Address  string    `json:"address"`
	At       time.Time `json:"at"`
}

func apiHandoverOf(h *portfolio.Handover) apiHandover {
	out := apiHandover{ID: h.ID, Bundle: h.Bundle, State: h.State, MadeAt: h.At, Expires: h.Expires, Revoked: instant(h.Revoked), Fetched: instant(h.Fetched)}
	if h.To != nil {
		out.Receiver = &apiReceiver{h.To.School, h.To.Instance, h.To.Address, h.To.At}
	}
	return out
}

// apiHandovers lists them: GET /api/v1/students/:id/handovers.
func (v *visit) apiHandovers() error {
	all, err := v.lib.Handovers(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	out := []apiHandover{}
	for _, h := range all {
		out = append(out, apiHandoverOf(h))
	}
	return v.JSON(fiber.Map{"handovers": out})
}

// apiMakeHandover makes a code: POST /api/v1/bundles/:id/handovers {once}.
func (v *visit) apiMakeHandover() error {
	var in struct {
		Once string `json:"once"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	code, h, err := v.lib.MakeHandover(v.ctx(), v.actor, v.Params("id"), in.Once)
	if err != nil {
		return err
	}
	out := apiHandoverOf(h)
	out.Code = code
	return v.Status(fiber.StatusCreated).JSON(out)
}

// apiRevokeHandover takes a code back: POST /api/v1/handovers/:id/revoke.
func (v *visit) apiRevokeHandover() error {
	h, err := v.lib.RevokeHandover(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(apiHandoverOf(h))
}
