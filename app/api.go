package app

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// The JSON API stands beside the pages and goes through the same doors with the
// same session cookie. app/openapi.yaml describes it; a test holds the route
// table and the description together.

const apiPage = 48 // works in one answer, unless the caller asks for fewer

type apiFile struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Alt    string `json:"alt,omitempty"`
	URL    string `json:"url"`
	Thumb  string `json:"thumb,omitempty"`
}

type apiWork struct {
	ID         string         `json:"id"`
	Rev        int64          `json:"rev"`
	Student    string         `json:"student"`
	Type       string         `json:"type"`
	Title      string         `json:"title"`
	Text       string         `json:"text,omitempty"`
	Subject    string         `json:"subject,omitempty"`
	About      string         `json:"about,omitempty"`
	Audience   []string       `json:"audience,omitempty"` // told to the student only
	Draft      bool           `json:"draft,omitempty"`
	HappenedOn portfolio.Date `json:"happened_on"`
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
	Version    int            `json:"version"`
	Files      []apiFile      `json:"files"`
	Missing    []string       `json:"missing,omitempty"`
	Decision   *apiDecision   `json:"decision,omitempty"`
}

// apiDecision is what a reader is told of the decision: not by which rule nor
// until when, which could tell of a fact that is still to come.
type apiDecision struct {
	Outcome portfolio.Outcome `json:"outcome"`
	Redact  portfolio.Redact  `json:"redact"`
}

func (v *visit) apiWorkOf(w *portfolio.Work, d *portfolio.Decision) apiWork {
	out := apiWork{ID: w.ID, Rev: w.Rev, Student: w.Student, Type: w.Type, Title: w.Title, Text: w.Text, Subject: w.Subject,
		Draft: w.Draft, HappenedOn: w.HappenedOn, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
		Version: w.Version, Files: []apiFile{}, Missing: w.Missing}
	if d != nil {
		out.Decision = &apiDecision{d.Outcome, d.Redact}
	}
	if w.Student == v.actor.Person {
		out.Audience, out.About = w.Audience, w.About
	}
	for _, f := range w.Files {
		x := apiFile{ID: f.FileID(), Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256, Alt: f.Alt,
			URL: "/werk/" + w.ID + "/bestand/" + f.FileID()}
		if f.Thumb != "" {
			x.Thumb = "/werk/" + w.ID + "/klein/" + f.FileID()
		}
		out.Files = append(out.Files, x)
	}
	return out
}

type apiAssessment struct {
	ID          string         `json:"id"`
	Rev         int64          `json:"rev"`
	Student     string         `json:"student"`
	Work        string         `json:"work,omitempty"`
	WorkTitle   string         `json:"work_title,omitempty"`
	Author      string         `json:"author"`
	Goal        string         `json:"goal,omitempty"`
	Level       int            `json:"level,omitempty"`
	Remark      string         `json:"remark,omitempty"`
	Draft       bool           `json:"draft,omitempty"`
	CreatedAt   time.Time      `json:"created_at"`
	PublishedAt time.Time      `json:"published_at,omitzero"`
	Outcome     string         `json:"outcome,omitempty"`
	From        *apiAssessFrom `json:"from,omitempty"`
}

// apiAssessFrom says that an assessment came in with a bundle.
type apiAssessFrom struct {
	School string `json:"school"`
}

func apiAssessmentOf(s *portfolio.Assessment, author, title, outcome string) apiAssessment {
	out := apiAssessment{ID: s.ID, Rev: s.Rev, Student: s.Student, WorkTitle: title, Author: author, Goal: s.Goal, Level: s.Level,
		Remark: s.Remark, Draft: s.Draft, CreatedAt: s.CreatedAt, PublishedAt: s.PublishedAt, Outcome: outcome}
	if title != "" {
		out.Work = s.Work // an id of what the reader may not open is nothing to tell
	}
	if s.Origin != nil {
		out.From = &apiAssessFrom{s.Origin.School}
	}
	return out
}

func (v *visit) apiAssessments(student, work string) ([]apiAssessment, error) {
	all, err := v.lib.Assessments(v.ctx(), v.actor, student, work)
	if err != nil {
		return nil, err
	}
	out := []apiAssessment{}
	for _, s := range all {
		out = append(out, apiAssessmentOf(s.Assessment, s.AuthorName, s.WorkTitle, s.Decision.Outcome.String()))
	}
	return out, nil
}

type apiStudent struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Class    string `json:"class,omitempty"`
	Standing string `json:"standing"`

	Left portfolio.Date `json:"left,omitzero"` // the first day away from the school
	Ends portfolio.Date `json:"ends,omitzero"` // the first day on which nothing is to be seen any more
}

func (v *visit) apiMe() error {
	school, err := v.lib.SchoolByID(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"id": v.actor.Person, "name": v.person.Says(), "hat": v.actor.Hat,
		"school": fiber.Map{"id": school.ID, "name": school.Name}})
}

// apiStudents lists the students the visitor has to do with in this hat.
func (v *visit) apiStudents() error {
	out := []apiStudent{}
	wards, err := v.lib.Wards(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	for _, w := range wards {
		out = append(out, apiStudentOf(&w))
	}
	groups, err := v.lib.Groups(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	for _, g := range groups {
		for _, s := range g.Students {
			out = append(out, apiStudent{ID: s.ID, Name: s.Name.Full(), Class: g.Name, Standing: portfolio.OnDuty.String()})
		}
	}
	return v.JSON(fiber.Map{"students": out})
}

func (v *visit) apiStudent() error {
	w, err := v.lib.Ward(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(apiStudentOf(w))
}

// apiStudentOf tells when a student leaves to who is in touch with the student.
func apiStudentOf(w *portfolio.Ward) apiStudent {
	out := apiStudent{ID: w.ID, Name: w.Name.Full(), Class: w.Class, Standing: w.Standing.String(), Ends: w.Ends}
	if w.Ends != 0 {
		out.Left = w.Left
	}
	return out
}

func (v *visit) apiWorks() error {
	limit := apiPage
	if s := v.Query("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > apiPage {
			return portfolio.E(portfolio.Invalid, "error.limit", "Max", apiPage)
		}
		limit = n
	}
	works, next, err := v.lib.Works(v.ctx(), v.actor, v.Params("id"), v.Query("after"), limit)
	if err != nil {
		return err
	}
	out := []apiWork{}
	for _, w := range works {
		one := v.apiWorkOf(w.Work, &w.Decision)
		one.Text = "" // reading a work is opening it: that leaves a line in the log
		out = append(out, one)
	}
	return v.JSON(fiber.Map{"works": out, "next": next})
}

func (v *visit) apiWork() error {
	w, err := v.lib.Work(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(v.apiWorkOf(w.Work, &w.Decision))
}

// apiWorkForm is what a program sends to add or change a work.
type apiWorkForm struct {
	Rev        int64          `json:"rev"`
	Type       string         `json:"type"`
	Title      string         `json:"title"`
	Text       string         `json:"text"`
	Subject    string         `json:"subject"`
	About      string         `json:"about"`
	Audience   []string       `json:"audience"`
	Draft      bool           `json:"draft"`
	HappenedOn portfolio.Date `json:"happened_on"`
	Uploads    []string       `json:"uploads"`
	Keep       []string       `json:"keep"` // ids of the files that stay
}

func (f apiWorkForm) newWork() portfolio.NewWork {
	return portfolio.NewWork{Type: f.Type, Title: f.Title, Text: f.Text, Subject: f.Subject, About: f.About,
		Audience: f.Audience, Draft: f.Draft, HappenedOn: f.HappenedOn, Uploads: f.Uploads}
}

func (v *visit) apiAddWork() error {
	var f apiWorkForm
	if err := v.readJSON(&f); err != nil {
		return err
	}
	w, err := v.lib.AddWork(v.ctx(), v.actor, f.newWork())
	if err != nil {
		return err
	}
	return v.Status(fiber.StatusCreated).JSON(v.apiWorkOf(w, nil))
}

func (v *visit) apiChangeWork() error {
	var f apiWorkForm
	if err := v.readJSON(&f); err != nil {
		return err
	}
	w, err := v.lib.ChangeWork(v.ctx(), v.actor, v.Params("id"), f.Rev, f.newWork(), f.Keep)
	if err != nil {
		return err
	}
	return v.JSON(v.apiWorkOf(w, nil))
}

func (v *visit) apiBinWork() error { return v.apiMoveWork(v.lib.BinWork) }

func (v *visit) apiUnbinWork() error { return v.apiMoveWork(v.lib.UnbinWork) }

func (v *visit) apiMoveWork(move func(context.Context, portfolio.Actor, string, int64) (*portfolio.Work, error)) error {
	rev, err := v.rev(nil)
	if err != nil {
		return err
	}
	w, err := move(v.ctx(), v.actor, v.Params("id"), rev)
	if err != nil {
		return err
	}
	return v.JSON(v.apiWorkOf(w, nil))
}

func (v *visit) apiReaders() error {
	var f struct {
		Work     string   `json:"work"`
		Audience []string `json:"audience"`
		Draft    bool     `json:"draft"`
	}
	if err := v.readJSON(&f); err != nil {
		return err
	}
	readers, err := v.lib.Readers(v.ctx(), v.actor, f.Work, f.Audience, f.Draft)
	if err != nil {
		return err
	}
	type reader struct {
		Name    string `json:"name"`
		Kind    string `json:"kind"`
		Outcome string `json:"outcome"`
	}
	out := []reader{}
	for _, r := range readers {
		out = append(out, reader{r.Says(), r.Kind, r.Decision.Outcome.String()})
	}
	return v.JSON(fiber.Map{"readers": out})
}

func (v *visit) apiStudentAssessments() error {
	out, err := v.apiAssessments(v.Params("id"), "")
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"assessments": out})
}

func (v *visit) apiWorkAssessments() error {
	w, err := v.lib.Work(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	out, err := v.apiAssessments(w.Student, w.ID)
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"assessments": out})
}

// apiAssessForm is what a teacher's program sends.
type apiAssessForm struct {
	Rev    int64  `json:"rev"`
	Goal   string `json:"goal"`
	Level  int    `json:"level"`
	Remark string `json:"remark"`
}

func (f apiAssessForm) newAssessment() portfolio.NewAssessment {
	return portfolio.NewAssessment{Goal: f.Goal, Level: f.Level, Remark: f.Remark}
}

func (v *visit) apiAssess() error {
	var f apiAssessForm
	if err := v.readJSON(&f); err != nil {
		return err
	}
	s, err := v.lib.Assess(v.ctx(), v.actor, v.Params("id"), f.newAssessment())
	if err != nil {
		return err
	}
	return v.Status(fiber.StatusCreated).JSON(apiAssessmentOf(s, v.person.Says(), "", ""))
}

func (v *visit) apiChangeAssessment() error {
	var f apiAssessForm
	if err := v.readJSON(&f); err != nil {
		return err
	}
	s, err := v.lib.ChangeAssessment(v.ctx(), v.actor, v.Params("id"), f.Rev, f.newAssessment())
	if err != nil {
		return err
	}
	return v.JSON(apiAssessmentOf(s, v.person.Says(), "", ""))
}

func (v *visit) apiPublishAssessment() error {
	rev, err := v.rev(nil)
	if err != nil {
		return err
	}
	s, err := v.lib.PublishAssessment(v.ctx(), v.actor, v.Params("id"), rev)
	if err != nil {
		return err
	}
	return v.JSON(apiAssessmentOf(s, v.person.Says(), "", ""))
}
