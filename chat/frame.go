package chat

import (
	"encoding/json"
	"sync"
	"time"

	"kaft/export/prose"
	"kaft/portfolio"
)

// Frame is one JSON object on its way to a browser, the same for everybody who
// gets it.
type Frame struct {
	Body    []byte
	message bool // something said, which the rule decided on

	once sync.Once
	made any
}

// Made keeps what a transport makes of the frame, so that it is made once for
// all lines.
func (f *Frame) Made(of func([]byte) any) any {
	f.once.Do(func() { f.made = of(f.Body) })
	return f.made
}

// The frames that go to a browser (PROTOCOL.md).
type (
	helloOut struct {
		T string `json:"t"`
		V int    `json:"v"`
	}
	// messageOut is also the form of a message in the JSON API, without T.
	messageOut struct {
		T            string            `json:"t,omitempty"`
		Conversation string            `json:"conversation"`
		Seq          int64             `json:"seq"`
		Of           int64             `json:"of,omitempty"`
		ID           string            `json:"client_id"`
		From         string            `json:"from"`
		Name         string            `json:"name"`
		At           time.Time         `json:"at"`
		Text         string            `json:"text"`
		Body         []prose.Span      `json:"body,omitempty"`
		Works        map[string]string `json:"works,omitempty"`
		Reply        *Quote            `json:"reply,omitempty"`
		Files        []fileOut         `json:"files,omitempty"`
		Urgent       bool              `json:"urgent,omitempty"`
		Edited       time.Time         `json:"edited,omitzero"`
		Withdrawn    bool              `json:"withdrawn,omitempty"`
	}
	fileOut struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Type  string `json:"type"`
		Size  int64  `json:"size"`
		Thumb bool   `json:"thumb,omitempty"`
	}
	ackOut struct {
		T            string    `json:"t"`
		Conversation string    `json:"conversation"`
		ID           string    `json:"client_id"`
		Seq          int64     `json:"seq"`
		At           time.Time `json:"at"`
	}
	laterOut struct {
		T            string    `json:"t"`
		Conversation string    `json:"conversation"`
		ID           string    `json:"client_id"`
		Later        string    `json:"id"`
		At           time.Time `json:"at"`
	}
	draftOut struct {
		T            string    `json:"t"`
		Conversation string    `json:"conversation"`
		At           time.Time `json:"at"`
	}
	resumeOut struct {
		T            string `json:"t"`
		Conversation string `json:"conversation"`
		After        int64  `json:"after"`
		Seq          int64  `json:"seq"`
		Long         bool   `json:"long,omitempty"`
	}
	changedOut struct {
		T     string `json:"t"`
		About string `json:"about"`
		Force bool   `json:"force,omitempty"`
	}
	errorOut struct {
		T            string `json:"t"`
		Conversation string `json:"conversation,omitempty"`
		ID           string `json:"client_id,omitempty"`
		Kind         string `json:"kind"`
		Message      string `json:"message"`
	}
)

func frame(v any) *Frame {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and times: cannot happen
	}
	return &Frame{Body: body}
}

func messageFrame(m Said) *Frame {
	out := m.out()
	out.T = "message"
	if out.Of != 0 {
		out.T = "edit"
	}
	f := frame(out)
	f.message = true
	return f
}

func (m Said) out() messageOut {
	out := messageOut{Conversation: m.Conversation, Seq: m.Place, ID: m.Key, From: m.Person, Name: m.Name, At: m.At, Text: m.Text,
		Body: m.Body(), Works: m.Titles, Reply: m.Quote, Urgent: m.Urgent, Edited: m.Edited, Withdrawn: m.Withdrawn}
	if m.Place != m.Seq {
		out.Of = m.Seq
	}
	for _, f := range m.Files {
		out.Files = append(out.Files, fileOut{f.FileID(), f.Name, f.Type, f.Size, f.Thumb != ""})
	}
	return out
}

// Body is the text in pieces, or nil for words alone.
func (m Said) Body() []prose.Span { return prose.Message(m.Text, m.Works) }

// MarshalJSON is the message as the JSON API shows it, the same as in a frame.
func (m Said) MarshalJSON() ([]byte, error) { return json.Marshal(m.out()) }

// Changed tells a page that something it may show is out of date: the kind of
// document. force is for what may no longer be seen.
func Changed(about string, force bool) *Frame {
	return frame(changedOut{T: "changed", About: about, Force: force})
}

// Refusal is a frame of a client that could not be done, with what the answer
// must name.
type Refusal struct {
	Conversation, ID string
	Err              error
}

func (r *Refusal) Error() string { return r.Err.Error() }

func (r *Refusal) Unwrap() error { return r.Err }

// Refused is the answer to a refusal; message is its sentence in the reader's
// language.
func Refused(r *Refusal, message string) *Frame {
	return frame(errorOut{T: "error", Conversation: r.Conversation, ID: r.ID, Kind: portfolio.KindOf(r.Err).String(), Message: message})
}
