package app

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaft/portfolio"
)

func TestEveryRouteHasARowAtTheDoors(t *testing.T) {
	left := maps.Clone(doors)
	for _, r := range routes {
		name := r.method + " " + r.path
		row, ok := left[name]
		if !ok {
			t.Errorf("%s has no row in doors: say what it is about and for whom it is there", name)
		}
		if ok && len(row.of) == 0 && row.why == "" {
			t.Errorf("%s: the row says neither what is in the path nor why there is nothing", name)
		}
		delete(left, name)
	}
	for name := range left {
		t.Errorf("%s is no route", name)
	}
}

// TestEveryDoorOpensExactlyWhereTheRuleSays has everybody go along every route.
func TestEveryDoorOpensExactlyWhereTheRuleSays(t *testing.T) {
	h := newHouse(newSchool(t))
	h.seat()
	for _, x := range h.of("work", "assessment", "record", "care", "contact", "note", "upload", "bundle") {
		h.byID[x.id] = x
	}
	t.Run("what is said", h.speak)
	for _, part := range []struct {
		name string
		run  func(*house, *seat, *wrongs)
	}{
		{"the pages and the API", (*house).look},
		{"the lists have all that is open", (*house).lists},
		{"files and thumbnails", (*house).fetch},
		{"what is refused changes nothing", (*house).knock},
		{"bundles", (*house).unpack},
	} {
		t.Run(part.name, func(t *testing.T) {
			x := *h
			s := *h.testSchool
			s.t = t
			x.testSchool = &s
			before := x.state()
			x.along(part.run)
			if after := x.state(); part.name == "what is refused changes nothing" && !maps.Equal(before, after) {
				t.Errorf("something changed: %v", changed(before, after))
			}
		})
	}
	t.Run("somebody is let in", h.enter)
}

func changed(a, b map[string]int64) (out []string) {
	for k := range b {
		if a[k] != b[k] {
			out = append(out, fmt.Sprintf("%s from %d to %d", k, a[k], b[k]))
		}
	}
	for k := range a {
		if _, ok := b[k]; !ok {
			out = append(out, k+" is gone")
		}
	}
	return out
}

// wrongs are where a page and the rule disagree.
type wrongs struct {
	mu  sync.Mutex
	all map[string]int
}

func (w *wrongs) say(v *seat, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[v.String()+": "+fmt.Sprintf(format, args...)]++
}

// along lets everybody go along, some at a time.
func (h *house) along(run func(*house, *seat, *wrongs)) {
	h.t.Helper()
	w := &wrongs{all: map[string]int{}}
	var all sync.WaitGroup
	slots := make(chan struct{}, 4)
	for _, v := range h.seats {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			run(h, v, w)
		})
	}
	all.Wait()
	for _, s := range slices.Sorted(maps.Keys(w.all)) {
		h.t.Error(s)
	}
}

// refused tells whether an answer says no more than that there is nothing.
func refused(r *reply) bool {
	switch r.status {
	case http.StatusNotFound, http.StatusForbidden, http.StatusUnauthorized:
		return true
	case http.StatusSeeOther:
		return r.location == "/aanmelden"
	}
	return false
}

// scan finds marks in an answer that are not open to who got it.
func (h *house) scan(v *seat, at string, r *reply, w *wrongs) {
	for _, m := range anyMark.FindAllString(r.body, -1) {
		if x := h.byMark[m]; x != nil && !h.open(v, x) && !h.own(v, x) {
			w.say(v, "%s shows %s", at, x)
		}
	}
	for _, id := range anyID.FindAllString(r.body, -1) {
		// The FG's time machine tells who saw what by its id, who asked named it, and
		// who decides on a request chooses out of what it names: nobody learns what
		// it is.
		if v.hat == portfolio.HatFG && strings.Contains(r.path, "time") || v.hat == portfolio.HatFG && strings.Contains(r.path, "tijdmachine") ||
			strings.HasPrefix(r.path, "/verzoek/") && decider(h, v, nil) || at == "GET /api/v1/requests" && v.login == "samira" {
			break
		}
		if x := h.byID[id]; x != nil && !strings.Contains(r.path, id) && !h.open(v, x) && !h.own(v, x) {
			w.say(v, "%s tells the id of %s", at, x)
		}
	}
	if v.hat != "" && r.status == http.StatusOK && !strings.Contains(r.header.Get("Cache-Control"), "no-store") && at != "GET /hulp" && at != "GET /privacy" {
		w.say(v, "%s may be kept: Cache-Control %q", at, r.header.Get("Cache-Control"))
	}
	if r.header.Get("ETag") != "" && at != "GET /pakket/:id/bestand" {
		w.say(v, "%s has an ETag", at)
	}
}

// own tells whether somebody reads of a thing where the rule has no word for
// it: in one's own bin, and in the list of requests about one's students.
func (h *house) own(v *seat, x *thing) bool {
	switch x.kind {
	case "work":
		return x.item.Deleted && h.stand(v, x.student) == portfolio.Self
	case "request":
		return x.name == "open" && h.stand(v, x.student) == portfolio.OnDuty
	}
	return false
}

// path fills in the path of a route.
func (x *thing) path(route string) string {
	file := "none"
	if len(x.files) > 0 {
		file = x.files[0].FileID()
	}
	return strings.NewReplacer(":id", x.id, ":n", "1", ":file", file).Replace(route)
}

// look goes along every route that only shows, and every thing that can be in
// its path.
func (h *house) look(v *seat, w *wrongs) {
	absent := portfolio.NewID()
	nothing := v.client.get("/werk/" + absent)
	for _, r := range routes {
		if r.method != "GET" || r.path == "/ws" || strings.Contains(r.path, ":file") || r.path == "/pakket/:id/bestand" || r.path == "/pakket/:id/mahara" {
			continue
		}
		name := r.method + " " + r.path
		d := doors[name]
		if len(d.of) == 0 {
			got := v.client.get(r.path + d.ask)
			h.scan(v, name, got, w)
			switch {
			case !d.in(v) && !refused(got) && got.status != http.StatusUnprocessableEntity:
				w.say(v, "%s: status %d to %q, want a refusal", name, got.status, got.location)
			case d.in(v) && d.hat != "any" && !d.some && got.status != http.StatusOK:
				w.say(v, "%s: status %d, want 200", name, got.status)
			}
			continue
		}
		for _, x := range h.of(d.of...) {
			got := v.client.get(x.path(r.path) + strings.ReplaceAll(d.ask, "AT", h.roll.at))
			h.scan(v, name, got, w)
			open := h.open(v, x)
			switch want := d.lets(h, v, x); {
			case want && d.let == nil && d.may == nil && x.kind == "student": // what is on it differs, and has rows below
			case want && got.status != http.StatusOK:
				w.say(v, "%s of %s: status %d, want 200", name, x, got.status)
			case !want && !refused(got):
				w.say(v, "%s of %s: status %d, want a refusal", name, x, got.status)
			case !open && got.status == http.StatusForbidden && !slices.Contains(officeThings, x.kind):
				w.say(v, "%s of %s: 403 tells that there is something", name, x)
			case want && slices.Contains(showing, r.path) && !strings.Contains(got.body, x.mark):
				w.say(v, "%s of %s does not show it", name, x)
			}
			if r.path == "/werk/:id" && !open && (got.status != nothing.status || strings.ReplaceAll(got.body, x.id, absent) != nothing.body) {
				w.say(v, "%s of %s does not look like what is absent", name, x)
			}
		}
	}
	for _, path := range h.corners() {
		h.scan(v, path, v.client.get(path), w)
	}
}

// officeThings are refused by the hat alone, whether they are there or not.
var officeThings = []string{"fact", "person", "import", "class"}

// showing are the routes that show the thing in their path.
var showing = []string{"/werk/:id", "/beoordeling/:id", "/dossier/:id", "/verzoek/:id", "/gesprekken/:id",
	"/api/v1/works/:id", "/api/v1/records/:id", "/api/v1/conversations/:id/messages"}

// corners are pages with a choice in their address.
func (h *house) corners() (out []string) {
	out = []string{"/werk?weergave=tijdlijn", "/groep?klas=los", "/logboek?wie=" + h.ids["fatima"], "/verzoeken?alles=1"}
	for _, student := range inHouse {
		out = append(out, "/tijdmachine?dag="+h.roll.today.String()+"&leerling="+h.ids[student], "/tijdmachine/zaken?dag="+h.roll.today.String()+"&leerling="+h.ids[student])
		for _, path := range []string{"/pakket?leerling=", "/logboek?leerling=", "/tijdmachine?leerling=", "/tijdmachine/zaken?leerling=", "/gesprekken/nieuw?leerling=", "/mensen/"} {
			out = append(out, path+h.ids[student])
		}
	}
	for _, x := range h.of("work") {
		if x.name == "all" || x.name == "private" {
			out = append(out, "/wie-ziet?werk="+x.id)
		}
	}
	return out
}
