package export

import (
	"embed"
	"html/template"
	"strings"
	plain "text/template"

	"kaft/portfolio"
)

//go:embed text/*
var matter embed.FS

// readingMatter is what a person finds at the top of a bundle: the same page
// as text and as a web page, in the family's language.
func readingMatter(lang string, d *documentWriter) ([]struct{ name, text string }, error) {
	if lang != "en" {
		lang = "nl"
	}
	data := struct {
		Head    Head
		Student string
		School  string
		Date    string
		Private int // works that nobody but the student sees
		Omitted map[string]int

		Messages int
	}{Head: d.head, Student: d.v.Student.Name.Full(), School: d.v.School.Name, Date: portfolio.DateOf(d.at).String(), Private: d.private, Omitted: map[string]int{}}
	if s := d.streamOf(portfolio.CategoryChat); s != nil {
		data.Messages = *s.Records
	}
	for _, o := range d.head.Omitted {
		if o.Reason == portfolio.ReasonSelection {
			o.Category = o.Reason
		}
		data.Omitted[o.Category] += o.Count
	}
	var out []struct{ name, text string }
	var b strings.Builder
	if err := plainTexts.ExecuteTemplate(&b, "LEESMIJ."+lang+".txt", data); err != nil {
		return nil, err
	}
	out = append(out, struct{ name, text string }{"LEESMIJ.txt", b.String()})
	b.Reset()
	if err := pages.ExecuteTemplate(&b, "OPEN-MIJ."+lang+".html", data); err != nil {
		return nil, err
	}
	return append(out, struct{ name, text string }{"OPEN-MIJ.html", b.String()}), nil
}

var (
	plainTexts = plain.Must(plain.ParseFS(matter, "text/*.txt"))
	pages      = template.Must(template.ParseFS(matter, "text/OPEN-MIJ.*.html"))
)
