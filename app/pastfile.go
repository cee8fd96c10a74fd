package app

import (
	"encoding/json"
	"io"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// What the time machine says, for a program: as cases for "kaft inspect", and
// as JSON.

// timeMachineCases gives the questions behind the time machine as a file that
// "kaft inspect" answers the same. There are ids in it, and no names.
func (v *visit) timeMachineCases() error {
	f := Filled{Values: map[string][]string{"dag": {v.Query("dag")}, "tijd": {v.Query("tijd")}}}
	at := v.instant(&f)
	if len(f.Problems) > 0 {
		return portfolio.E(portfolio.Invalid, "error.date", "Date", v.Query("dag"))
	}
	past, err := v.lib.TimeMachine(v.ctx(), v.actor, v.Query("leerling"), at)
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	if err != nil {
		return err
	}
	v.Set("Content-Type", "application/x-ndjson")
	v.Set("Content-Disposition", disposition("attachment", "zaken-"+portfolio.DateOf(at).String()+".jsonl"))
	r, w := io.Pipe()
	go func() {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		for c := range past.Cases() {
			if err := out.Encode(&c); err != nil { // nobody reads any more
				w.CloseWithError(err)
				return
			}
		}
		w.Close()
	}()
	return v.SendStream(r)
}

// apiTimeMachine is the same for a program. at is an RFC 3339 instant.
func (v *visit) apiTimeMachine() error {
	at, err := time.Parse(time.RFC3339, v.Query("at"))
	if err != nil {
		return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.time", Err: err}
	}
	past, err := v.lib.TimeMachine(v.ctx(), v.actor, v.Params("id"), at)
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	if err != nil {
		return err
	}
	type thing struct {
		ID       string         `json:"id,omitempty"`
		Kind     string         `json:"kind"`
		On       portfolio.Date `json:"on,omitzero"`
		Audience []string       `json:"audience,omitempty"`
		Draft    bool           `json:"draft,omitempty"`
		Binned   bool           `json:"binned,omitempty"`
		Unsure   bool           `json:"unsure,omitempty"`
	}
	type sight struct {
		Thing int                `json:"thing"` // its place in things
		Then  portfolio.Decision `json:"then"`
		Now   portfolio.Decision `json:"now"`
	}
	type view struct {
		Person string  `json:"person"`
		Name   string  `json:"name"`
		Hat    string  `json:"hat"`
		Circle string  `json:"circle"`
		Sights []sight `json:"sights"`
	}
	things, views := []thing{}, []view{}
	for _, t := range past.Things {
		things = append(things, thing{t.Item.ID, t.Item.Kind, t.On, t.Item.Audience, t.Item.Draft, t.Item.Deleted, t.Unsure})
	}
	for _, x := range past.Views {
		one := view{x.ID, x.Name.Full(), x.Hat, string(x.Circle), []sight{}}
		for i, s := range x.Sights {
			if !s.Nothing() {
				one.Sights = append(one.Sights, sight{i, s.Then, s.Now})
			}
		}
		views = append(views, one)
	}
	return v.JSON(fiber.Map{"student": past.Student.ID, "at": past.At, "things": things, "views": views})
}
