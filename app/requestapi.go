package app

import (
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// apiRequest is a request as who asked it reads it.
type apiRequest struct {
	ID       string          `json:"id"`
	Student  string          `json:"student"`
	Kind     string          `json:"kind"`
	Kinds    []string        `json:"kinds"`
	Items    []string        `json:"items"`
	AskedAt  time.Time       `json:"asked_at"`
	Due      portfolio.Date  `json:"due"`
	State    string          `json:"state"`
	Part     string          `json:"part,omitempty"` // the request of which this is what was not released
	Longer   *apiLonger      `json:"longer,omitempty"`
	Decision *apiRequestDone `json:"decision,omitempty"`
}

// apiLonger is why the school takes more time.
type apiLonger struct {
	At     time.Time      `json:"at"`
	Before portfolio.Date `json:"before"`
	Reason string         `json:"reason"`
}

// apiRequestDone is how a request ended.
type apiRequestDone struct {
	At     time.Time      `json:"at"`
	Kinds  []string       `json:"kinds,omitempty"`
	Items  []string       `json:"items,omitempty"`
	Last   portfolio.Date `json:"last,omitzero"` // the last day on which it is open
	Reason string         `json:"reason,omitempty"`
	Words  string         `json:"words,omitempty"`
	Review portfolio.Date `json:"review,omitzero"`
}

func apiRequestOf(r *portfolio.Request) apiRequest {
	out := apiRequest{ID: r.ID, Student: r.Student, Kind: r.Kind, Kinds: append([]string{}, r.Kinds...), Items: append([]string{}, r.Items...),
		AskedAt: r.AskedAt, Due: r.Due, State: r.State, Part: r.Part}
	if l := r.Longer; l != nil {
		out.Longer = &apiLonger{l.At, l.Before, l.Reason}
	}
	if d := r.Decided; d != nil {
		out.Decision = &apiRequestDone{At: d.At, Kinds: d.Kinds, Items: d.Items, Reason: d.Reason, Words: d.Words, Review: d.Review}
		if d.Until != 0 {
			out.Decision.Last = d.Last()
		}
	}
	return out
}

func (v *visit) apiAsk() error {
	var f struct {
		Kinds  []string `json:"kinds"`
		Items  []string `json:"items"`
		Period string   `json:"period"`
		Why    string   `json:"why"`
	}
	if err := v.readJSON(&f); err != nil {
		return err
	}
	r, err := v.lib.Ask(v.ctx(), v.actor, v.Params("id"), portfolio.Question{Kinds: f.Kinds, Items: f.Items, Period: f.Period, Why: f.Why})
	if err != nil {
		return err
	}
	return v.Status(fiber.StatusCreated).JSON(apiRequestOf(r))
}

func (v *visit) apiRequests() error {
	all, err := v.lib.MyRequests(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	out := []apiRequest{}
	for _, r := range all {
		out = append(out, apiRequestOf(r.Request))
	}
	return v.JSON(fiber.Map{"requests": out})
}
