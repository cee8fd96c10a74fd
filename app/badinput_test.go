package app

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"kaft/portfolio"
)

// bad is something a client should not have sent, and what it gets for it.
type bad struct {
	what   string
	send   func(*testClient) *reply
	status int
	nl, en string // in the sentence
}

// TestBadInputGetsASentenceInTheReadersLanguageAndChangesNothing sends every
// kind of it to the pages, the API and the uploads, in both languages.
func TestBadInputGetsASentenceInTheReadersLanguageAndChangesNothing(t *testing.T) {
	s := newSchool(t)
	noor := s.as("noor")
	work := noor.adds(url.Values{"title": {"Van mij"}, "text": {"eerst"}, "audience": {"parents"}})
	if r := noor.post("/werk/"+work, url.Values{"title": {"Van mij"}, "text": {"daarna"}, "rev": {"1"}}); r.status != http.StatusSeeOther {
		t.Fatalf("a change: status %d", r.status)
	}

	const absent = "11111111-1111-4111-8111-111111111111"
	form := url.Values{"title": {"Nieuw"}, "text": {"tekst"}, "audience": {"me"}}
	with := func(more ...string) url.Values {
		f := maps.Clone(form)
		for i := 0; i < len(more); i += 2 {
			f.Set(more[i], more[i+1])
		}
		return f
	}
	post := func(path string, form url.Values) func(*testClient) *reply {
		return func(c *testClient) *reply { return c.post(path, form) }
	}
	files := func(name, content string) func(*testClient) *reply {
		return func(c *testClient) *reply { return c.postFiles("/werk", form, testFile{name, []byte(content)}) }
	}
	get := func(path string) func(*testClient) *reply {
		return func(c *testClient) *reply { return c.get(path) }
	}
	send := func(method, path, body string) func(*testClient) *reply {
		return func(c *testClient) *reply { return c.program(method, path, body) }
	}
	long := strings.Repeat("x", 10_000)
	notHere := [2]string{"Dit is er niet, of het is niet voor jou.", "This does not exist, or it is not for you."}
	changed := [2]string{"Iemand heeft dit intussen veranderd.", "Somebody has changed this in the meantime."}
	elsewhere := [2]string{"Dit werk is net op een andere plek veranderd", "This work was just changed somewhere else"}
	noJSON := [2]string{"geen goede JSON", "not valid JSON"}
	over := [2]string{"Je bent niet meer aangemeld. Meld je opnieuw aan.", "You are no longer signed in. Please sign in again."}

	all := []bad{
		{"a page called a photo, in a form", files("foto.jpg", "<html>hallo"), 422, "foto.jpg kan er niet in.", "foto.jpg cannot go in."},
		{"a page called a photo, in pieces", pieces("pagina.jpg", "<html>hallo allemaal"), 422, "pagina.jpg kan er niet in.", "pagina.jpg cannot go in."},
		{"a program", files("spel.exe", "MZ\x90\x00\x03\x00\x00\x00\x04"), 422, "spel.exe kan er niet in.", "spel.exe cannot go in."},
		{"a photo that breaks off", files("foto.jpg", string(testJPEG(t)[:200])), 422, "foto.jpg", "foto.jpg"},
		{"a form that is too large", tooLargeForm, 413, "Het mag hoogstens", "It can be at most"},
		{"a file that is too large", send("POST", "/uploads", `{"name":"film.mp4","size":2147483649}`), 413, "te groot. Het mag hoogstens 2,1 GB zijn.", "too large. It can be at most 2.1 GB."},
		{"an empty file in a form", files("leeg.txt", ""), 422, "leeg.txt is leeg.", "leeg.txt is empty."},
		{"an empty file in pieces", send("POST", "/uploads", `{"name":"leeg.txt","size":0}`), 422, "leeg.txt is leeg.", "leeg.txt is empty."},
		{"a title of 10,000 characters", post("/werk", with("title", long)), 422, "Het mag hoogstens 200 tekens zijn, nu zijn het er 10.000.", "It can be at most 200 characters, and now it is 10,000."},
		{"such a title for what is there", post("/werk/"+work, with("title", long, "rev", "2")), 422, "nu zijn het er 10.000.", "now it is 10,000."},
		{"such a title by the API", send("POST", "/api/v1/works", `{"title":"`+long+`","text":"x"}`), 422, "nu zijn het er 10.000.", "now it is 10,000."},
		{"broken JSON for a work", send("POST", "/api/v1/works", `{"title":"Half`), 422, noJSON[0], noJSON[1]},
		{"broken JSON for a change", send("PUT", "/api/v1/works/"+work, `{"title":}`), 422, noJSON[0], noJSON[1]},
		{"broken JSON for an upload", send("POST", "/uploads", `{"name":`), 422, noJSON[0], noJSON[1]},
		{"two things in one JSON", send("POST", "/api/v1/works", `{"title":"een","text":"x"}{"title":"twee"}`), 422, noJSON[0], noJSON[1]},
		{"a field that there is not", send("POST", "/api/v1/works", `{"title":"een","text":"x","owner":"sem"}`), 422, noJSON[0], noJSON[1]},
		{"a work that is not there", get("/werk/" + absent), 404, notHere[0], notHere[1]},
		{"a work that is not there, by the API", get("/api/v1/works/" + absent), 404, notHere[0], notHere[1]},
		{"a change of what is not there", post("/werk/"+absent, with("rev", "1")), 404, notHere[0], notHere[1]},
		{"such a change by the API", send("PUT", "/api/v1/works/"+absent, `{"rev":1,"title":"x","text":"x"}`), 404, notHere[0], notHere[1]},
		{"throwing away what is not there", send("DELETE", "/api/v1/works/"+absent+"?rev=1", ""), 404, notHere[0], notHere[1]},
		{"an id that is a path", get("/werk/..%2f..%2fetc%2fpasswd"), 404, notHere[0], notHere[1]},
		{"an id that is a picture", get("/api/v1/works/%F0%9F%98%80"), 404, notHere[0], notHere[1]},
		{"an address there is not", get("/nergens"), 404, notHere[0], notHere[1]},
		{"an upload that is not there", send("PUT", "/uploads/"+absent+"?offset=0", "x"), 404, notHere[0], notHere[1]},
		{"a change of what was", post("/werk/"+work, with("rev", "1")), 409, elsewhere[0], elsewhere[1]},
		{"such a change, by the API", send("PUT", "/api/v1/works/"+work, `{"rev":1,"title":"x","text":"x"}`), 409, changed[0], changed[1]},
		{"sharing what was", post("/werk/"+work+"/delen", url.Values{"audience": {"teacher"}, "rev": {"1"}}), 409, elsewhere[0], elsewhere[1]},
		{"throwing away what was", post("/werk/"+work+"/weg", url.Values{"rev": {"1"}}), 409, changed[0], changed[1]},
		{"such throwing away, by the API", send("DELETE", "/api/v1/works/"+work+"?rev=1", ""), 409, changed[0], changed[1]},
	}
	s.refuses(noor, all)
	s.clock.advance(portfolio.SessionIdle + time.Minute)
	s.refuses(noor, []bad{
		{"a form after the session", post("/werk", form), 401, "Er is niets veranderd.", "Nothing has changed."},
		{"a form with a file after the session", files("foto.jpg", string(testJPEG(t))), 401, "Er is niets veranderd.", "Nothing has changed."},
		{"the API after the session", send("POST", "/api/v1/works", `{"title":"een","text":"x"}`), 401, over[0], over[1]},
		{"reading after the session", get("/api/v1/works/" + work), 401, over[0], over[1]},
		{"an upload after the session", send("POST", "/uploads", `{"name":"x.txt","size":1}`), 401, over[0], over[1]},
	})
}

// refuses checks what is answered to each, and that every document is as it was.
func (s *testSchool) refuses(c *testClient, all []bad) {
	s.t.Helper()
	documents := &house{testSchool: s}
	for _, lang := range []string{"nl", "en"} {
		c.lang = lang
		for _, b := range all {
			before := documents.state()
			r := b.send(c)
			want := map[string]string{"nl": b.nl, "en": b.en}[lang]
			if r.status != b.status || !strings.Contains(r.text(), want) || strings.Contains(r.body, "⟦") {
				s.t.Errorf("%s, in %s: status %d, want %d, and %q in %.300s", b.what, lang, r.status, b.status, want, r.text())
			}
			if got := r.header.Get("Content-Type"); r.doc == nil && got != "application/json; charset=utf-8" {
				s.t.Errorf("%s: neither a page nor JSON but %q", b.what, got)
			}
			if r.doc != nil && attr(r.all("html", "", "")[0], "lang") != lang {
				s.t.Errorf("%s: the page is not in %s", b.what, lang)
			}
			if after := documents.state(); !maps.Equal(before, after) {
				s.t.Errorf("%s: changed %v", b.what, changed(before, after))
			}
		}
	}
}

// program sends a body as a program does.
func (c *testClient) program(method, path, body string) *reply {
	c.s.t.Helper()
	return c.do(method, path, strings.NewReader(body), "application/json")
}

// pieces sends a whole file in one piece, and says that this was all.
func pieces(name, content string) func(*testClient) *reply {
	return func(c *testClient) *reply {
		c.s.t.Helper()
		r := c.program("POST", "/uploads", fmt.Sprintf(`{"name":%q,"size":%d}`, name, len(content)))
		_, id, ok := strings.Cut(r.body, `"id":"`)
		if !ok {
			return r
		}
		at := "/uploads/" + id[:36]
		if r := c.do("PUT", at+"?offset=0", strings.NewReader(content), "application/octet-stream"); r.status != http.StatusOK {
			return r
		}
		return c.program("POST", at+"/finish", "")
	}
}

// tooLargeForm says that a form is larger than any may be, and sends its begin.
func tooLargeForm(c *testClient) *reply {
	c.s.t.Helper()
	at, err := url.Parse(c.s.url)
	if err != nil {
		c.s.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		c.s.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /werk HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nAccept-Language: %s\r\nSec-Fetch-Site: same-origin\r\n"+
		"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n", at.Host, c.http.Jar.Cookies(at)[0], c.lang, int64(maxBody)+1)
	conn.Write(make([]byte, 8<<10)) // what the server reads before it asks a handler
	conn.(*net.TCPConn).CloseWrite()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		c.s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.s.t.Fatal(err)
	}
	r := &reply{path: "/werk", status: res.StatusCode, header: res.Header, body: string(body)}
	if r.doc, err = html.Parse(strings.NewReader(r.body)); err != nil {
		c.s.t.Fatal(err)
	}
	return r
}
