package app

// How a page is made.
//
// A page is a typed struct that embeds Page, the frame every page shares, and
// a file templates/<name>.html that defines "title" and "main":
//
//	type WorkPage struct {
//		Page
//		Work portfolio.Seen
//	}
//	return c.Render("work", WorkPage{Page: frame, Work: w})
//
//	{{define "title"}}{{.Work.Title}}{{end}}
//	{{define "main"}}<h1>{{.Work.Title}}</h1> … {{end}}
//
// layout.html puts the frame around it, and sees nothing but the frame. "work#readers" renders the one block
// "readers" of that file, without the frame: a fragment, with the same struct.
//
// Every text comes from the catalogue: {{t "work.title"}}, {{t "work.count"
// "Count" .N}}. A key that a template makes has its prefix literally in it, so
// that a test can follow it: {{t (print "role." .Role)}}.
//
// A component is a file of templates/parts with a struct of parts.go. The
// function named like it makes that struct from pairs, and refuses a field that
// is not there: {{template "field" (field "Name" "title" "Label" (t "…"))}}.
//
// No template holds style="", on…="" or an inline script: the policy of
// secure.go would block it, and a test refuses it first.

import (
	"embed"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"

	"kaft/static"
)

// Page is the frame of every page.
type Page struct {
	Lang   string    // one of Languages
	Theme  string    // "light", "dark", or "" for what the device wants
	Size   string    // "young" for larger letters and targets, or ""
	Path   string    // of this page, with its query: where preferences lead back to
	Nav    []NavItem // the places of this role, at most four; none for a visitor
	Person string    // who is signed in: "Noor", or ""
	Role   string    // the hat worn now, a key: "role.student"
	Hats   []Hat     // ways to another hat
	Bell   *Bell     // news, or nil where there is none to have
	Toast  *Toast    // what just happened, or nil
	Alarm  []Running // emergency access that runs
	WS     string    // path of the socket, "" for a page that is not live
	Got    bool      // the page can be asked for again at its address: it answers no form
	Demo   bool
}

func (p Page) frame() Page { return p }

// framed is what layout.html is made of.
type framed struct {
	Page
	Title, Main template.HTML // rendered already
}

// NavItem is one of the places of a role.
type NavItem struct {
	Path, Icon string
	Text       string   // key: "nav.work"
	Also       []string // other pages of this place
	Current    bool
	Count      int // what waits there; 0 is not shown
}

// Hat leads to another role of who is signed in, or to the page about oneself.
type Hat struct {
	Path string
	Icon string
	Name string // of the person in that role, shown where it is another name
	Role string // key of what the link says
}

// Running is emergency access that who is signed in took and that runs.
type Running struct {
	ID   string // of what ends it
	Name string // of the student
	Path string
}

// Bell leads to the notifications.
type Bell struct {
	Path  string
	Count int
}

//go:embed templates
var templates embed.FS

// Views is the engine behind fiber's c.Render. It holds every page in every
// language, parsed, and is safe for concurrent use.
type Views struct {
	catalogue *Catalogue
	files     fs.FS
	layouts   map[string]parsed            // language
	pages     map[string]map[string]parsed // language, page
}

// parsed gives a page, which is parsed when it is first asked for.
type parsed func() (*template.Template, error)

// NewViews parses all templates in one language: what does not parse is an error
// now, not on the day somebody opens the page. Another language is the same text
// with other words, and costs memory when somebody reads it.
func NewViews(c *Catalogue) (*Views, error) {
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	v := &Views{catalogue: c, files: files}
	return v, v.Load()
}

// Load is fiber's: it parses all templates again.
func (v *Views) Load() error {
	names, err := fs.Glob(v.files, "*.html")
	if err != nil {
		return err
	}
	icons, err := iconNames()
	if err != nil {
		return err
	}
	v.layouts, v.pages = map[string]parsed{}, map[string]map[string]parsed{}
	for i, lang := range Languages {
		funcs := v.funcs(lang, icons)
		parts := parsed(sync.OnceValues(func() (*template.Template, error) {
			return newTemplate("parts", funcs).ParseFS(v.files, "parts/*.html")
		}))
		v.pages[lang] = map[string]parsed{}
		for _, name := range names {
			page := parsed(sync.OnceValues(func() (*template.Template, error) { return v.parse(name, funcs, parts) }))
			if name == "layout.html" {
				v.layouts[lang] = page
			} else {
				v.pages[lang][strings.TrimSuffix(name, ".html")] = page
			}
			if i > 0 {
				continue
			}
			if _, err := page(); err != nil {
				return err
			}
		}
	}
	return nil
}

// parse makes one page.
func (v *Views) parse(name string, funcs template.FuncMap, parts parsed) (*template.Template, error) {
	all, err := parts()
	if err != nil {
		return nil, err
	}
	page, err := newTemplate(name, funcs).ParseFS(v.files, name)
	if err == nil {
		err = addParts(page, all)
	}
	if err == nil && name != "layout.html" && (page.Lookup("title") == nil || page.Lookup("main") == nil) {
		err = fmt.Errorf(`templates/%s: define "title" and "main"`, name)
	}
	return page, err
}

// Render writes the page name, or one block of it ("page#block"), with a
// binding that embeds Page. Layouts are not used: there is one.
func (v *Views) Render(out io.Writer, name string, binding any, _ ...string) error {
	b, ok := binding.(interface{ frame() Page })
	if !ok {
		return fmt.Errorf("render %s: %T does not embed app.Page", name, binding)
	}
	frame := b.frame()
	name, block, isBlock := strings.Cut(name, "#")
	find := v.pages[frame.Lang][name]
	if find == nil {
		return fmt.Errorf("render %s: no such page in language %q", name, frame.Lang)
	}
	page, err := find()
	if err != nil {
		return err
	}
	layout, err := v.layouts[frame.Lang]()
	if err != nil {
		return err
	}
	if isBlock {
		return page.ExecuteTemplate(out, block, binding)
	}
	var title, main strings.Builder
	if err := page.ExecuteTemplate(&title, "title", binding); err != nil {
		return err
	}
	if err := page.ExecuteTemplate(&main, "main", binding); err != nil {
		return err
	}
	return layout.Execute(out, framed{frame, template.HTML(title.String()), template.HTML(main.String())})
}

func newTemplate(name string, funcs template.FuncMap) *template.Template {
	return template.New(name).Option("missingkey=error").Funcs(funcs)
}

// addParts gives page the parts it names, and those that they name. Each page
// has its own copies, because escaping changes a template; all parts for every
// page would be a multiple of the memory and of the time to start.
func addParts(page, parts *template.Template) error {
	for todo := page.Templates(); len(todo) > 0; todo = todo[1:] {
		if todo[0].Tree == nil {
			continue
		}
		for _, call := range partCall.FindAllStringSubmatch(todo[0].Tree.Root.String(), -1) {
			name := call[1]
			if page.Lookup(name) != nil {
				continue
			}
			part := parts.Lookup(name)
			if part == nil {
				return fmt.Errorf("templates/%s: there is no part %q", page.Name(), name)
			}
			added, err := page.AddParseTree(name, part.Tree.Copy())
			if err != nil {
				return err
			}
			todo = append(todo, added)
		}
	}
	return nil
}

var partCall = regexp.MustCompile(`\{\{template "([^"]+)"`)

// funcs is what templates can call, in one language.
func (v *Views) funcs(lang string, icons map[string]bool) template.FuncMap {
	c := v.catalogue
	return template.FuncMap{
		"t":         func(key string, args ...any) string { return c.Say(lang, key, args...) },
		"tin":       c.Say, // in a named language: {{tin "en" "language.name"}}
		"others":    func() []string { return c.Others(lang) },
		"day":       func(when any) string { return c.Day(lang, when) },
		"date":      func(when any) string { return c.Date(lang, when) },
		"shortdate": func(when any) string { return c.ShortDate(lang, when) },
		"month":     func(when any) string { return c.Month(lang, when) },
		"clock":     func(when time.Time) string { return c.Clock(when) },
		"number":    func(n int) string { return c.Number(lang, n) },
		"size":      func(n int64) string { return c.Size(lang, n) },
		"static":    static.Path,
		"icon": func(name string) (template.HTML, error) {
			if !icons[name] {
				return "", fmt.Errorf("no icon %q in static/img/icons.svg", name)
			}
			return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` + static.Path("img/icons.svg") + "#" + name + `"></use></svg>`), nil
		},
		"badgeicon": func(preset any) string { return presetIcon[Preset(fmt.Sprint(preset))] },

		"audience": fill[AudienceChoice],
		"bubble":   fill[Bubble],
		"choice":   fill[Choice],
		"empty":    fill[Empty],
		"field":    fill[Field],
		"label":    fill[Label],
		"level":    fill[Level],
		"moment":   fill[Moment],
		"note":     fill[Note],
		"progress": fill[Progress],
		"tile":     fill[Tile],
		"upload":   fill[Upload],
	}
}

// fill makes a T from pairs of field name and value.
func fill[T any](pairs ...any) (T, error) {
	var part T
	v := reflect.ValueOf(&part).Elem()
	if len(pairs)%2 != 0 {
		return part, fmt.Errorf("%T: a name without a value", part)
	}
	for i := 0; i < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		field, value := v.FieldByName(name), reflect.ValueOf(pairs[i+1])
		switch {
		case !field.IsValid():
			return part, fmt.Errorf("%T has no field %q", part, name)
		case !value.IsValid(): // nil
		case value.Type().AssignableTo(field.Type()):
			field.Set(value)
		case value.Kind() == reflect.String && field.Kind() == reflect.String:
			field.SetString(value.String())
		case value.CanInt() && field.CanInt():
			field.SetInt(value.Int())
		default:
			return part, fmt.Errorf("%T.%s is a %s, not a %s", part, name, field.Type(), value.Type())
		}
	}
	return part, nil
}

// iconNames are the ids of the symbols in the sprite.
func iconNames() (map[string]bool, error) {
	f, err := static.FS.Open(path.Join("img", "icons.svg"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var sprite struct {
		Symbols []struct {
			ID string `xml:"id,attr"`
		} `xml:"defs>symbol"`
	}
	if err := xml.NewDecoder(f).Decode(&sprite); err != nil {
		return nil, fmt.Errorf("icons.svg: %w", err)
	}
	names := map[string]bool{}
	for _, s := range sprite.Symbols {
		names[s.ID] = true
	}
	return names, nil
}
