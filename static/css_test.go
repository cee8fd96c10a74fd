package static

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The colour tokens are read from the stylesheet itself.
func TestEveryPairOfColoursIsReadable(t *testing.T) {
	light, dark, chosen := tokens(t)
	if !maps.Equal(dark, chosen) {
		t.Errorf("dark by the device and dark by choice differ:\n%v\n%v", dark, chosen)
	}
	if got, want := slices.Sorted(maps.Keys(dark)), slices.Sorted(maps.Keys(light)); !slices.Equal(got, want) {
		t.Errorf("dark has the colours\n%v, light has\n%v", got, want)
	}
	pairs := 0
	for scheme, colours := range map[string]map[string]string{"light": light, "dark": dark} {
		check := func(least float64, fronts, backs string) {
			for _, front := range strings.Fields(fronts) {
				for _, back := range strings.Fields(backs) {
					pairs++
					if got := contrast(t, colours[front], colours[back]); got < least {
						t.Errorf("%s: %s on %s is %.2f, want %.1f", scheme, front, back, got, least)
					}
				}
			}
		}
		check(4.5, "ink ink-2 brand", "bg surface surface-2")
		check(4.5, "ink", "brand-soft ok-soft warn-soft danger-soft")
		check(4.5, "ink-2", "brand-soft")
		check(4.5, "on-brand", "brand")
		check(4.5, "bg", "ink") // a toast
		check(4.5, "brand", "brand-soft")
		for _, kind := range []string{"ok", "warn", "danger"} {
			check(4.5, kind, "bg surface "+kind+"-soft")
		}
		for _, badge := range []string{"me", "teacher", "parents", "class", "school"} {
			check(4.5, badge, badge+"-soft")
		}
		check(3, "line-strong focus", "bg surface surface-2")
		check(3, "chart-1 chart-2 chart-3 chart-4", "surface bg")
	}
	if pairs < 90 {
		t.Errorf("only %d pairs were compared", pairs)
	}
}

func TestColoursOutsideTheTokensComeFromTokens(t *testing.T) {
	_, rest, _ := strings.Cut(css(t), "@layer base {")
	for _, found := range regexp.MustCompile(`#[0-9A-Fa-f]{3,8}\b`).FindAllString(rest, -1) {
		t.Errorf("%s is no token", found)
	}
	known := regexp.MustCompile(`(--[a-z0-9-]+):`).FindAllStringSubmatch(css(t), -1)
	for _, use := range regexp.MustCompile(`var\((--[a-z0-9-]+)`).FindAllStringSubmatch(css(t), -1) {
		if !slices.ContainsFunc(known, func(k []string) bool { return k[1] == use[1] }) {
			t.Errorf("var(%s) is not defined", use[1])
		}
	}
}

// Chrome 105, Safari 15.6 and Firefox 121 know none of these.
func TestTheStylesheetStaysWithinItsBaseline(t *testing.T) {
	text := css(t)
	for _, tooNew := range []string{"light-dark(", "@container", "@scope", "@starting-style", "oklch(", "anchor(", ":popover-open", "&"} {
		if strings.Contains(text, tooNew) {
			t.Errorf("%s is newer than the browsers we promise", tooNew)
		}
	}
	// color-mix may be used after a plain colour in the same rule.
	for _, rule := range regexp.MustCompile(`\{[^{}]*color-mix\([^{}]*\}`).FindAllString(text, -1) {
		if before, _, _ := strings.Cut(rule, "color-mix("); strings.Count(before, "background:") < 2 {
			t.Errorf("no plain colour before color-mix in %s", rule)
		}
	}
	if open, shut := strings.Count(text, "{"), strings.Count(text, "}"); open != shut {
		t.Errorf("%d { and %d }", open, shut)
	}
}

func css(t *testing.T) string {
	t.Helper()
	b, err := FS.ReadFile("css/kaft.css")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(b), "")
}

// tokens are the colours of light, of dark by the device, of dark by choice.
func tokens(t *testing.T) (light, dark, chosen map[string]string) {
	t.Helper()
	_, layer, _ := strings.Cut(css(t), "@layer tokens {")
	layer, _, _ = strings.Cut(layer, "@layer base {")
	read := func(selector string) map[string]string {
		_, block, ok := strings.Cut(layer, selector+" {")
		if !ok {
			t.Fatalf("no %s in the tokens", selector)
		}
		block, _, _ = strings.Cut(block, "}")
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9A-F]{6});`).FindAllStringSubmatch(block, -1) {
			colours[m[1]] = m[2]
		}
		return colours
	}
	light, dark, chosen = read("html"), read(`html:not([data-theme="light"])`), read(`html[data-theme="dark"]`)
	if len(light) < 30 {
		t.Fatalf("only %d colours read", len(light))
	}
	return light, dark, chosen
}

// contrast is the ratio of WCAG 2.2, 1 to 21.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	linear := func(v uint64) float64 {
		c := float64(v&255) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*linear(n>>16) + .7152*linear(n>>8) + .0722*linear(n)
}
