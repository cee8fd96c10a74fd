package app

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// Acts: who may not do them changes nothing, and somebody may.

// knock tries everything that changes something, where it must be refused.
func (h *house) knock(v *seat, w *wrongs) {
	for _, r := range routes {
		if r.method == "GET" {
			continue
		}
		name := r.method + " " + r.path
		d := doors[name]
		if len(d.of) == 0 {
			if d.in(v) {
				continue
			}
			if got := h.send(v, r, r.path, nil); !refused(got) {
				w.say(v, "%s: status %d to %q, want a refusal", name, got.status, got.location)
			}
			continue
		}
		for _, x := range h.of(d.of...) {
			if x.kind == "work" && !slices.Contains([]string{"private", "all", "draft", "binned", "restricted"}, x.name) {
				continue
			}
			if d.lets(h, v, x) || h.own(v, x) && d.may != nil && d.may(h, v, x) {
				continue
			}
			got := h.send(v, r, x.path(r.path), x)
			h.scan(v, name, got, w)
			if !refused(got) {
				w.say(v, "%s of %s: status %d to %q, want a refusal", name, x, got.status, got.location)
			}
		}
	}
}

// enter looks whether somebody gets past the door of every act: a refusal of
// everybody would pass knock.
func (h *house) enter(t *testing.T) {
	for _, r := range routes {
		d := doors[r.method+" "+r.path]
		if r.method == "GET" || len(d.of) == 0 || slices.Contains(d.of, "import") {
			continue
		}
		var got []string
		done := false
		for _, v := range h.seats {
			for _, x := range h.of(d.of...) {
				if done || !d.lets(h, v, x) && !(h.own(v, x) && strings.Contains(r.path, "/terug")) {
					continue
				}
				now := *x
				for _, kind := range []string{"work", "assessment", "record", "request"} {
					if doc, err := h.store.Get(t.Context(), portfolio.Ref{School: h.admin.School, Kind: kind, ID: x.id}); err == nil {
						now.rev = doc.Rev
					}
				}
				a := h.send(v, r, x.path(r.path), &now)
				done = !refused(a) && a.status < 500 // what is wrong with a form is told behind the door only
				got = append(got, fmt.Sprintf("%s at %s: %d", v, x, a.status))
			}
		}
		if !done {
			t.Errorf("%s %s: nobody is let in: %q", r.method, r.path, got)
		}
	}
}

// bodies are what a program sends, with a place for the revision.
var bodies = map[string]string{
	"POST /api/v1/bundles/:id/handovers":        `{"once":"zestien tekens, of meer"}`,
	"POST /api/v1/imports":                      `{"address":"localhost","code":"2345-6789-ABCD-EFGH-JKMN"}`,
	"POST /api/v1/works":                        `{"title":"gestolen","text":"x"}`,
	"PUT /api/v1/works/:id":                     `{"title":"gestolen","text":"x","audience":["school"],"rev":%d}`,
	"POST /api/v1/readers":                      `{"audience":["school"]}`,
	"POST /api/v1/works/:id/assessments":        `{"level":1,"remark":"gestolen"}`,
	"PUT /api/v1/assessments/:id":               `{"level":1,"remark":"gestolen","rev":%d}`,
	"POST /api/v1/students/:id/records":         `{"kind":"note","title":"gestolen","text":"x","source":"school"}`,
	"PUT /api/v1/records/:id":                   `{"title":"gestolen","type":"talk","text":"x","source":"school","rev":%d}`,
	"POST /api/v1/students/:id/consents":        `{"audience":"school","answer":"maybe"}`,
	"POST /api/v1/students/:id/inspection":      `{"agrees":"misschien"}`,
	"POST /api/v1/students/:id/requests":        `{"why":"gestolen"}`,
	"POST /api/v1/conversations/:id/messages":   `{"client_id":"gestolen","text":"x"}`,
	"POST /gesprekken/:id/uploads":              `{"name":"gestolen.jpg","size":9}`,
	"PUT /api/v1/conversations/:id/messages/:n": `{"client_id":"gestolen","text":"x"}`,
	"PUT /api/v1/conversations/:id/read":        `{"seq":1}`,
	"PUT /api/v1/conversations/:id/draft":       `{"text":"gestolen"}`,
	"POST /api/v1/conversations/:id/later":      `{"client_id":"gestolen","text":"x","at":"2026-12-24T10:00:00Z"}`,
	"PUT /api/v1/later/:id":                     `{"rev":1,"text":"gestolen","at":"2026-12-24T10:00:00Z"}`,
	"POST /uploads":                             `{"name":"gestolen.jpg","size":9}`,
	"POST /api/v1/conversations":                `{"client_id":"gestolen","text":"x"}`,
	"POST /api/v1/students/:id/together":        `{"with":"x","answer":"maybe"}`,
	"PUT /api/v1/settings/conversations":        `{"n":0,"kinds":{},"one_to_one":false,"parents":false}`,
}

// send sends what would do, if it were let.
func (h *house) send(v *seat, r route, path string, x *thing) *reply {
	rev := int64(1)
	if x != nil {
		rev = x.rev
	}
	name := r.method + " " + r.path
	if body, ok := bodies[name]; ok {
		if strings.Contains(body, "%d") {
			body = fmt.Sprintf(body, rev)
		}
		return v.client.do(r.method, path, strings.NewReader(body), "application/json")
	}
	if name == "POST /verhuizingen" {
		return v.client.send(path, "gestolen.zip", []byte("gestolen"))
	}
	form := url.Values{"rev": {fmt.Sprint(rev)}, "title": {"gestolen"}, "text": {"x"}, "audience": {"me"}, "level": {"1"}, "remark": {"x"},
		"record_type": {"talk"}, "kinds": {"care"}, "source": {"school"}, "leerling": {"nieuw"}, "type": {"objection"}, "person": {h.ids["joost"]},
		"client_id": {"gestolen"}, "message": {"x"}, "from": {"2026-01-01"}, "evidence": {"x"}, "reason": {"x"}}
	return v.client.do(r.method, path+"?offset=0&client_id=gestolen&rev="+fmt.Sprint(rev), strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}
