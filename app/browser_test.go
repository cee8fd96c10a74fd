package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"kaft/app/demo"
)

// The browser tests drive a real Chromium. One browser serves the package; each
// window is a browser context of its own, with its own cookies. A window fails
// its test on any console error, exception or violation of the security policy.

var (
	browserOnce sync.Once
	browserCtx  context.Context
	browserStop []func()
	browserErr  error
)

// TestMain closes the browser and removes the school that the tests shared.
func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(browserStop) - 1; i >= 0; i-- {
		browserStop[i]()
	}
	if dir := demoFolder; dir != "" {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func startBrowser() {
	if _, err := exec.LookPath("chromium"); err != nil {
		browserErr = err
		return
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true), // a microphone
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(2*time.Minute))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	browserStop = append(browserStop, stopAlloc, stop)
	browserErr = chromedp.Run(ctx)
	browserCtx = ctx
}

// window is one person's browser window.
type window struct {
	t     *testing.T
	s     *testSchool
	ctx   context.Context
	lang  string
	label string

	mu       sync.Mutex
	problems []string
}

// look is how a window is seen.
type look struct {
	width, height int64
	dark          bool
	lang          string
}

var (
	phone   = look{width: 390, height: 844, lang: "nl"}
	desktop = look{width: 1280, height: 900, lang: "nl"}
)

func (l look) in(lang string) look { l.lang = lang; return l }
func (l look) inDark() look        { l.dark = true; return l }

func (l look) String() string {
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	return fmt.Sprintf("%d-%s-%s", l.width, scheme, l.lang)
}

// open opens a window on the school. Without Chromium the test is skipped, but
// never in CI.
func (s *testSchool) open(t *testing.T, l look) *window {
	t.Helper()
	browserOnce.Do(startBrowser)
	if browserErr != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no browser: %v", browserErr)
		}
		t.Skipf("no browser (make tools installs it): %v", browserErr)
	}
	w := &window{t: t, s: s, lang: l.lang, label: l.String()}
	c := chromedp.FromContext(browserCtx)
	exec := cdp.WithExecutor(browserCtx, c.Browser)
	id, err := target.CreateBrowserContext().Do(exec)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := target.CreateTarget("about:blank").WithBrowserContextID(id).WithNewWindow(true).Do(exec)
	if err != nil {
		t.Fatal(err)
	}
	ctx, closeTab := chromedp.NewContext(browserCtx, chromedp.WithTargetID(tab))
	ctx, stop := context.WithTimeout(ctx, 8*time.Minute)
	w.ctx = ctx
	t.Cleanup(func() {
		w.mu.Lock()
		for _, p := range w.problems {
			t.Errorf("%s: %s", w.label, p)
		}
		w.mu.Unlock()
		if t.Failed() {
			w.shot("failed")
		}
		stop()
		closeTab()
		_ = target.DisposeBrowserContext(id).Do(exec)
	})
	chromedp.ListenTarget(ctx, w.watch)
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	w.run(
		cdpruntime.Enable(), log.Enable(), network.Enable(), page.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(`addEventListener('securitypolicyviolation', e => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))`).Do(ctx)
			return err
		}),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": l.lang}),
		emulation.SetDeviceMetricsOverride(l.width, l.height, 1, l.width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
		emulation.SetTimezoneOverride("Europe/Amsterdam"),
	)
	return w
}

// watch keeps what a window complains about.
func (w *window) watch(ev any) {
	add := func(format string, args ...any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.problems = append(w.problems, fmt.Sprintf(format, args...))
	}
	switch e := ev.(type) {
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == cdpruntime.APITypeError || e.Type == cdpruntime.APITypeWarning {
			var parts []string
			for _, a := range e.Args {
				parts = append(parts, string(a.Value)+a.Description)
			}
			add("console %s: %s", e.Type, strings.Join(parts, " "))
		}
	case *cdpruntime.EventExceptionThrown:
		add("exception: %s", e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Source == log.SourceSecurity {
			add("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		go func() { _ = chromedp.Run(w.ctx, page.HandleJavaScriptDialog(true)) }()
	}
}

// expect forgets the complaints that contain text, and fails when there are
// none: for steps that are meant to go wrong.
func (w *window) expect(text string) {
	w.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		w.mu.Lock()
		kept := w.problems[:0:0]
		for _, p := range w.problems {
			if !strings.Contains(p, text) {
				kept = append(kept, p)
			}
		}
		found := len(kept) < len(w.problems)
		w.problems = kept
		w.mu.Unlock()
		if found {
			return
		}
		if time.Now().After(deadline) {
			w.t.Errorf("%s: no complaint about %q", w.label, text)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (w *window) run(actions ...chromedp.Action) {
	w.t.Helper()
	if err := chromedp.Run(w.ctx, actions...); err != nil {
		w.shot("failed")
		w.t.Fatalf("%s: %v\n%s", w.label, err, w.where())
	}
}

func (w *window) where() string {
	var at, text string
	ctx, stop := context.WithTimeout(w.ctx, 5*time.Second)
	defer stop()
	_ = chromedp.Run(ctx, chromedp.Location(&at), chromedp.Evaluate(`document.body ? document.body.innerText.slice(0, 600) : ''`, &text))
	return at + "\n" + text
}

// to opens a path and waits until the page stands.
func (w *window) to(path string) {
	w.t.Helper()
	w.run(chromedp.Navigate(w.s.url+path), chromedp.WaitReady("main"))
}

// signIn signs somebody of the cast in by the form.
func (w *window) signIn(login string) {
	w.t.Helper()
	w.to("/aanmelden")
	w.run(chromedp.SendKeys(`input[name=login]`, login), chromedp.SendKeys(`input[name=password]`, demo.Password))
	w.click(`main form button`)
	w.waitGone(`input[name=password]`)
}

// hat puts a hat on at the page that asks for it.
func (w *window) hat(hat string) {
	w.t.Helper()
	w.to("/wie")
	w.click(fmt.Sprintf(`button[data-hat=%q]`, hat))
	w.waitGone(fmt.Sprintf(`button[data-hat=%q]`, hat))
}

// click waits for an element that can be seen and clicks it.
func (w *window) click(sel string) {
	w.t.Helper()
	w.wait(sel, fmt.Sprintf(`document.querySelector(%q)?.checkVisibility()`, sel))
	w.run(chromedp.ScrollIntoView(sel, chromedp.ByQuery), chromedp.Click(sel, chromedp.ByQuery))
}

// wait waits until a JavaScript expression is true.
func (w *window) wait(what, expression string) {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, 90*time.Second)
	defer stop()
	for {
		var ok bool
		err := chromedp.Run(ctx, chromedp.Evaluate(`!!(`+expression+`)`, &ok))
		if err == nil && ok {
			return
		}
		if ctx.Err() != nil {
			w.shot("failed")
			w.t.Fatalf("%s: waited in vain for %s (%v)\n%s", w.label, what, err, w.where())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (w *window) waitText(text string) {
	w.t.Helper()
	q, _ := json.Marshal(text)
	w.wait("the text "+string(q), `document.body && document.body.innerText.includes(`+string(q)+`)`)
}

func (w *window) waitGone(sel string) {
	w.t.Helper()
	q, _ := json.Marshal(sel)
	w.wait(sel+" to go", `document.readyState === 'complete' && document.querySelector('main') && !document.querySelector(`+string(q)+`)`)
}

// eval gives the value of a JavaScript expression.
func eval[T any](w *window, expression string, opts ...chromedp.EvaluateOption) (v T) {
	w.t.Helper()
	w.run(chromedp.Evaluate(expression, &v, opts...))
	return v
}

// shot keeps a picture of the whole page, in KAFT_SHOTS when that is set.
func (w *window) shot(name string) {
	dir := os.Getenv("KAFT_SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	ctx, stop := context.WithTimeout(w.ctx, 20*time.Second)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.FullScreenshot(&png, 100)); err != nil {
		return
	}
	_ = os.MkdirAll(dir, 0o755)
	file := strings.NewReplacer("/", "-", " ", "-").Replace(w.t.Name() + "-" + name + "-" + w.label + ".png")
	_ = os.WriteFile(filepath.Join(dir, file), png, 0o644)
}

// axeSource is axe-core, from npm. In CI it must be there.
var axeSource = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile(os.Getenv("AXE"))
	return string(b), err
})

// sounds signs somebody in, in a hat or in the first, and checks pages by name.
func (w *window) sounds(login, hat string, paths map[string]string) {
	w.t.Helper()
	w.signIn(login)
	if hat != "" {
		w.hat(hat)
	}
	for name, path := range paths {
		w.to(path)
		w.sound(name)
	}
}

// sound checks a page as it stands: axe finds no violation, nothing scrolls
// sideways, no text lacks its catalogue entry. name is for the picture.
func (w *window) sound(name string) {
	w.t.Helper()
	w.wait("the page to load", `document.readyState === 'complete'`)
	w.shot(name)
	if over := eval[int](w, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		w.t.Errorf("%s: %s scrolls sideways by %d px", w.label, name, over)
	}
	if eval[bool](w, `document.documentElement.outerHTML.includes('⟦')`) {
		w.t.Errorf("%s: %s shows a key that the catalogue lacks", w.label, name)
	}
	if got := eval[string](w, `document.documentElement.lang`); got != w.lang {
		w.t.Errorf("%s: %s is in language %q", w.label, name, got)
	}
	for _, v := range w.axe() {
		w.t.Errorf("%s: %s: axe: %s", w.label, name, v)
	}
}

// axe gives what axe-core finds wrong with the page.
func (w *window) axe() []string {
	w.t.Helper()
	src, err := axeSource()
	if err != nil {
		if os.Getenv("CI") != "" {
			w.t.Fatalf("AXE must name axe.min.js in CI: %v", err)
		}
		w.t.Logf("no axe (make test brings it): %v", err)
		return nil
	}
	var found []struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML string `json:"html"`
		} `json:"nodes"`
	}
	w.run(chromedp.Evaluate(src+`;0`, nil), chromedp.Evaluate(
		`axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(r => r.violations)`,
		&found, func(p *cdpruntime.EvaluateParams) *cdpruntime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var out []string
	for _, f := range found {
		line := f.ID + ": " + f.Help
		for _, n := range f.Nodes {
			line += "\n    " + n.HTML
		}
		out = append(out, line)
	}
	return out
}

func TestTheRigSeesWhatIsWrong(t *testing.T) {
	s := newInstallation(t, Options{Demo: true})
	w := s.open(t, desktop)
	w.to("/stijl")
	w.run(chromedp.Evaluate(`console.error('planted'); setTimeout(() => { throw new Error('thrown') }); 0`, nil))
	w.expect("planted")
	w.expect("thrown")
	w.run(chromedp.Evaluate(`(() => { const s = document.createElement('style'); s.textContent = 'x{}'; document.head.append(s); })()`, nil))
	w.expect("CSP: style-src")
	w.expect("Content Security Policy")
	w.run(chromedp.Evaluate(`(() => { try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>') } catch {} })()`, nil))
	w.expect("CSP: require-trusted-types-for")
	w.run(chromedp.Evaluate(`(() => { const i = document.createElement('input'); document.querySelector('main').append(i); })()`, nil))
	if _, err := axeSource(); err == nil {
		if found := w.axe(); len(found) == 0 || !strings.Contains(strings.Join(found, " "), "label") {
			t.Errorf("axe found %q on a field without a label", found)
		}
	}
	w.mu.Lock()
	w.problems = nil // the browser's own echo of the planted faults
	w.mu.Unlock()
}
