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
	"time"

	"kaft/portfolio"
)

// door is what is known of one route: what its path is about and for whom it is
// there, or what it is instead.
type door struct {
	of   []string                         // kinds of things in the path
	may  func(*house, *seat, *thing) bool // of those to whom the thing is open, who is let in
	let  func(*house, *seat, *thing) bool // who is let in, where that does not hang on the thing being open
	hat  string                           // of a route that is about no thing: the hats it is there for
	some bool                             // and then not for everybody in that hat
	ask  string                           // what the address asks besides
	why  string                           // what is behind it
}

// lets tells whether somebody is let in at a door.
func (d door) lets(h *house, v *seat, x *thing) bool {
	if d.let != nil {
		return v.hat != "" && d.let(h, v, x)
	}
	return h.open(v, x) && (d.may == nil || d.may(h, v, x))
}

func (d door) asking(query string) door { d.ask = query; return d }
func (d door) forSome() door            { d.some = true; return d }

// in tells whether a route about no thing is there for somebody.
func (d door) in(v *seat) bool {
	return d.hat == "any" || v.hat != "" && (d.hat == forAll || slices.Contains(strings.Fields(d.hat), v.hat))
}

// The hats, as a door names them.
const (
	forAll   = ""
	students = "student"
	families = "student guardian"
	workers  = "staff"
	office   = "admin"
)

func inHat(hat, why string) door { return door{hat: hat, why: why} }

func letting(kinds string, let func(*house, *seat, *thing) bool) door {
	return door{of: strings.Fields(kinds), let: let}
}

func behind(kinds string, may func(*house, *seat, *thing) bool) door {
	return door{of: strings.Fields(kinds), may: may}
}

// Who is let in where a thing is open.
var (
	everyone func(*house, *seat, *thing) bool

	// maker: the student whose thing it is.
	maker  = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) == portfolio.Self }
	near   = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student).KnowsReaders() }
	duty   = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) == portfolio.OnDuty }
	byDuty = func(h *house, v *seat, x *thing) bool { return h.decision(v, x).Outcome == portfolio.DUTY }
	author = func(h *house, v *seat, x *thing) bool { return x.item.Author == v.id && x.item.Draft }
	stands = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) != portfolio.Stranger }
	noted  = func(h *house, v *seat, x *thing) bool { return x.kind == "note" }
)

// doors is a row for every route. A route without a row fails the test, and so
// does a row without a route.
var doors = map[string]door{
	"GET /":                 inHat("any", "the way in"),
	"GET /aanmelden":        inHat("any", "sign-in"),
	"POST /aanmelden":       inHat("any", "sign-in"),
	"POST /afmelden":        inHat("any", "sign-out"),
	"POST /overal-afmelden": inHat("any", "sign-out"),
	"GET /wie":              inHat("any", "one's own hats"),
	"POST /wie":             inHat("any", "one's own hats"),
	"POST /voorkeuren":      inHat("any", "one's own language and look"),
	"GET /hulp":             inHat("any", "help"),
	"GET /privacy":          inHat("any", "what Kaft does with data"),
	"GET /begin":            inHat("any", "the first school; gone once there is one"),
	"POST /begin":           inHat("any", "the first school; gone once there is one"),

	"GET /werk":                   inHat(students, "one's own works"),
	"GET /werk/nieuw":             inHat(students, "the form of a new work"),
	"POST /werk":                  inHat(students, "a new work of one's own"),
	"GET /werk/:id":               behind("work", everyone),
	"GET /werk/:id/wijzig":        behind("work", maker),
	"POST /werk/:id":              behind("work", maker),
	"POST /werk/:id/delen":        behind("work", maker),
	"POST /werk/:id/weg":          behind("work", maker),
	"POST /werk/:id/terug":        behind("work", maker),
	"GET /werk/:id/versies":       behind("work", maker),
	"POST /werk/:id/versies/:n":   behind("work", maker),
	"GET /wie-ziet":               inHat(students, "who would see a new work of one's own").asking("?audience=me"),
	"GET /wie-ziet/:id":           behind("work", maker).asking("?audience=me"),
	"GET /prullenbak":             inHat(students, "one's own bin"),
	"GET /groei":                  inHat(students, "one's own growth"),
	"GET /leerling/:id/groei":     behind("student", nil),
	"GET /ik":                     inHat(forAll, "oneself"),
	"GET /werk/:id/bestand/:file": behind("work", everyone),
	"GET /werk/:id/klein/:file":   behind("work", everyone),
	"GET /werk/:id/wie":           behind("work", near),
	"POST /werk/:id/beoordeling":  behind("work", duty),
	"GET /beoordeling/:id":        behind("assessment", everyone),
	"POST /beoordeling/:id":       behind("assessment", author),
	"POST /beoordeling/:id/deel":  behind("assessment", author),
	"GET /beoordeling/:id/wie":    behind("assessment", near),

	"GET /meldingen":            inHat(forAll, "one's own notices"),
	"GET /api/v1/notices":       inHat(forAll, "one's own notices"),
	"GET /zestien":              inHat(students, "the choice at 16 of the student").forSome(),
	"POST /zestien":             inHat(students, "the choice at 16 of the student"),
	"GET /nood":                 inHat(workers, "looking for a student in an emergency"),
	"POST /nood":                inHat(workers, "looking for a student in an emergency"),
	"GET /leerling/:id/nood":    letting("student", atWork),
	"POST /leerling/:id/nood":   letting("student", atWork),
	"GET /thuis":                inHat(forAll, "one's own children"),
	"GET /leerling/:id":         behind("student", nil),
	"GET /leerling/:id/logboek": letting("student", readsLog),
	"GET /rechten":              inHat(forAll, "the rights of everybody"),
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
	"GET /verzoeken":              inHat(forAll, "the requests that are one's own to read"),
	"GET /weigeringen":            inHat("fg", "refusals to look at again"),
	"GET /verzoek/:id":            behind("request", everyone),
	"POST /verzoek/:id/intrekken": behind("request", func(h *house, v *seat, x *thing) bool { return v.login == "samira" }),
	"POST /verzoek/:id/langer":    behind("request", decider),
	"POST /verzoek/:id/inzage":    behind("request", decider),
	"POST /verzoek/:id/weigeren":  behind("request", decider),
	"POST /verzoek/:id/antwoord":  behind("request", decider),
	"POST /overzicht/klachten":    inHat(office, "where the complaints body is"),

	"GET /vandaag": inHat(forAll, "what waits for whom one has a duty; empty for others"),
	"GET /groep":   inHat(forAll, "the students for whom one has a duty; empty for others"),

	"GET /overzicht":               inHat(office, "how the school stands, in numbers"),
	"GET /mensen":                  inHat(office, "who is at the school"),
	"GET /mensen/nieuw":            inHat(office, "the form of a new person"),
	"POST /mensen/nieuw":           inHat(office, "a new person"),
	"GET /mensen/:id":              behind("person", everyone),
	"POST /mensen/:id/feit":        behind("person", everyone),
	"POST /mensen/:id/account":     behind("person", everyone),
	"GET /feit/:id/einde":          behind("fact", admins),
	"POST /feit/:id/einde":         behind("fact", admins),
	"POST /feit/:id/gecontroleerd": behind("fact", admins),
	"GET /bevestigen":              inHat(forAll, "facts that wait for one's yes; empty for others"),
	"POST /bevestigen":             inHat(forAll, "facts that wait for one's yes"),
	"GET /feit/:id":                behind("waiting", everyone),
	"POST /feit/:id":               behind("waiting", everyone),
	"GET /klassen":                 inHat(office, "the classes"),
	"POST /klassen":                inHat(office, "the classes"),

	"GET /tijdmachine":                     inHat("fg", "who saw what on a day"),
	"GET /tijdmachine/zaken":               inHat("fg", "who saw what on a day, as a file of cases").forSome(),
	"GET /laat":                            inHat("fg", "facts that came late"),
	"GET /api/v1/students/:id/timemachine": letting("student", guards).asking("?at=AT"),
	"GET /logboek":                         inHat("fg", "the log of the school"),
	"POST /logboek/bestand":                inHat("fg", "the log of the school as a file"),

	"POST /uploads":            inHat(students, "a new upload of one's own"),
	"GET /uploads/:id":         behind("upload", everyone),
	"PUT /uploads/:id":         behind("upload", everyone),
	"DELETE /uploads/:id":      behind("upload", everyone),
	"POST /uploads/:id/finish": behind("upload", everyone),

	"GET /ws":                                 inHat("socket", "the socket has a test of its own below"),
	"GET /gesprekken":                         inHat(forAll, "one's own conversations"),
	"GET /gesprekken/nieuw":                   inHat(forAll, "the form of a new conversation; whoever can talk about one student goes there").forSome(),
	"POST /gesprekken":                        inHat(forAll, "a new conversation"),
	"GET /gesprekken/:id":                     behind("talk", everyone),
	"POST /gesprekken/:id":                    behind("talk", everyone),
	"GET /api/v1/conversations":               inHat(forAll, "one's own conversations"),
	"GET /api/v1/conversations/:id/messages":  behind("talk", everyone),
	"POST /api/v1/conversations/:id/messages": behind("talk", everyone),

	"GET /pakket":                      inHat(families, "one's own bundles").forSome(),
	"POST /pakket":                     inHat(families, "a new bundle"),
	"GET /pakket/:id":                  behind("bundle", everyone),
	"GET /pakket/:id/bestand":          behind("bundle", everyone),
	"POST /pakket/:id/weg":             behind("bundle", everyone),
	"GET /verhuizingen":                inHat(office, "bundles that came in"),
	"POST /verhuizingen":               inHat(office, "a bundle that comes in"),
	"GET /verhuizingen/:id":            behind("import", everyone),
	"POST /verhuizingen/:id/overnemen": behind("import", everyone),
	"POST /verhuizingen/:id/weg":       behind("import", everyone),
	"POST /verhuizingen/:id/terug":     behind("import", everyone),

	"GET /api/v1/me":                       inHat(forAll, "oneself"),
	"GET /api/v1/students":                 inHat(forAll, "one's own students"),
	"GET /api/v1/students/:id":             behind("student", everyone),
	"GET /api/v1/students/:id/works":       letting("student", someWork),
	"GET /api/v1/students/:id/assessments": behind("student", nil),
	"POST /api/v1/students/:id/requests":   behind("student", nil),
	"GET /api/v1/requests":                 inHat(forAll, "the requests that are one's own to read"),
	"POST /api/v1/readers":                 inHat(students, "who would see a work of one's own"),
	"POST /api/v1/works":                   inHat(students, "a new work of one's own"),
	"GET /api/v1/works/:id":                behind("work", everyone),
	"PUT /api/v1/works/:id":                behind("work", maker),
	"DELETE /api/v1/works/:id":             behind("work", maker),
	"POST /api/v1/works/:id/restore":       behind("work", maker),
	"GET /api/v1/works/:id/assessments":    behind("work", stands),
	"POST /api/v1/works/:id/assessments":   behind("work", duty),
	"PUT /api/v1/assessments/:id":          behind("assessment", author),
	"POST /api/v1/assessments/:id/publish": behind("assessment", author),
}

func guards(h *house, v *seat, x *thing) bool { return v.hat == portfolio.HatFG }
func atWork(h *house, v *seat, x *thing) bool { return v.hat == portfolio.HatStaff }

// readsLog: the student, who follows the student, and the FG.
func readsLog(h *house, v *seat, x *thing) bool {
	stand := h.stand(v, x.student)
	return guards(h, v, x) || stand == portfolio.Self || stand == portfolio.Follows
}

// someWork: who stands somehow to the student, or sees one work.
func someWork(h *house, v *seat, x *thing) bool {
	return stands(h, v, x) || slices.ContainsFunc(h.of("work"), func(y *thing) bool { return y.student == x.student && h.open(v, y) })
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
		if r.method != "GET" || r.path == "/ws" || strings.Contains(r.path, ":file") || r.path == "/pakket/:id/bestand" {
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
var officeThings = []string{"fact", "person", "import"}

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
					if !refused(got) || len(got.body) > 0 { // there are no routes for it
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
	"POST /api/v1/works":                      `{"title":"gestolen","text":"x"}`,
	"PUT /api/v1/works/:id":                   `{"title":"gestolen","text":"x","audience":["school"],"rev":%d}`,
	"POST /api/v1/readers":                    `{"audience":["school"]}`,
	"POST /api/v1/works/:id/assessments":      `{"level":1,"remark":"gestolen"}`,
	"PUT /api/v1/assessments/:id":             `{"level":1,"remark":"gestolen","rev":%d}`,
	"POST /api/v1/students/:id/records":       `{"kind":"note","title":"gestolen","text":"x","source":"school"}`,
	"PUT /api/v1/records/:id":                 `{"title":"gestolen","type":"talk","text":"x","source":"school","rev":%d}`,
	"POST /api/v1/students/:id/requests":      `{"why":"gestolen"}`,
	"POST /api/v1/conversations/:id/messages": `{"client_id":"gestolen","text":"x"}`,
	"POST /uploads":                           `{"name":"gestolen.jpg","size":9}`,
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
		"from": {"2026-01-01"}, "evidence": {"x"}, "reason": {"x"}}
	return v.client.do(r.method, path+"?offset=0&rev="+fmt.Sprint(rev), strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
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
			// The school's own file, conversations and earlier states never go along.
			want := (x.kind == "work" || x.kind == "assessment") && x.student == b.student && h.open(v, x)
			if got := strings.Contains(in.String(), x.mark); got != want {
				w.say(v, "the %s has %s: %v, want %v", b, x, got, want)
			}
		}
	}
}
