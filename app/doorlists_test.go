package app

import (
	packed "archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// What is open is also found where one looks for it: in lists, as files, in
// bundles, and live.

// lists looks whether all that is open is where one looks for it.
func (h *house) lists(v *seat, w *wrongs) {
	for _, student := range inHouse {
		id := h.ids[student]
		works, all := "", v.client.get("/api/v1/students/"+id+"/works?limit=5")
		for n := 0; all.status == 200 && n < 20; n++ {
			works += all.body
			var page struct{ Next string }
			if json.Unmarshal([]byte(all.body), &page) != nil || page.Next == "" {
				break
			}
			all = v.client.get("/api/v1/students/" + id + "/works?limit=5&after=" + url.QueryEscape(page.Next))
		}
		assessments := v.client.get("/api/v1/students/" + id + "/assessments").body
		records := v.client.get("/api/v1/students/" + id + "/records").body
		dossier := v.client.get("/leerling/" + id + "/dossier").body
		front := v.client.get("/leerling/" + id)
		gallery := front.body
		if front.status == http.StatusSeeOther {
			gallery = v.client.get("/werk").body
		}
		growth := v.client.get("/leerling/" + id + "/groei").body
		stand := h.stand(v, student)
		for _, x := range h.things {
			if x.student != student {
				continue
			}
			for _, list := range []struct{ of, name, body string }{
				{"work", "API of works", works}, {"work", "gallery", gallery}, {"assessment", "API of assessments", assessments},
				{"record care contact note", "API of records", records}, {"record care contact note", "dossier", dossier}, {"assessment", "growth", growth},
			} {
				if !slices.Contains(strings.Fields(list.of), x.kind) {
					continue
				}
				if list.name == "gallery" && (stand == portfolio.Stranger || stand == portfolio.Route) || list.name == "growth" && (stand == portfolio.OnDuty || x.item.Draft) {
					continue
				}
				if got, want := strings.Contains(list.body, x.mark), h.open(v, x); got != want {
					w.say(v, "the %s has %s: %v, want %v", list.name, x, got, want)
				}
			}
		}
	}
}

// fetch asks for files and thumbnails in every way there is.
func (h *house) fetch(v *seat, w *wrongs) {
	whole := map[string]string{}
	for _, x := range h.of("work") {
		if len(x.files) == 0 {
			continue
		}
		for _, path := range []string{"/werk/:id/bestand/:file", "/werk/:id/klein/:file"} {
			open := h.open(v, x)
			for _, way := range [][]string{nil, {"Range", "bytes=0-9"}, {"If-None-Match", "*"}, {"If-Modified-Since", "Tue, 01 Jan 2030 00:00:00 GMT"}, {"Range", "bytes=0-9", "If-Range", `"x"`}, {"HEAD"}} {
				got := v.client.part(x.path(path), way...)
				h.scan(v, path, got, w)
				switch {
				case !open && !refused(got):
					w.say(v, "%s of %s %v: status %d, want a refusal", path, x, way, got.status)
				case !open && (got.header.Get("Content-Range") != "" || got.header.Get("Last-Modified") != "" || got.header.Get("Content-Disposition") != ""):
					w.say(v, "%s of %s %v: the refusal has headers of the file", path, x, way)
				case open && way != nil && way[0] == "HEAD":
					if got.status != 200 || len(got.body) > 0 {
						w.say(v, "HEAD %s of %s: status %d", path, x, got.status)
					}
				case open && got.status != 200 && got.status != 206:
					w.say(v, "%s of %s %v: status %d", path, x, way, got.status)
				case open && way == nil:
					whole[path+x.id] = got.body
					if path == "/werk/:id/bestand/:file" && int64(len(got.body)) != x.files[0].Size || !strings.HasPrefix(got.body, "\xff\xd8") {
						w.say(v, "%s of %s: %d bytes", path, x, len(got.body))
					}
				case open && got.status == 206 && got.body != whole[path+x.id][:10]:
					w.say(v, "%s of %s %v: not the part that was asked", path, x, way)
				}
			}
			// The file of one work is not behind the door of another.
			for _, y := range h.of("work") {
				if y.student == x.student && y.id != x.id && (y.name == "all" || y.name == "home") && h.open(v, y) {
					if got := v.client.get(strings.ReplaceAll(x.path(path), x.id, y.id)); !refused(got) {
						w.say(v, "%s of %s under %s: status %d", path, x, y, got.status)
					}
				}
			}
		}
	}
}

// part asks with headers, or as HEAD.
func (c *testClient) part(path string, headers ...string) *reply {
	if len(headers) == 0 {
		return c.get(path)
	}
	if headers[0] == "HEAD" {
		return c.do("HEAD", path, nil, "")
	}
	r := c.getPart(path, headers...)
	r.location = r.header.Get("Location")
	return r
}

// unpack looks what is in the bundles.
func (h *house) unpack(v *seat, w *wrongs) {
	for _, b := range h.of("bundle") {
		h.unpackAs(v, w, b, "/bestand")
		h.unpackAs(v, w, b, "/mahara")
	}
}

func (h *house) unpackAs(v *seat, w *wrongs, b *thing, form string) {
	got := v.client.get("/pakket/" + b.id + form)
	if !h.open(v, b) {
		if !refused(got) {
			w.say(v, "%s: status %d", b, got.status)
		}
		return
	}
	z, err := packed.NewReader(bytes.NewReader([]byte(got.body)), int64(len(got.body)))
	if err != nil {
		w.say(v, "%s: %v", b, err)
		return
	}
	var in strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			w.say(v, "%s: %v", b, err)
			continue
		}
		in.WriteString(f.Name + "\n")
		io.Copy(&in, r)
		r.Close()
	}
	for _, x := range h.things {
		// The school's own file, conversations and earlier states never go along.
		want := (x.kind == "work" || x.kind == "assessment") && x.student == b.student && h.open(v, x)
		if got := strings.Contains(in.String(), x.mark); got != want {
			w.say(v, "the %s has %s: %v, want %v", b, x, got, want)
		}
	}
}

// speak has everybody connected at once: what is said in a conversation reaches
// those who are in it, and nobody else.
func (h *house) speak(t *testing.T) {
	tabs := map[*seat]*testTab{}
	for _, v := range h.seats {
		if v.hat != "" {
			tabs[v] = v.client.tab().hello(nil)
			tabs[v].next("hello")
		}
	}
	for _, x := range h.of("talk") {
		text := "Gezegd " + x.mark
		said := false
		for v, tab := range tabs {
			if !said && h.open(v, x) {
				tab.say(x.id, "deur"+x.mark, text)
				said = true
			}
		}
		for v, tab := range tabs {
			if h.open(v, x) {
				if m := tab.next("message"); m.Text != text || m.Conversation != x.id {
					t.Errorf("%s got %q in %s", v, m.Text, x)
				}
			}
		}
	}
	// Everything was handed out. Whoever is not in it speaks there, which is
	// refused, and finds nothing before that answer.
	for v, tab := range tabs {
		for _, x := range h.of("talk") {
			if h.open(v, x) {
				continue
			}
			tab.say(x.id, "vreemd"+x.mark, "gestolen")
			tab.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
			for {
				_, raw, err := tab.ws.ReadMessage()
				if err != nil {
					t.Fatalf("%s: %v", v, err)
				}
				for _, m := range anyMark.FindAllString(string(raw), -1) {
					if y := h.byMark[m]; y != nil && !h.open(v, y) && !strings.Contains(string(raw), "vreemd"+m) {
						t.Errorf("%s is told %s of %s", v, raw, y)
					}
				}
				var f wsFrame
				if json.Unmarshal(raw, &f) == nil && f.T == "error" && f.ID == "vreemd"+x.mark {
					if f.Kind != "not_found" {
						t.Errorf("%s speaks in %s: %s", v, x, raw)
					}
					break
				}
			}
		}
	}
}
