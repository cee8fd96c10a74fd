package export_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a Chromium in which pages' own scripts are off. It fails its test on
// every request that is not for a file, and on what a page tries against its
// policy.
type tab struct {
	t     *testing.T
	ctx   context.Context
	label string
	mu    sync.Mutex
	asked map[string]bool // addresses
}

// browser opens one, or gives nil where there is no Chromium; in CI there is.
func browser(t *testing.T, width int64, dark bool) *tab {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Log("no browser (make tools installs it)")
		return nil
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(2*time.Minute))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	ctx, late := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(func() { late(); stop(); stopAlloc() })
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	w := &tab{t: t, ctx: ctx, label: fmt.Sprintf("%d-%s", width, scheme), asked: map[string]bool{}}
	chromedp.ListenTarget(ctx, func(ev any) {
		switch e := ev.(type) {
		case *network.EventRequestWillBeSent:
			w.mu.Lock()
			w.asked[e.Request.URL] = true
			w.mu.Unlock()
			if !strings.HasPrefix(e.Request.URL, "file:") && !strings.HasPrefix(e.Request.URL, "data:image/svg+xml") { // the icons of Chromium's own player
				t.Errorf("a page asks for %s", e.Request.URL)
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == log.LevelError || e.Entry.Source == log.SourceSecurity {
				t.Errorf("log: %s %s", e.Entry.Text, e.Entry.URL)
			}
		case *page.EventJavascriptDialogOpening:
			t.Errorf("a script says %s", e.Message)
			go func() { _ = chromedp.Run(ctx, page.HandleJavaScriptDialog(true)) }()
		}
	})
	w.run(network.Enable(), log.Enable(), page.Enable(),
		emulation.SetDeviceMetricsOverride(width, 900, 1, width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
	return w
}

func (w *tab) run(actions ...chromedp.Action) {
	w.t.Helper()
	if err := chromedp.Run(w.ctx, actions...); err != nil {
		w.t.Fatal(err)
	}
}

// walk opens the index and each page beside it, has axe look at it, and keeps a
// picture of it in KAFT_SHOTS.
func (w *tab) walk(index string) {
	w.t.Helper()
	pages, err := filepath.Glob(filepath.Join(filepath.Dir(index), "ro-crate-preview_files", "*.html"))
	ok(w.t, err)
	for _, p := range append([]string{index}, pages...) {
		// Timers of axe need scripts, once the page stands.
		w.run(emulation.SetScriptExecutionDisabled(true), chromedp.Navigate("file://"+p), emulation.SetScriptExecutionDisabled(false))
		w.look(filepath.Base(p))
	}
}

func (w *tab) look(name string) {
	w.t.Helper()
	var wide bool
	var lost []string
	w.run(chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &wide),
		chromedp.Evaluate(`[...document.images].filter(i => !i.src.endsWith('.svg') && !(i.complete && i.naturalWidth)).map(i => i.src)`, &lost))
	if wide || len(lost) > 0 {
		w.t.Errorf("%s %s: wider than the screen: %v; pictures that do not show: %v", w.label, name, wide, lost)
	}
	if dir := os.Getenv("KAFT_SHOTS"); dir != "" {
		var shot, paper []byte
		w.run(chromedp.FullScreenshot(&shot, 100), chromedp.ActionFunc(func(ctx context.Context) (err error) {
			paper, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).WithGenerateTaggedPDF(true).Do(ctx)
			return err
		}))
		base := filepath.Join(dir, strings.ReplaceAll(w.t.Name(), "/", "-")+"-"+w.label+"-"+strings.TrimSuffix(name, ".html"))
		ok(w.t, os.WriteFile(base+".png", shot, 0o600))
		ok(w.t, os.WriteFile(base+".pdf", paper, 0o600))
	}
	src, err := os.ReadFile(filepath.Join(os.Getenv("NODE_MODULES"), "axe-core", "axe.min.js"))
	if err != nil {
		if os.Getenv("CI") != "" {
			w.t.Fatal(err)
		}
		w.t.Log("no axe (make tools brings it)")
		return
	}
	var found []struct {
		ID, Help string
		Nodes    []struct{ HTML string }
	}
	w.run(chromedp.Evaluate(string(src)+`;0`, nil), chromedp.Evaluate(
		`axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(r => r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html}))})))`,
		&found, func(p *cdpruntime.EvaluateParams) *cdpruntime.EvaluateParams { return p.WithAwaitPromise(true) }))
	for _, f := range found {
		w.t.Errorf("%s %s: axe %s: %s %v", w.label, name, f.ID, f.Help, f.Nodes)
	}
}

func TestThePagesOpenFromAFolderWithoutScriptOrNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	index := laidOut(t, payload(t, shown(t).in("nl")))
	for _, width := range []int64{390, 1280} {
		for _, dark := range []bool{false, true} {
			w := browser(t, width, dark)
			if w == nil {
				return
			}
			w.walk(index)
			films := 0
			for asked := range w.asked {
				if strings.HasSuffix(asked, ".mp4") {
					films++
				}
			}
			if films == 0 {
				t.Error("no film was opened")
			}
		}
	}
}

// The control of what the walk sees: a page of the same policy that wants more
// gets nothing.
func TestThePolicyOfThePagesKeepsOthersOut(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	index := laidOut(t, payload(t, full(t, "2009-03-17").in("nl")))
	raw, err := os.ReadFile(index)
	ok(t, err)
	ok(t, os.WriteFile(index, []byte(strings.Replace(string(raw), "</main>", `<img id="out" src="http://127.0.0.1:9/x.png"><iframe src="LEESMIJ.html"></iframe><script>document.title = 'ran'</script></main>`, 1)), 0o600))
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(2*time.Minute))
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no browser (make tools installs it)")
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	defer stopAlloc()
	ctx, stop := chromedp.NewContext(alloc) // with scripts on
	defer stop()
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	defer late()
	var mu sync.Mutex
	refused := ""
	chromedp.ListenTarget(ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok {
			mu.Lock()
			refused += e.Entry.Text + "\n"
			mu.Unlock()
		}
	})
	var title string
	ok(t, chromedp.Run(ctx, log.Enable(), chromedp.Navigate("file://"+index), chromedp.WaitReady("main"), chromedp.Title(&title)))
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"img-src", "default-src", "script"} {
		if !strings.Contains(refused, want) {
			t.Errorf("nothing of %s was refused: %s", want, refused)
		}
	}
	if title == "ran" {
		t.Error("a script ran")
	}
}
