package app

import (
	packed "archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaft/portfolio"
)

// door is what is known of one route: what its path is about and for whom it is
// there, or what it is instead.
type door struct {
	of  []string                         // kinds of things in the path
	may func(*house, *seat, *thing) bool // of those to whom the thing is open, who is let in; nil: all of them
	hat string                           // of a route that is about no thing: the hats it is there for; "": every hat
	why string                           // and what is behind it
}

// The hats, as a door names them.
const (
	forAll   = ""
	students = "student"
	families = "student guardian"
	workers  = "staff"
	office   = "admin"
)

func door0(hat, why string) door { return door{hat: hat, why: why} }

func behind(kinds string, may func(*house, *seat, *thing) bool) door {
	return door{of: strings.Fields(kinds), may: may}
}

// Who is let in where a thing is open.
var (
	everyone func(*house, *seat, *thing) bool

	nobody = func(*house, *seat, *thing) bool { return false }
	// maker: the student whose thing it is.
	maker  = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) == portfolio.Self }
	near   = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student).KnowsReaders() }
	duty   = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) == portfolio.OnDuty }
	byDuty = func(h *house, v *seat, x *thing) bool { return h.decision(v, x).Outcome == portfolio.DUTY }
	author = func(h *house, v *seat, x *thing) bool { return x.item.Author == v.id && x.item.Draft }
	noted  = func(h *house, v *seat, x *thing) bool { return x.kind == "note" }
)

// doors is a row for every route. A route without a row fails the test, and so
// does a row without a route.
var doors = map[string]door{
	"GET /":                 door0("any", "the way in"),
	"GET /aanmelden":        door0("any", "sign-in"),
	"POST /aanmelden":       door0("any", "sign-in"),
	"POST /afmelden":        door0("any", "sign-out"),
	"POST /overal-afmelden": door0("any", "sign-out"),
	"GET /wie":              door0("any", "one's own hats"),
	"POST /wie":             door0("any", "one's own hats"),
	"POST /voorkeuren":      door0("any", "one's own language and look"),
	"GET /hulp":             door0("any", "help"),
	"GET /privacy":          door0("any", "what Kaft does with data"),
	"GET /begin":            door0("any", "the first school; gone once there is one"),
	"POST /begin":           door0("any", "the first school; gone once there is one"),

	"GET /werk":                   door0(students, "one's own works"),
	"GET /werk/nieuw":             door0(students, "the form of a new work"),
	"POST /werk":                  door0(students, "a new work of one's own"),
	"GET /werk/:id":               behind("work", everyone),
	"GET /werk/:id/wijzig":        behind("work", maker),
	"POST /werk/:id":              behind("work", maker),
	"POST /werk/:id/delen":        behind("work", maker),
	"POST /werk/:id/weg":          behind("work", maker),
	"POST /werk/:id/terug":        behind("work", maker),
	"GET /werk/:id/versies":       behind("work", maker),
	"POST /werk/:id/versies/:n":   behind("work", maker),
	"GET /wie-ziet":               door0(students, "who would see a new work of one's own"),
	"GET /wie-ziet/:id":           behind("work", maker),
	"GET /prullenbak":             door0(students, "one's own bin"),
	"GET /groei":                  door0(students, "one's own growth"),
	"GET /leerling/:id/groei":     behind("student", nil),
	"GET /ik":                     door0(forAll, "oneself"),
	"GET /werk/:id/bestand/:file": behind("work", everyone),
	"GET /werk/:id/klein/:file":   behind("work", everyone),
	"GET /werk/:id/wie":           behind("work", near),
	"POST /werk/:id/beoordeling":  behind("work", duty),
	"GET /beoordeling/:id":        behind("assessment", everyone),
	"POST /beoordeling/:id":       behind("assessment", author),
	"POST /beoordeling/:id/deel":  behind("assessment", author),
	"GET /beoordeling/:id/wie":    behind("assessment", near),

	"GET /meldingen":            door0(forAll, "one's own notices"),
	"GET /api/v1/notices":       door0(forAll, "one's own notices"),
	"GET /zestien":              door0(students, "the choice at 16 of the student"),
	"POST /zestien":             door0(students, "the choice at 16 of the student"),
	"GET /nood":                 door0(workers, "looking for a student in an emergency"),
	"POST /nood":                door0(workers, "looking for a student in an emergency"),
	"GET /leerling/:id/nood":    behind("student", nil),
	"POST /leerling/:id/nood":   behind("student", nil),
	"GET /thuis":                door0(forAll, "one's own children"),
	"GET /leerling/:id":         behind("student", nil),
	"GET /leerling/:id/logboek": behind("student", nil),
	"GET /rechten":              door0(forAll, "the rights of everybody"),
	"GET /leerling/:id/waarom":  behind("student", nil),

	"GET /leerling/:id/dossier":         behind("student", nil),
	"GET /leerling/:id/dossier/nieuw":   behind("student", nil),
	"POST /leerling/:id/dossier":        behind("student", nil),
	"GET /dossier/:id":                  behind("record care contact note", everyone),
	"GET /dossier/:id/wijzig":           behind("record care contact note", byDuty),
	"POST /dossier/:id":                 behind("record care contact note", byDuty),
	"GET /dossier/:id/versies":          behind("record care contact note", byDuty),
	"GET /dossier/:id/deel":             behind("record care contact note", noted),
	"POST /dossier/:id/deel":            behind("record care contact note", noted),
	"GET /api/v1/students/:id/records":  behind("student", nil),
	"POST /api/v1/students/:id/records": behind("student", nil),
	"GET /api/v1/records/:id":           behind("record care contact note", everyone),
	"PUT /api/v1/records/:id":           behind("record care contact note", byDuty),

	"GET /leerling/:id/vraag":     behind("student", nil),
	"POST /leerling/:id/vraag":    behind("student", nil),
	"GET /verzoeken":              door0(forAll, "the requests that are one's own to read"),
	"GET /weigeringen":            door0("staff fg", "refusals to look at again"),
	"GET /verzoek/:id":            behind("request", everyone),
	"POST /verzoek/:id/intrekken": behind("request", func(h *house, v *seat, x *thing) bool { return v.login == "samira" }),
	"POST /verzoek/:id/langer":    behind("request", decider),
	"POST /verzoek/:id/inzage":    behind("request", decider),
	"POST /verzoek/:id/weigeren":  behind("request", decider),
	"POST /verzoek/:id/antwoord":  behind("request", decider),
	"POST /overzicht/klachten":    door0(office, "where the complaints body is"),

	"GET /vandaag": door0(workers, "what waits for staff"),
	"GET /groep":   door0(workers, "the students of staff"),

	"GET /overzicht":               door0(office, "how the school stands, in numbers"),
	"GET /mensen":                  door0(office, "who is at the school"),
	"GET /mensen/nieuw":            door0(office, "the form of a new person"),
	"POST /mensen/nieuw":           door0(office, "a new person"),
	"GET /mensen/:id":              behind("person", everyone),
	"POST /mensen/:id/feit":        behind("person", everyone),
	"POST /mensen/:id/account":     behind("person", everyone),
	"GET /feit/:id/einde":          behind("fact", admins),
	"POST /feit/:id/einde":         behind("fact", admins),
	"POST /feit/:id/gecontroleerd": behind("fact", admins),
	"GET /bevestigen":              door0("admin staff", "facts that wait for a second"),
	"POST /bevestigen":             door0("admin staff", "facts that wait for a second"),
	"GET /feit/:id":                behind("fact", admins),
	"POST /feit/:id":               behind("fact", admins),
	"GET /klassen":                 door0(office, "the classes"),
	"POST /klassen":                door0(office, "the classes"),

	"GET /tijdmachine":                     door0("fg", "who saw what on a day"),
	"GET /tijdmachine/zaken":               door0("fg", "the same as a file of cases"),
	"GET /laat":                            door0("fg", "facts that came late"),
	"GET /api/v1/students/:id/timemachine": behind("student", nil),
	"GET /logboek":                         door0("fg", "the log of the school"),
	"POST /logboek/bestand":                door0("fg", "the log of the school as a file"),

	"POST /uploads":            door0(students, "a new upload of one's own"),
	"GET /uploads/:id":         behind("upload", everyone),
	"PUT /uploads/:id":         behind("upload", everyone),
	"DELETE /uploads/:id":      behind("upload", everyone),
	"POST /uploads/:id/finish": behind("upload", everyone),

	"GET /ws":                                 door0("socket", "the socket has a test of its own below"),
	"GET /gesprekken":                         door0(forAll, "one's own conversations"),
	"GET /gesprekken/nieuw":                   door0(forAll, "the form of a new conversation"),
	"POST /gesprekken":                        door0(forAll, "a new conversation"),
	"GET /gesprekken/:id":                     behind("talk", everyone),
	"POST /gesprekken/:id":                    behind("talk", everyone),
	"GET /api/v1/conversations":               door0(forAll, "one's own conversations"),
	"GET /api/v1/conversations/:id/messages":  behind("talk", everyone),
	"POST /api/v1/conversations/:id/messages": behind("talk", everyone),

	"GET /pakket":                      door0(families, "one's own bundles"),
	"POST /pakket":                     door0(families, "a new bundle"),
	"GET /pakket/:id":                  behind("bundle", everyone),
	"GET /pakket/:id/bestand":          behind("bundle", everyone),
	"POST /pakket/:id/weg":             behind("bundle", everyone),
	"GET /verhuizingen":                door0(office, "bundles that came in"),
	"POST /verhuizingen":               door0(office, "a bundle that comes in"),
	"GET /verhuizingen/:id":            behind("import", everyone),
	"POST /verhuizingen/:id/overnemen": behind("import", everyone),
	"POST /verhuizingen/:id/weg":       behind("import", everyone),
	"POST /verhuizingen/:id/terug":     behind("import", everyone),

	"GET /api/v1/me":                       door0(forAll, "oneself"),
	"GET /api/v1/students":                 door0(forAll, "one's own students"),
	"GET /api/v1/students/:id":             behind("student", everyone),
	"GET /api/v1/students/:id/works":       behind("student", nil),
	"GET /api/v1/students/:id/assessments": behind("student", nil),
	"POST /api/v1/students/:id/requests":   behind("student", nil),
	"GET /api/v1/requests":                 door0(forAll, "the requests that are one's own to read"),
	"POST /api/v1/readers":                 door0(students, "who would see a work of one's own"),
	"POST /api/v1/works":                   door0(students, "a new work of one's own"),
	"GET /api/v1/works/:id":                behind("work", everyone),
	"PUT /api/v1/works/:id":                behind("work", maker),
	"DELETE /api/v1/works/:id":             behind("work", maker),
	"POST /api/v1/works/:id/restore":       behind("work", maker),
	"GET /api/v1/works/:id/assessments":    behind("work", everyone),
	"POST /api/v1/works/:id/assessments":   behind("work", duty),
	"PUT /api/v1/assessments/:id":          behind("assessment", author),
	"POST /api/v1/assessments/:id/publish": behind("assessment", author),
}

func decider(h *house, v *seat, x *thing) bool { return v.hat == portfolio.HatStaff }
func admins(h *house, v *seat, x *thing) bool  { return v.hat == portfolio.HatAdmin }

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
			if after := x.state(); !maps.Equal(before, after) {
				t.Errorf("something changed: %v", changed(before, after))
			}
		})
	}
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
	if v.hat != "" && r.status == http.StatusOK && !strings.Contains(r.header.Get("Cache-Control"), "no-store") && at != "GET /hulp" && at != "GET /privacy" {
		w.say(v, "%s may be kept: Cache-Control %q", at, r.header.Get("Cache-Control"))
	}
	if strings.Contains(r.header.Get("ETag"), "") && r.header.Get("ETag") != "" && at != "GET /pakket/:id/bestand" {
		w.say(v, "%s has an ETag", at)
	}
}

// own tells whether it is a thing of one's own that the rule has no word for:
// what is in one's bin, and earlier states of one's own works.
func (h *house) own(v *seat, x *thing) bool {
	return x.kind == "work" && x.item.Deleted && h.stand(v, x.student) == portfolio.Self
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
	for _, r := range routes {
		if r.method != "GET" || r.path == "/ws" || strings.Contains(r.path, ":file") || strings.HasSuffix(r.path, "/pakket/:id/bestand") {
			continue
		}
		name := r.method + " " + r.path
		d := doors[name]
		if len(d.of) == 0 {
			got := v.client.get(r.path)
			h.scan(v, name, got, w)
			switch in := d.hat == "any" || v.hat != "" && (d.hat == "" || slices.Contains(strings.Fields(d.hat), v.hat)); {
			case !in && !refused(got):
				w.say(v, "%s: status %d to %q, want a refusal", name, got.status, got.location)
			case in && d.hat != "any" && got.status != 200 && got.status != http.StatusSeeOther:
				w.say(v, "%s: status %d, want 200", name, got.status)
			}
			continue
		}
		for _, x := range h.of(d.of...) {
			got := v.client.get(x.path(r.path))
			h.scan(v, name, got, w)
			open := h.open(v, x)
			student := x.kind == "student" && d.may == nil
			want := open && (d.may == nil || d.may(h, v, x))
			switch {
			case student:
			case want && got.status != 200:
				w.say(v, "%s of %s: status %d, want 200", name, x, got.status)
			case !want && !refused(got):
				w.say(v, "%s of %s: status %d, want a refusal", name, x, got.status)
			case !open && got.status == http.StatusForbidden && v.hat != portfolio.HatAdmin && !slices.Contains(d.of, "person") && !slices.Contains(d.of, "import"):
				w.say(v, "%s of %s: 403 tells that there is something", name, x)
			}
			if r.path == "/werk/:id" && !open {
				absent := v.client.get("/werk/" + portfolio.NewID())
				if absent.status != got.status || absent.body != got.body && !sameButNonce(absent.body, got.body) {
					w.say(v, "%s of %s does not look like what is absent", name, x)
				}
			}
			if want && student == false && x.kind != "import" && x.kind != "person" && x.kind != "bundle" && x.kind != "fact" && !strings.Contains(got.body, x.mark) && d.may == nil && r.path != "/api/v1/works/:id/assessments" && x.kind != "student" {
				w.say(v, "%s of %s does not show it", name, x)
			}
		}
	}
	for _, path := range h.corners() {
		h.scan(v, path, v.client.get(path), w)
	}
}

func sameButNonce(a, b string) bool { return false }

// corners are pages with a choice in their address.
func (h *house) corners() (out []string) {
	out = []string{"/werk?weergave=tijdlijn", "/groep?klas=los", "/logboek?wie=" + h.ids["fatima"], "/verzoeken?alles=1"}
	for _, student := range inHouse {
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
			for _, way := range [][]string{nil, {"Range", "bytes=0-9"}, {"If-None-Match", "*"}, {"If-Modified-Since", "Tue, 01 Jan 2030 00:00:00 GMT"}, {"Range", "bytes=0-9", "If-Range", `"x"`}, {"HEAD", ""}} {
				got := v.client.part(x.path(path), way...)
				h.scan(v, path, got, w)
				switch {
				case !open && !refused(got):
					w.say(v, "%s of %s %v: status %d, want a refusal", path, x, way, got.status)
				case !open && (got.header.Get("Content-Range") != "" || got.header.Get("Last-Modified") != "" || got.header.Get("Content-Disposition") != ""):
					w.say(v, "%s of %s %v: the refusal has headers of the file", path, x, way)
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

// part asks with headers; "HEAD" is the method.
func (c *testClient) part(path string, headers ...string) *reply {
	if len(headers) == 0 || headers[0] != "HEAD" {
		return c.getPart(path, headers...)
	}
	return c.do("HEAD", path, nil, "")
}

// knock tries everything that changes something, where it must be refused.
func (h *house) knock(v *seat, w *wrongs) {
	for _, r := range routes {
		if r.method == "GET" {
			continue
		}
		name := r.method + " " + r.path
		d := doors[name]
		send := func(path string, x *thing) *reply {
			if strings.HasPrefix(path, "/api/") {
				return v.client.do(r.method, path, strings.NewReader(`{"title":"gestolen","text":"x","rev":1,"audience":[],"remark":"x","level":1,"kind":"record"}`), "application/json")
			}
			f := url.Values{"title": {"gestolen"}, "text": {"x"}, "rev": {"1"}, "level": {"1"}, "remark": {"x"}, "kind": {"record"}}
			if x != nil {
				f.Set("rev", fmt.Sprint(x.rev))
			}
			return v.client.do(r.method, path, strings.NewReader(f.Encode()), "application/x-www-form-urlencoded")
		}
		if len(d.of) == 0 {
			if in := d.hat == "any" || d.hat == "" && v.hat != "" || v.hat != "" && slices.Contains(strings.Fields(d.hat), v.hat); !in {
				if got := send(r.path, nil); !refused(got) {
					w.say(v, "%s: status %d to %q, want a refusal", name, got.status, got.location)
				}
			}
			continue
		}
		for _, x := range h.of(d.of...) {
			if x.kind == "work" && !slices.Contains([]string{"private", "all", "draft", "binned", "restricted"}, x.name) {
				continue
			}
			if (h.open(v, x) || h.own(v, x)) && (d.may == nil || d.may(h, v, x)) || x.kind == "import" && v.hat == portfolio.HatAdmin || strings.HasSuffix(r.path, "/nood") && v.hat == portfolio.HatStaff {
				continue
			}
			got := send(x.path(r.path), x)
			h.scan(v, name, got, w)
			if !refused(got) {
				w.say(v, "%s of %s: status %d to %q, want a refusal", name, x, got.status, got.location)
			}
		}
	}
}

// unpack looks what is in the bundles.
func (h *house) unpack(v *seat, w *wrongs) {
	for _, b := range h.of("bundle") {
		got := v.client.get("/pakket/" + b.id + "/bestand")
		if !h.open(v, b) {
			if !refused(got) {
				w.say(v, "%s: status %d", b, got.status)
			}
			continue
		}
		z, err := packed.NewReader(bytes.NewReader([]byte(got.body)), int64(len(got.body)))
		if err != nil {
			w.say(v, "%s: %v", b, err)
			continue
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
			if slices.Contains([]string{"student", "person", "import", "upload", "bundle", "fact", "request", "talk"}, x.kind) {
				continue
			}
			want := x.student == b.student && h.open(v, x)
			if got := strings.Contains(in.String(), x.mark); got != want {
				w.say(v, "the %s has %s: %v, want %v", b, x, got, want)
			}
		}
	}
}
