package export

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"kaft/portfolio"
)

// viewerText is what the pages say in a language, by key.
type viewerText struct {
	leapWords
	text map[string]string
}

var viewerWords = map[string]viewerText{"nl": wordsIn("nl"), "en": wordsIn("en")}

func wordsIn(lang string) viewerText {
	w := viewerText{leapWords: leapTexts[lang]}
	raw, err := matter.ReadFile("text/viewer." + lang + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &w.text)
	}
	if err != nil {
		panic(err) // embedded
	}
	return w
}

// viewerPages are the pages' templates, once for each language.
var viewerPages = map[string]*template.Template{"nl": pagesIn(viewerWords["nl"]), "en": pagesIn(viewerWords["en"])}

func pagesIn(w viewerText) *template.Template {
	css, err := matter.ReadFile("text/viewer.css")
	if err != nil {
		panic(err) // embedded
	}
	return template.Must(template.New("").Funcs(template.FuncMap{
		"t":     w.word,
		"count": w.count,
		"css":   func() template.CSS { return template.CSS(css) },
		"lang":  func() string { return w.lang },
		"level": func(step int) string { return w.levels[step-1] },
	}).ParseFS(matter, "text/viewer.html"))
}

// word is a sentence, with what belongs in its places.
func (w viewerText) word(key string, args ...any) string {
	if s, ok := w.text[key]; ok && strings.Contains(s, "%") {
		return fmt.Sprintf(s, args...)
	}
	return w.text[key]
}

// count is a number of things: "1 werk", "2 werken".
func (w viewerText) count(key string, n int) string {
	if n == 1 {
		return w.word(key+".one", n)
	}
	return w.word(key+".other", n)
}

// day is "21 november 2026".
func (w viewerText) day(d portfolio.Date) string {
	if d == 0 {
		return ""
	}
	y, m, day := d.Start().Date()
	return fmt.Sprintf("%d %s %d", day, strings.Fields(w.text["months"])[m-1], y)
}

// month is "november 2026".
func (w viewerText) month(d portfolio.Date) string {
	_, m, found := strings.Cut(w.day(d), " ")
	if !found {
		return ""
	}
	return m
}

// year is a school year: "2026/2027".
func (w viewerText) year(began int) string {
	if began == 0 {
		return w.word("undated")
	}
	return fmt.Sprintf("%d/%d", began, began+1)
}

// size is "2,1 MB".
func (w viewerText) size(bytes int64) string {
	n, unit := float64(bytes)/1e6, "MB"
	switch {
	case bytes < 1e6:
		n, unit = float64(bytes)/1e3, "kB"
	case bytes >= 1e9:
		n, unit = float64(bytes)/1e9, "GB"
	}
	s := fmt.Sprintf("%.1f", n)
	if n >= 10 || unit == "kB" {
		s = fmt.Sprintf("%.0f", max(1, n))
	}
	return strings.Replace(s, ".", w.text["point"], 1) + " " + unit
}
