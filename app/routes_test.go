package app

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestARequestWithinARefusedBodyIsNoRequest sends a form that is refused (it
// comes from another site), with a whole second request in its body, and then
// somebody else's request on the same connection.
func TestARequestWithinARefusedBodyIsNoRequest(t *testing.T) {
	s := newSchool(t)
	thief := s.as("noor")
	at, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	cookie := thief.http.Jar.Cookies(at)[0]
	inner := fmt.Sprintf("POST /werk HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 400\r\n\r\ntitle=buit&text=", at.Host, cookie)
	body := strings.Repeat("x", 9000) + inner
	c, err := net.Dial("tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /aanmelden HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: cross-site\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", at.Host, len(body), body)
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusForbidden {
		t.Fatalf("status %d, want 403", res.StatusCode)
	}
	io.Copy(io.Discard, res.Body)
	fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\nX-Victim: %s\r\n\r\n", at.Host, strings.Repeat("v", 500))
	if res, err = http.ReadResponse(r, nil); err == nil {
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || string(b) != "ok" {
			t.Errorf("the next request got %d %q", res.StatusCode, b)
		}
	}
	if p := s.as("noor").get("/werk"); strings.Contains(p.text(), "buit") {
		t.Error("the inner request was carried out")
	}
}

func TestAHeadIsAGetWithoutTheBody(t *testing.T) {
	s := newSchool(t)
	noor, stranger := s.as("noor"), s.visitor()
	for _, path := range []string{"/werk", "/werk/nieuw", "/ik", "/werk/" + s.workOf("noor", "Vlinder op de muur").ID, "/werk/" + s.workOf("sem", "Geheim verhaal").ID, "/api/v1/me", "/nergens"} {
		for who, c := range map[string]*testClient{"noor": noor, "a stranger": stranger} {
			get, head := c.get(path), c.do("HEAD", path, nil, "")
			if head.status != get.status || head.body != "" || head.header.Get("Content-Type") != get.header.Get("Content-Type") {
				t.Errorf("%s, HEAD %s: status %d, %d bytes, %q; GET: status %d, %q", who, path, head.status, len(head.body),
					head.header.Get("Content-Type"), get.status, get.header.Get("Content-Type"))
			}
		}
	}
}
