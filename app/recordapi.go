package app

import (
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// The JSON API of a student's file.

type apiRecord struct {
	ID         string             `json:"id"`
	Rev        int64              `json:"rev"`
	Student    string             `json:"student"`
	Kind       string             `json:"kind"`
	Type       string             `json:"type,omitempty"`
	Title      string             `json:"title"`
	Text       string             `json:"text,omitempty"`
	Details    []portfolio.Detail `json:"details,omitempty"`
	HappenedOn portfolio.Date     `json:"happened_on"`
	Source     string             `json:"source"`
	SourceNote string             `json:"source_note,omitempty"`
	Retention  string             `json:"retention"`
	Author     string             `json:"author"`
	ChangedBy  string             `json:"changed_by"`
	CreatedAt  time.Time          `json:"created_at"`
	UpdatedAt  time.Time          `json:"updated_at"`
	Version    int                `json:"version"`
	Withheld   bool               `json:"withheld,omitempty"`
	MayChange  bool               `json:"may_change"`
	Decision   apiDecision        `json:"decision"`
}

func apiRecordOf(r *portfolio.SeenRecord) apiRecord {
	return apiRecord{ID: r.ID, Rev: r.Rev, Student: r.Student, Kind: r.Kind, Type: r.Type, Title: r.Title, Text: r.Text, Details: r.Details,
		HappenedOn: r.HappenedOn, Source: r.Source, SourceNote: r.SourceNote, Retention: string(r.Retention), Author: r.AuthorName,
		ChangedBy: r.ChangerName, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Version: r.Version, Withheld: r.Withheld,
		MayChange: r.MayChange, Decision: apiDecision{r.Decision.Outcome, r.Decision.Redact}}
}

func (v *visit) apiRecords() error {
	all, err := v.lib.Records(v.ctx(), v.actor, v.Params("id"), v.Query("kind"))
	if err != nil {
		return err
	}
	may, err := v.lib.MayRecord(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	out := []apiRecord{}
	for _, r := range all {
		out = append(out, apiRecordOf(r))
	}
	return v.JSON(fiber.Map{"records": out, "may_add": append([]string{}, may...)})
}

func (v *visit) apiRecord() error { return v.answerRecord(fiber.StatusOK, v.Params("id")) }

// answerRecord tells a piece as it now stands for the visitor.
func (v *visit) answerRecord(status int, id string) error {
	r, err := v.lib.Record(v.ctx(), v.actor, id)
	if err != nil {
		return err
	}
	return v.Status(status).JSON(apiRecordOf(r))
}

// apiRecordForm is what a program sends to add or change a piece.
type apiRecordForm struct {
	Rev        int64              `json:"rev"`
	Kind       string             `json:"kind"`
	Type       string             `json:"type"`
	Title      string             `json:"title"`
	Text       string             `json:"text"`
	Details    []portfolio.Detail `json:"details"`
	HappenedOn portfolio.Date     `json:"happened_on"`
	Source     string             `json:"source"`
	SourceNote string             `json:"source_note"`
}

func (f apiRecordForm) newRecord() portfolio.NewRecord {
	return portfolio.NewRecord{Kind: f.Kind, Type: f.Type, Title: f.Title, Text: f.Text, Details: f.Details,
		HappenedOn: f.HappenedOn, Source: f.Source, SourceNote: f.SourceNote}
}

func (v *visit) apiAddRecord() error {
	var f apiRecordForm
	if err := v.readJSON(&f); err != nil {
		return err
	}
	r, err := v.lib.AddRecord(v.ctx(), v.actor, v.Params("id"), f.newRecord())
	if err != nil {
		return err
	}
	return v.answerRecord(fiber.StatusCreated, r.ID)
}

func (v *visit) apiChangeRecord() error {
	var f apiRecordForm
	if err := v.readJSON(&f); err != nil {
		return err
	}
	r, err := v.lib.ChangeRecord(v.ctx(), v.actor, v.Params("id"), f.Rev, f.newRecord())
	if err != nil {
		return err
	}
	return v.answerRecord(fiber.StatusOK, r.ID)
}
