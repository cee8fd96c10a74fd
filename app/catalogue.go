package app

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"

	"kaft/portfolio"
)

//go:embed locales/*.json
var locales embed.FS

// Languages of the screens; the first is the one for whoever asks for none of
// them. Another language is another file in locales/ and its name here.
var Languages = []string{"nl", "en"}

// Catalogue is the one home of every text on a screen, in every language. A
// key ("work.title") has a text, or an object with one and other for a text
// with a number in it. Texts for scripts have {holes} that the script fills;
// the others have {{.Holes}} that Say fills.
//
// It never changes after NewCatalogue and is safe for concurrent use.
type Catalogue struct {
	lang    map[string]*i18n.Localizer
	plain   map[string]map[string]string // language, key: texts without holes, the most of them
	plural  map[string]bool              // keys whose text depends on Count
	tags    []language.Tag
	matcher language.Matcher
}

// NewCatalogue reads the embedded files.
func NewCatalogue() (*Catalogue, error) {
	c := &Catalogue{lang: map[string]*i18n.Localizer{}, plain: map[string]map[string]string{}, plural: map[string]bool{}}
	bundle := i18n.NewBundle(language.Make(Languages[0]))
	for _, lang := range Languages {
		name, tag := "locales/"+lang+".json", language.Make(lang)
		texts, err := readTexts(name)
		if err != nil {
			return nil, err
		}
		c.lang[lang] = i18n.NewLocalizer(bundle, lang)
		c.plain[lang] = map[string]string{}
		for key, forms := range texts {
			text, one := forms["other"], forms["one"]
			if one == "" && !strings.Contains(text, "{{") {
				c.plain[lang][key] = text
				continue
			}
			if one != "" {
				c.plural[key] = true
			}
			if err := bundle.AddMessages(tag, &i18n.Message{ID: key, One: one, Other: text}); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, key, err)
			}
		}
		c.tags = append(c.tags, tag)
	}
	c.matcher = language.NewMatcher(c.tags)
	return c, nil
}

// Say is the text of a key in a language. args are pairs of name and value for
// the holes of the text, and come out as a reader expects: a time or a
// portfolio.Date as a date in words, an int64 as a size in bytes ("2,1 MB"),
// Field as the name the field has on the screen ("field.<value>"). The pair
// "Count" chooses between one and other. A key that is not there, or a hole
// without a value, gives "⟦key⟧": tests look for that sign.
func (c *Catalogue) Say(lang, key string, args ...any) string {
	if text, ok := c.plain[lang][key]; ok {
		return text
	}
	localizer, ok := c.lang[lang]
	if !ok {
		return c.Say(Languages[0], key, args...)
	}
	want := &i18n.LocalizeConfig{MessageID: key, TemplateParser: strict, TemplateData: c.holes(lang, args)}
	if c.plural[key] {
		want.PluralCount = count(args)
	}
	text, err := localizer.Localize(want)
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// SayError is the sentence for an error: its own, or the general one for
// whatever has none.
func (c *Catalogue) SayError(lang string, e *portfolio.Error) string {
	var args []any
	for name, value := range e.Args {
		args = append(args, name, value)
	}
	return c.Say(lang, e.Msg, args...)
}

// Choose picks the language of a page: what the person chose before (cookie),
// else what the browser asks for, else Dutch.
func (c *Catalogue) Choose(cookie, accept string) string {
	if _, ok := c.lang[cookie]; ok {
		return cookie
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return Languages[0]
	}
	_, i, confidence := c.matcher.Match(wanted...)
	if confidence == language.No {
		return Languages[0]
	}
	return Languages[i]
}

// Others are the languages a page could also be read in.
func (c *Catalogue) Others(lang string) []string {
	var out []string
	for _, l := range Languages {
		if l != lang {
			out = append(out, l)
		}
	}
	return out
}

// Day is "12 november", without the year.
func (c *Catalogue) Day(lang string, when any) string {
	t, ok := moment(when)
	if !ok {
		return ""
	}
	return strconv.Itoa(t.Day()) + " " + c.Say(lang, "month."+strconv.Itoa(int(t.Month())))
}

// Date is "12 november 2026".
func (c *Catalogue) Date(lang string, when any) string {
	t, ok := moment(when)
	if !ok {
		return ""
	}
	return c.Day(lang, when) + " " + strconv.Itoa(t.Year())
}

// ShortDate is "3 nov 2026".
func (c *Catalogue) ShortDate(lang string, when any) string {
	t, ok := moment(when)
	if !ok {
		return ""
	}
	return strconv.Itoa(t.Day()) + " " + c.Month(lang, when) + " " + strconv.Itoa(t.Year())
}

// Month is "nov".
func (c *Catalogue) Month(lang string, when any) string {
	t, ok := moment(when)
	if !ok {
		return ""
	}
	return c.Say(lang, "month.short."+strconv.Itoa(int(t.Month())))
}

// Clock is "14:03".
func (c *Catalogue) Clock(when time.Time) string {
	return when.In(portfolio.Amsterdam).Format("15:04")
}

// Number writes 12345 as "12.345", as the language does.
func (c *Catalogue) Number(lang string, n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + c.Say(lang, "number.thousands") + digits[i:]
	}
	return sign + digits
}

// Size writes a number of bytes as "812 bytes", "12 kB", "2,1 MB": thousands,
// not 1024s, as the phone that made the file does.
func (c *Catalogue) Size(lang string, bytes int64) string {
	if bytes < 1000 {
		return c.Say(lang, "size.bytes", "Count", int(bytes))
	}
	n, unit := float64(bytes), 0
	for n >= 999.5 && unit < len(sizeUnits)-1 {
		n, unit = n/1000, unit+1
	}
	digits := 1
	if unit == 1 {
		digits = 0
	}
	text := strings.TrimSuffix(strconv.FormatFloat(n, 'f', digits, 64), ".0")
	return strings.Replace(text, ".", c.Say(lang, "number.decimal"), 1) + " " + sizeUnits[unit]
}

var sizeUnits = []string{"", "kB", "MB", "GB", "TB"}

// strict refuses a hole without a value.
var strict = &template.TextParser{Option: "missingkey=error"}

func (c *Catalogue) holes(lang string, args []any) map[string]any {
	holes := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		name, value := args[i].(string), args[i+1]
		switch v := value.(type) {
		case time.Time, portfolio.Date:
			value = c.Date(lang, v)
		case int64:
			value = c.Size(lang, v)
		case int:
			value = c.Number(lang, v)
		case string:
			if name == "Field" {
				value = c.Say(lang, "field."+v)
			}
		}
		holes[name] = value
	}
	return holes
}

func count(args []any) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "Count" {
			return args[i+1]
		}
	}
	return 2
}

// moment reads what a page may show as a date; false for none.
func moment(when any) (time.Time, bool) {
	switch v := when.(type) {
	case portfolio.Date:
		return v.Start(), v != 0
	case time.Time:
		return v.In(portfolio.Amsterdam), !v.IsZero()
	}
	return time.Time{}, false
}

// readTexts reads a file of the catalogue: key, form, text.
func readTexts(name string) (map[string]map[string]string, error) {
	raw, err := locales.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var entries map[string]any
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, fmt.Errorf("%s: %w", path.Base(name), err)
	}
	texts := make(map[string]map[string]string, len(entries))
	for key, entry := range entries {
		texts[key] = map[string]string{}
		switch e := entry.(type) {
		case string:
			texts[key]["other"] = e
		case map[string]any:
			for form, text := range e {
				texts[key][form], _ = text.(string)
			}
		}
	}
	return texts, nil
}
