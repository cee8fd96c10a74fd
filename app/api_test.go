package app

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"kaft/portfolio"
)

//go:embed openapi.yaml
var openapiYAML []byte

func description(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	r, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, r
}

func TestTheRouteTableAndTheDescriptionAgree(t *testing.T) {
	doc, _ := description(t)
	var described, routed []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	for _, r := range routes {
		if strings.HasPrefix(r.path, "/api/") {
			parts := strings.Split(r.path, "/")
			for i, p := range parts {
				if name, ok := strings.CutPrefix(p, ":"); ok {
					parts[i] = "{" + name + "}"
				}
			}
			routed = append(routed, r.method+" "+strings.Join(parts, "/"))
		}
	}
	slices.Sort(described)
	slices.Sort(routed)
	for _, d := range described {
		if !slices.Contains(routed, d) {
			t.Errorf("described, not routed: %s", d)
		}
	}
	for _, r := range routed {
		if !slices.Contains(described, r) {
			t.Errorf("routed, not described: %s", r)
		}
	}
}

// apiClient checks every answer of the API against the description.
type apiClient struct {
	*testClient
	router routers.Router
}

func (c apiClient) call(method, path string, body any) (int, map[string]any) {
	t := c.s.t
	t.Helper()
	var b []byte
	if body != nil {
		b, _ = json.Marshal(body)
	}
	r := c.do(method, path, bytes.NewReader(b), "application/json")
	req, err := http.NewRequest(method, path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, Route: route, PathParams: params},
		Status:                 r.status, Header: r.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	in.SetBodyBytes([]byte(r.body))
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		t.Errorf("%s %s: the answer is not as described: %v\n%s", method, path, err, r.body)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	return r.status, out
}

func TestTheAPIGoesThroughTheSameDoors(t *testing.T) {
	s := newSchool(t)
	_, router := description(t)
	as := func(login string, hat ...string) apiClient { return apiClient{s.as(login, hat...), router} }
	sem, samira, joost, fatima := as("sem"), as("samira"), as("joost"), as("fatima")
	is := func(got, want int, what string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: status %d, want %d", what, got, want)
		}
	}

	st, work := sem.call("POST", "/api/v1/works", map[string]any{"title": "Via de API", "text": "hallo", "audience": []string{"staff", "guardians"}})
	is(st, 201, "sem adds a work")
	id := work["id"].(string)
	at := "/api/v1/works/" + id
	for _, c := range []struct {
		who  string
		c    apiClient
		want int
	}{{"sem", sem, 200}, {"samira", samira, 200}, {"fatima", fatima, 200}, {"joost", joost, 404}, {"lotte", as("lotte"), 404},
		{"petra", as("petra"), 404}, {"wim as administrator", as("wim", portfolio.HatAdmin), 404}, {"wim as staff", as("wim", portfolio.HatStaff), 200},
		{"a visitor", apiClient{s.visitor(), router}, 401}} {
		st, got := c.c.call("GET", at, nil)
		is(st, c.want, c.who+" reads the work")
		if _, told := got["audience"]; st == 200 && told != (c.who == "sem") {
			t.Errorf("%s is told the audience: %v", c.who, told)
		}
	}
	st, _ = sem.call("PUT", at, map[string]any{"rev": 1, "title": "Alleen ik", "text": "hallo", "audience": []string{}})
	is(st, 200, "sem makes it private")
	st, _ = sem.call("PUT", at, map[string]any{"rev": 1, "title": "te laat", "text": "x"})
	is(st, 409, "sem saves over an old revision")
	st, _ = samira.call("GET", at, nil)
	is(st, 404, "samira reads the private work")
	st, readers := sem.call("POST", "/api/v1/readers", map[string]any{"work": id, "audience": []string{"guardians"}})
	is(st, 200, "sem asks who could read")
	if got := fmt.Sprint(readers["readers"]); !strings.Contains(got, "Samira") || strings.Contains(got, "Joost") {
		t.Errorf("readers %s, want Samira and not Joost", got)
	}
	st, _ = sem.call("DELETE", at+"?rev=2", nil)
	is(st, 200, "sem bins it")
	st, _ = sem.call("GET", at, nil)
	is(st, 404, "sem reads what is binned")
	st, _ = sem.call("POST", at+"/restore?rev=3", nil)
	is(st, 200, "sem puts it back")

	st, list := samira.call("GET", "/api/v1/students", nil)
	is(st, 200, "samira lists her children")
	if got := fmt.Sprint(list); !strings.Contains(got, "follows") || !strings.Contains(got, "progress") {
		t.Errorf("samira's children: %s, want one she follows and one in progress", got)
	}
	page := "/api/v1/students/" + s.ids["sem"]
	st, works := samira.call("GET", page+"/works?limit=2", nil)
	is(st, 200, "samira lists sem's works")
	if n := len(works["works"].([]any)); n != 2 || works["next"] != "" {
		t.Errorf("samira gets %d works and next %q, want both that are shared and no more", n, works["next"])
	}
	noor := as("noor")
	for _, path := range []string{page, page + "/works", page + "/assessments"} {
		st, _ = noor.call("GET", path, nil)
		is(st, 404, "a classmate gets "+path)
	}
	st, _ = joost.call("GET", page, nil)
	is(st, 200, "joost finds the route")
	st, none := joost.call("GET", page+"/works", nil)
	if st == 200 && len(none["works"].([]any)) > 0 {
		t.Errorf("joost gets works: %v", none)
	}
	st, got := joost.call("POST", page+"/requests", map[string]any{"why": "hoe gaat het?"})
	is(st, 201, "joost asks")
	if got["kind"] != portfolio.AskToKnow {
		t.Errorf("joost's request is of kind %v", got["kind"])
	}
	st, _ = fatima.call("POST", "/api/v1/works/"+id+"/assessments", map[string]any{"level": 3})
	is(st, 404, "fatima assesses what she may not open")
	st, _ = sem.call("POST", "/api/v1/works", map[string]any{"title": strings.Repeat("x", 10_000), "text": "x"})
	is(st, 422, "a title of 10,000 characters")
	r := sem.do("POST", "/api/v1/works", strings.NewReader(`{"title": "x",`), "application/json")
	is(r.status, 422, "broken JSON")
	r = sem.do("POST", "/api/v1/works", strings.NewReader(`{"title":"x","admin":true}`), "application/json")
	is(r.status, 422, "an unknown member")
}

func TestTheAPITellsWhoAskedHowARequestEnded(t *testing.T) {
	s := newSchool(t)
	_, router := description(t)
	samira := apiClient{s.as("samira"), router}
	at := "/api/v1/students/" + s.ids["sem"] + "/requests"
	for _, test := range []struct {
		body any
		want int
	}{{map[string]any{"kinds": []string{"assessment"}}, 422}, {map[string]any{"items": []string{"x"}}, 404}, {map[string]any{"kinds": []string{"care"}, "why": "zorg"}, 201}, {map[string]any{}, 201}} {
		if st, got := samira.call("POST", at, test.body); st != test.want {
			t.Errorf("%v: status %d, want %d: %v", test.body, st, test.want, got)
		}
	}
	_, got := samira.call("GET", "/api/v1/requests", nil)
	all := got["requests"].([]any)
	if len(all) != 2 {
		t.Fatalf("%d requests, want 2", len(all))
	}
	ctx, ingrid := context.Background(), s.actor("ingrid", portfolio.HatStaff)
	today := portfolio.DateOf(s.lib.Now())
	for _, x := range all {
		r := x.(map[string]any)
		if r["state"] != "open" || r["decision"] != nil {
			t.Errorf("asked: %v", r)
		}
		var err error
		if len(r["kinds"].([]any)) == 1 {
			_, err = s.lib.RefuseRequest(ctx, ingrid, r["id"].(string), 1, portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: refusedBecause})
		} else {
			_, err = s.lib.ReleaseRequest(ctx, ingrid, r["id"].(string), 1, portfolio.Releasing{Kinds: []string{"work"}, Last: today, Quiet: refusedBecause})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_, got = samira.call("GET", "/api/v1/requests", nil)
	ended, rest, released := map[string]map[string]any{}, map[string]any{}, ""
	for _, x := range got["requests"].([]any) {
		r := x.(map[string]any)
		if r["state"] == "open" { // what was not released waits for an answer of its own
			rest = r
			continue
		}
		ended[r["state"].(string)] = r["decision"].(map[string]any)
		if r["state"] == "released" {
			released = r["id"].(string)
		}
	}
	if rest["part"] != released || released == "" || len(rest["kinds"].([]any)) != 2 {
		t.Errorf("the rest of %s: %v", released, rest)
	}
	if d := ended["refused"]; d["reason"] != "others" || d["words"] != refusedBecause {
		t.Errorf("refused: %v", d)
	}
	if d := ended["released"]; d["last"] != today.String() || d["quiet"] != nil || d["words"] != nil {
		t.Errorf("released: %v", d)
	}
}
