package app

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"kaft/portfolio"
)

// exportLog sends what the FG picked as a file for a spreadsheet: POST
// /logboek/bestand. It is a POST because it leaves lines in the log.
func (v *visit) exportLog() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	for _, name := range []string{"van", "tot"} {
		if _, err := portfolio.ParseDate(form.Get(name)); err != nil {
			return err
		}
	}
	lines, err := v.lib.ExportLog(v.ctx(), v.actor, v.logPick(&Filled{Values: form}))
	if err != nil {
		return err
	}
	name := "kaft-log-" + portfolio.DateOf(v.lib.Now()).String() + ".csv"
	v.Set("Content-Type", "text/csv; charset=utf-8")
	v.Set("Content-Disposition", disposition("attachment", name))
	v.Set("Content-Security-Policy", filePolicy)
	v.Set("X-Content-Type-Options", "nosniff")
	v.Set("Cross-Origin-Resource-Policy", "same-origin")
	v.Set("Cache-Control", "private, no-store")
	v.Set("Vary", "Cookie")
	return v.SendStream(logFile(v.logWords(), lines))
}

// logColumns are the names of the columns. They are the same in every language,
// so that files of several years can be put together by a program; the texts
// under did and why are in the reader's language.
var logColumns = []string{"time", "person", "role", "student", "did", "why", "act", "kind", "outcome", "rule", "item", "address", "line", "person_id", "student_id", "time_utc"}

// logFile is a CSV file of lines, made while it is read: one that a spreadsheet
// with Dutch settings opens by a double click. The mark at its beginning says
// that it is UTF-8; the cells are parted by the ';' of a country where the comma
// is in numbers. A line "sep=;" would say so too, and makes Excel forget the
// mark. The time is that of Amsterdam in a form that it takes for a date; the
// last column has the same instant without a doubt about the clock.
// Closing it ends the lines. When they fail in the middle, so does the reading:
// the answer is then cut off, and not a shorter file.
func logFile(w logWords, lines func(func(*portfolio.Logged, error) bool)) io.ReadCloser {
	r, out := io.Pipe()
	go func() { out.CloseWithError(writeLog(out, w, lines)) }()
	return r
}

func writeLog(out io.Writer, w logWords, lines func(func(*portfolio.Logged, error) bool)) error {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return err
	}
	file := csv.NewWriter(out)
	file.Comma, file.UseCRLF = ';', true
	if err := file.Write(logColumns); err != nil {
		return err
	}
	for n, err := range lines {
		if err != nil {
			return err
		}
		row := []string{n.At.In(portfolio.Amsterdam).Format(time.DateTime), w.name(n.ActorName), w.role(n), w.name(n.StudentName), w.did(n, 1), w.why(n),
			n.Act, n.Kind, n.Outcome, n.Rule, n.Item, n.Address, strconv.FormatInt(n.Seq, 10), n.Actor, n.Student, n.At.UTC().Format(time.RFC3339)}
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := file.Write(row); err != nil {
			return err
		}
	}
	file.Flush()
	return file.Error()
}

// harmless keeps a spreadsheet from taking a text for a formula: a quote before
// it says that it is text (OWASP, CSV injection).
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
