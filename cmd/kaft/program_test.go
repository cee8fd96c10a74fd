package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kaft/app"
	"kaft/app/demo"
)

// These tests run the built program: what it prints, what it leaves and its
// exit status are part of what it is.

var builtIn string

// program builds kaft once for all tests of the package.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kaft-program-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	at := filepath.Join(dir, "kaft")
	if out, err := exec.Command("go", "build", "-o", at, ".").CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return at, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

func built(t *testing.T) string {
	t.Helper()
	at, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// run runs a command to its end.
func run(t *testing.T, stdin string, args ...string) (out, errs string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(built(t), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// served is a Kaft that serves.
type served struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	out  string // the file that it prints to
	http *http.Client
}

// start starts a command that serves, on a port that is free, and waits until it
// says where.
func start(t *testing.T, env []string, args ...string) *served {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, http: &http.Client{Jar: jar, Timeout: time.Minute}}
	s.cmd = exec.Command(built(t), args...)
	s.cmd.Env = append(os.Environ(), env...)
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s.out, s.cmd.Stdout = out.Name(), out
	errs, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.cmd.Process.Kill()
			s.cmd.Wait()
		}
	})
	line, err := bufio.NewReader(errs).ReadString('\n')
	at, ok := strings.CutPrefix(strings.TrimSpace(line), "Kaft is at ")
	if err != nil || !ok {
		t.Fatalf("it says %q, %v", line, err)
	}
	s.url = at
	go io.Copy(io.Discard, errs)
	return s
}

// stop asks it to stop, and gives what it printed and its exit status.
func (s *served) stop() (string, int) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait()
	return s.printed(), s.cmd.ProcessState.ExitCode()
}

// printed is what it printed so far.
func (s *served) printed() string {
	s.t.Helper()
	b, err := os.ReadFile(s.out)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// page posts a form, or gets when there is none, and gives the page it ends at.
func (s *served) page(path string, form url.Values) (status int, at, body string) {
	s.t.Helper()
	r, err := s.http.Get(s.url + path)
	if form != nil {
		r.Body.Close()
		r, err = s.http.PostForm(s.url+path, form)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.StatusCode, r.Request.URL.Path, string(b)
}

func (s *served) signIn(login, password string) (status int, at, body string) {
	s.t.Helper()
	return s.page("/aanmelden", url.Values{"login": {login}, "password": {password}})
}

func TestTheDemoPrintsWhoCanSignInServesAndLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	s := start(t, []string{"TMPDIR=" + temp}, "demo", "--addr", "localhost:0")
	if status, at, body := s.signIn("noor", demo.Password); status != 200 || at != "/werk" || !strings.Contains(body, "Vlinder op de muur") {
		t.Errorf("noor arrives at %s with %d", at, status)
	}
	if status, _, _ := s.page("/stijl", nil); status != 200 {
		t.Errorf("the style page: %d", status)
	}
	out, status := s.stop()
	if status != 0 {
		t.Errorf("stopped with status %d", status)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !strings.HasPrefix(lines[0], "SIGN IN AS ") || !strings.Contains(lines[0], demo.Password) {
		t.Errorf("the table begins with %q", lines[0])
	}
	students := 0
	for _, want := range []string{"fatima", "joris", "ingrid", "wim", "petra", "noor", "samira", "joost"} {
		if !strings.Contains(out, "\n"+want+" ") {
			t.Errorf("%s is not in the table:\n%s", want, out)
		}
	}
	for _, line := range lines[1:] {
		if strings.Contains(line, " student ") {
			students++
		}
	}
	if students != 30 {
		t.Errorf("%d students in the table, want 30", students)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("it left %v behind", left)
	}
}

func TestTheDemoInAFolderIsThereTheNextTime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "school")
	signIns := func(s *served) (out []demo.SignIn) {
		t.Helper()
		printed, status := s.stop()
		if status != 0 || strings.Count(printed, "\n") != 1 {
			t.Errorf("status %d, %d lines of JSON", status, strings.Count(printed, "\n"))
		}
		if err := json.Unmarshal([]byte(printed), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	s := start(t, []string{"KAFT_DATA=" + dir, "KAFT_ADDR=localhost:0"}, "demo", "--json")
	s.signIn("noor", demo.Password)
	if status, at, _ := s.page("/werk", url.Values{"title": {"Bewaard"}, "text": {"tot morgen"}, "audience": {"me"}}); status != 200 || !strings.HasPrefix(at, "/werk/") {
		t.Fatalf("a new work ends at %s with %d", at, status)
	}
	first := signIns(s)
	s = start(t, nil, "demo", "--json", "--data", dir, "--addr", "localhost:0")
	if _, at, body := s.signIn("noor", demo.Password); at != "/werk" || !strings.Contains(body, "Bewaard") {
		t.Errorf("noor arrives at %s, without yesterday's work", at)
	}
	second := signIns(s)
	if len(first) != len(second) || len(first) < 60 {
		t.Fatalf("%d sign-ins, then %d", len(first), len(second))
	}
	for i := range first {
		if first[i] != second[i] || first[i].ID == "" || first[i].Password != demo.Password {
			t.Errorf("sign-in %+v, then %+v", first[i], second[i])
		}
	}
}

func TestTheDemoLeavesARealSchoolAlone(t *testing.T) {
	dir := t.TempDir()
	s := start(t, nil, "serve", "--data", dir, "--addr", "localhost:0")
	s.found()
	out, _ := s.stop()
	_, errs, status := run(t, "", "demo", "--data", dir, "--addr", "localhost:0")
	if status != 1 || !strings.Contains(errs, dir+" holds a school that is not a whole demo") {
		t.Errorf("status %d, and it says %q", status, errs)
	}
	s = start(t, nil, "serve", "--data", dir, "--addr", "localhost:0")
	if _, at, body := s.signIn("karin", "een lang wachtwoord"); at != "/overzicht" || !strings.Contains(body, "Karin") {
		t.Errorf("karin arrives at %s", at)
	}
	if status, _, _ := s.signIn("noor", demo.Password); status == 200 {
		t.Error("somebody of the demo can sign in to a real school")
	}
	if again, _ := s.stop(); again != "" {
		t.Errorf("a second start prints %q, after %q", again, out)
	}
}

// found founds a school at the first start.
func (s *served) found() {
	s.t.Helper()
	form := url.Values{"code": {"wrong"}, "school": {"De Eik"}, "name": {"Karin"}, "login": {"karin"}, "password": {"een lang wachtwoord"}, "password2": {"een lang wachtwoord"}}
	if status, at, _ := s.page("/", nil); status != 200 || at != "/begin" {
		s.t.Errorf("the first page of an empty Kaft is %s with %d", at, status)
	}
	if status, _, _ := s.page("/begin", form); status != 422 {
		s.t.Errorf("a wrong code: %d, want 422", status)
	}
	// The code was printed before the address was.
	code := regexp.MustCompile(`/begin and use this code: (\w{8})\n`).FindStringSubmatch(s.printed())
	if code == nil {
		s.t.Fatalf("it prints %q", s.printed())
	}
	form.Set("code", code[1])
	if status, at, body := s.page("/begin", form); status != 200 || at != "/overzicht" || !strings.Contains(body, "De school is open.") {
		s.t.Fatalf("the founding ends at %s with %d", at, status)
	}
	if status, _, _ := s.page("/stijl", nil); status != 404 {
		s.t.Errorf("the style page of a real school: %d, want 404", status)
	}
}

func TestAPortIsTakenBeforeASchoolIsMade(t *testing.T) {
	ln, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, command := range []string{"demo", "serve"} {
		dir := filepath.Join(t.TempDir(), "data")
		out, errs, status := run(t, "", command, "--data", dir, "--addr", ln.Addr().String())
		if status != 1 || out != "" || !strings.Contains(errs, "address already in use") {
			t.Errorf("%s: status %d, %q, %q", command, status, out, errs)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s made its folder: %v", command, err)
		}
	}
}

// TestKaftStopsAlsoWhenItIsToldToWhileItStarts tells it before anything was
// served: what is not running yet cannot be shut down, and must not begin.
func TestKaftStopsAlsoWhenItIsToldToWhileItStarts(t *testing.T) {
	err := open(t.TempDir(), func(k *kaft) error {
		ctx, cancel := context.WithCancel(k.ctx)
		cancel()
		k.ctx = ctx
		ln, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			return err
		}
		defer ln.Close()
		ended := make(chan error, 1)
		go func() { ended <- k.serve(ln, app.Options{}) }()
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Minute):
			return errors.New("it still serves")
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestKaftInspectAnswersEachLineAndNamesTheBadOnes(t *testing.T) {
	good := `{"id":"a","at":"2026-03-10T12:00:00Z","viewer":"s1","student":{"id":"s1","birth":"2010-07-01"},"item":{"kind":"work","author":"s1"}}`
	want := `{"id":"a","outcome":"INSPECT","open":true,"hold":false,"redact":[],"rule":"4","until":null}` + "\n"
	file := filepath.Join(t.TempDir(), "cases.jsonl")
	if err := os.WriteFile(file, []byte(good+"\nno case\n"+good+"\n"+`{"id":"b","at":"gisteren"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, status := run(t, "", "inspect", file)
	if status != 1 || out != want+want || !strings.Contains(errs, "line 2: ") || !strings.Contains(errs, "line 4: ") || strings.Contains(errs, "line 1: ") || strings.Contains(errs, "line 3: ") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	if out, errs, status := run(t, "# a remark\n\n"+good+"\n", "inspect", "-"); status != 0 || out != want || errs != "" {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	if out, _, status := run(t, "", "inspect", filepath.Join("..", "..", "portfolio", "testdata", "cases.jsonl")); status != 0 || strings.Count(out, "\n") < 400 {
		t.Errorf("the worked examples: status %d, %d lines", status, strings.Count(out, "\n"))
	}
	if _, errs, status := run(t, "", "inspect", file+".not"); status != 1 || !strings.Contains(errs, "no such file") {
		t.Errorf("a file there is not: status %d, %q", status, errs)
	}
}

func TestKaftSaysWhatItIsAndWhatItCanDo(t *testing.T) {
	if out, _, status := run(t, "", "version"); status != 0 || out != "kaft "+version+"\n" {
		t.Errorf("version: status %d, %q", status, out)
	}
	out, _, status := run(t, "", "help")
	for _, command := range []string{"serve", "demo", "import", "bundle verify", "inspect", "agree", "audit verify", "version"} {
		if !strings.Contains(out, "\n  "+command) {
			t.Errorf("the help does not tell of %s", command)
		}
	}
	if status != 0 {
		t.Errorf("help: status %d", status)
	}
	if _, errs, status := run(t, "", "tell"); status == 0 || !strings.Contains(errs, "unexpected argument tell") {
		t.Errorf("a command there is not: status %d, %q", status, errs)
	}
}

// TestKaftImportBringsAPortfolioIntoASecondKaft takes a bundle in from the
// command line, into a school that was just founded.
func TestKaftImportBringsAPortfolioIntoASecondKaft(t *testing.T) {
	raw, _ := demoBundle(t)
	file := filepath.Join(t.TempDir(), "lotte.portfolio.zip")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, errs, status := run(t, "", "import", file, "--data", dir); status != 1 || !strings.Contains(errs, dir+" holds no school yet") {
		t.Errorf("without a school: status %d, %q", status, errs)
	}
	s := start(t, nil, "serve", "--data", dir, "--addr", "localhost:0")
	s.found()
	s.stop()
	if out, errs, status := run(t, "", "import", file, "--data", dir); status != 1 || out != "" || strings.Contains(errs, "error.") {
		t.Errorf("of a school nobody knows: status %d, %q, %q", status, out, errs)
	}
	out, errs, status := run(t, "", "import", file, "--data", dir, "--accept")
	if status != 0 || !regexp.MustCompile(`^Taken in for student [0-9a-f-]{36}: [1-9]\d* works, [1-9]\d* assessments, [1-9]\d* files\. Import [0-9a-f-]{36}\.\n$`).MatchString(out) {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	if _, errs, status := run(t, "", "import", filepath.Join("..", "..", "go.mod"), "--data", dir, "--accept"); status != 1 || strings.Contains(errs, "error.") || !strings.Contains(errs, "go.mod: ") {
		t.Errorf("what is no bundle: status %d, %q", status, errs)
	}
}
