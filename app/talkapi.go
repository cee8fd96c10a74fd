package app

import (
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/chat"
)

// What programs do with messages, besides saying and reading them (talk.go).

func (v *visit) apiEditMessage() error {
	n, err := v.place()
	if err != nil {
		return err
	}
	var in struct {
		ClientID string `json:"client_id"`
		Text     string `json:"text"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	m, err := v.app.talks.Edit(v.ctx(), v.actor, v.Params("id"), n, in.ClientID, in.Text)
	if err != nil {
		return err
	}
	return v.JSON(m)
}

func (v *visit) apiWithdrawMessage() error {
	n, err := v.place()
	if err != nil {
		return err
	}
	m, err := v.app.talks.Withdraw(v.ctx(), v.actor, v.Params("id"), n, v.Query("client_id"))
	if err != nil {
		return err
	}
	return v.JSON(m)
}

func (v *visit) apiMarkRead() error {
	var in struct {
		Seq int64 `json:"seq"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	read, err := v.app.talks.MarkRead(v.ctx(), v.actor, v.Params("id"), in.Seq)
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"seq": read})
}

func (v *visit) apiDraft() error {
	d, err := v.app.talks.Draft(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(d)
}

func (v *visit) apiKeepDraft() error {
	var in struct {
		Text  string `json:"text"`
		Reply int64  `json:"reply"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	d, err := v.app.talks.KeepDraft(v.ctx(), v.actor, v.Params("id"), in.Text, in.Reply)
	if err != nil {
		return err
	}
	return v.JSON(d)
}

func (v *visit) apiSearchMessages() error {
	found, err := v.app.talks.Search(v.ctx(), v.actor, v.Query("conversation"), v.Query("q"), v.Query("after"))
	if err != nil {
		return err
	}
	out := fiber.Map{"messages": append([]chat.Said{}, found.Messages...), "next": found.Next}
	if found.Next != "" {
		out["back"] = found.Back
	}
	return v.JSON(out)
}

// apiLater is a message that is sent at a time, in the JSON API.
type apiLater struct {
	ID           string    `json:"id"`
	Rev          int64     `json:"rev"`
	Conversation string    `json:"conversation"`
	ClientID     string    `json:"client_id"`
	Text         string    `json:"text"`
	Reply        int64     `json:"reply,omitempty"`
	Urgent       bool      `json:"urgent,omitempty"`
	At           time.Time `json:"at"`
	State        string    `json:"state"`
}

func laterOut(x *chat.Later) apiLater {
	return apiLater{x.ID, x.Rev, x.Conversation, x.Key, x.Text, x.Reply, x.Urgent, x.At, x.State}
}

func (v *visit) apiLaterList() error {
	all, err := v.app.talks.LaterOf(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	out := []apiLater{}
	for _, x := range all {
		out = append(out, laterOut(x))
	}
	return v.JSON(fiber.Map{"later": out})
}

func (v *visit) apiSayLater() error {
	var in struct {
		ClientID string    `json:"client_id"`
		Text     string    `json:"text"`
		Reply    int64     `json:"reply"`
		Urgent   bool      `json:"urgent"`
		At       time.Time `json:"at"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	x, err := v.app.talks.SendLater(v.ctx(), v.actor, v.Params("id"), chat.Words{Key: in.ClientID, Text: in.Text, Reply: in.Reply, Urgent: in.Urgent}, in.At)
	if err != nil {
		return err
	}
	return v.Status(fiber.StatusCreated).JSON(laterOut(x))
}

func (v *visit) apiChangeLater() error {
	var in struct {
		Rev  int64     `json:"rev"`
		Text string    `json:"text"`
		At   time.Time `json:"at"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	x, err := v.app.talks.ChangeLater(v.ctx(), v.actor, v.Params("id"), in.Rev, in.Text, in.At)
	if err != nil {
		return err
	}
	return v.JSON(laterOut(x))
}

func (v *visit) apiStopLater() error {
	x, err := v.app.talks.StopLater(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(laterOut(x))
}
