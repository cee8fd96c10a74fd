package portfolio

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// good is the shortest line that is a case.
const good = `{"id":"a","at":"2026-03-10T12:00:00+01:00","viewer":"anna","item":{"kind":"work"}}`

func TestReadCasesNamesTheLineAndWhatIsWrong(t *testing.T) {
	with := func(more string) string { return strings.TrimSuffix(good, "}") + "," + more + "}" }
	for _, tt := range []struct {
		name, line, want string
	}{
		{"no object", `[1]`, "a value of the wrong type (array): a case is an object"},
		{"null", `null`, "id is missing"},
		{"text", `hello`, "invalid character 'h' looking for beginning of value"},
		{"cut short", `{"id":"a"`, "the line ends too early"},
		{"two objects", good + good, "more than one object on the line"},
		{"object and rubbish", good + `}`, "more than one object on the line"},
		{"no id", strings.Replace(good, `"id":"a",`, "", 1), "id is missing"},
		{"empty id", strings.Replace(good, `"a"`, `""`, 1), "id is missing"},
		{"number as id", strings.Replace(good, `"a"`, `7`, 1), "id: a value of the wrong type (number)"},
		{"no viewer", strings.Replace(good, `"viewer":"anna",`, "", 1), "viewer is missing"},
		{"no item", strings.Replace(good, `,"item":{"kind":"work"}`, "", 1), "item is missing"},
		{"null item", strings.Replace(good, `{"kind":"work"}`, "null", 1), "item is missing"},
		{"no instant", strings.Replace(good, `"at":"2026-03-10T12:00:00+01:00",`, "", 1), "at is missing"},
		{"instant without zone", strings.Replace(good, "+01:00", "", 1), `at: "2026-03-10T12:00:00" is no instant with a zone (RFC 3339)`},
		{"date as instant", strings.Replace(good, "T12:00:00+01:00", "", 1), `at: "2026-03-10" is no instant with a zone (RFC 3339)`},
		{"instant that is none", strings.Replace(good, "03-10T", "02-30T", 1), `at: "2026-02-30T12:00:00+01:00" is no instant with a zone (RFC 3339)`},
		{"unknown key", with(`"viewr":"bob"`), `unknown field "viewr"`},
		{"unknown key deep down", with(`"custody":[{"holder":"anna","verifed":"2024-01-01"}]`), `unknown field "verifed"`},
		{"key in other letters", with(`"student":{"Birth":"2015-01-01"}`), `unknown field "Birth"`},
		{"key with a look-alike letter", with(`"\u017ftudent":{}`), `unknown field "ſtudent"`},
		{"key twice", with(`"viewer":"bob"`), "viewer is there twice"},
		{"key twice deep down", with(`"orders":[{"person":"a","kind":"inform"},{"kind":"inform","kind":"inform"}]`), "orders[1].kind is there twice"},
		{"person twice", with(`"people":{"b":{},"b":{"blocked":true}}`), `people["b"] is there twice`},
		{"no kind of item", strings.Replace(good, `"work"`, `""`, 1), `item.kind: "" is none of work, assessment, record, care, note, message, contact`},
		{"unknown kind of item", strings.Replace(good, `"work"`, `"werk"`, 1), `item.kind: "werk" is none of work, assessment, record, care, note, message, contact`},
		{"unknown audience", strings.Replace(good, `"work"`, `"work","audience":["class","world"]`, 1), `item.audience[1]: "world" is none of guardians, staff, class, class_guardians, school`},
		{"unknown kind of person", with(`"people":{"a":{"kind":"student"},"b":{"kind":"robot"}}`), `people["b"].kind: "robot" is none of student, guardian, staff, other, link`},
		{"unknown relation", with(`"relations":[{"person":"a","kind":"uncle"}]`), `relations[0].kind: "uncle" is none of legal_parent, carer, supervisor, curator, officer`},
		{"no relation", with(`"relations":[{"person":"a"}]`), `relations[0].kind: "" is none of legal_parent, carer, supervisor, curator, officer`},
		{"unknown duty", with(`"duties":[{"person":"a","kind":"janitor"}]`), `duties[0].kind: "janitor" is none of teacher, mentor, care, management, emergency`},
		{"unknown order", with(`"orders":[{"person":"a","kind":"no-information"}]`), `orders[0].kind: "no-information" is none of no_information, no_contact, inform, secret_address`},
		{"unknown kind refused", with(`"refusals":[{"person":"a","kinds":["work","files"]}]`), `refusals[0].kinds[1]: "files" is none of work, assessment, record, care, note, message, contact`},
		{"unknown kind shared", with(`"shares":[{"to":"a","items":["*"],"kinds":["files"]}]`), `shares[0].kinds[0]: "files" is none of work, assessment, record, care, note, message, contact`},
		{"date that is none", with(`"student":{"left":"2026-02-29"}`), `"2026-02-29" is no date`},
		{"birth that is none", with(`"student":{"birth":"2010-13"}`), `"2010-13" is no date`},
		{"date as a number", with(`"student":{"left":20260710}`), "student.left: a value of the wrong type (number)"},
		{"text as a truth", with(`"student":{"deceased":"no"}`), "student.deceased: a value of the wrong type (string)"},
		{"list as a person", with(`"people":[]`), "people: a value of the wrong type (array)"},
		{"unknown outcome", with(`"want":{"outcome":"YES"}`), `"YES" is no outcome`},
		{"no outcome", with(`"want":{"open":true}`), "want.outcome is missing"},
		{"unknown redaction", with(`"want":{"outcome":"NO","redact":["name"]}`), `"name" is nothing to redact`},
		{"redaction that is no list", with(`"want":{"outcome":"NO","redact":"contact"}`), "want.redact: a value of the wrong type (string)"},
		{"not UTF-8", with(`"no":["` + "\xff" + `"]`), "not UTF-8"},
		{"half a character", with(`"no":["x","\ud800"]`), "no[1] holds text that is no Unicode"},
		{"half a character in a name", with(`"people":{"\ud800":{}}`), `people["` + "\ufffd" + `"] is no Unicode`},
		{"a person's name over two lines", with(`"people":{"a\nb":{"kind":"robot"}}`), `people["a\nb"].kind: "robot" is none of student, guardian, staff, other, link`},
		{"nested too deep", strings.Repeat("[", 100_000), "exceeded max depth"},
		{"too long", `{"id":"` + strings.Repeat("x", maxLine) + `"}`, "longer than 1048576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "# a comment\n\n" + good + "\n" + tt.line + "\n" + good
			var cases []Case
			var errs []error
			for c, err := range ReadCases(strings.NewReader(text)) {
				if err != nil {
					errs = append(errs, err)
					continue
				}
				cases = append(cases, c)
			}
			if len(cases) != 2 || cases[0].ID != "a" || cases[1].ID != "a" {
				t.Errorf("got %d cases, want the two good ones around the bad line", len(cases))
			}
			if len(errs) != 1 {
				t.Fatalf("got errors %v, want one", errs)
			}
			var line *LineError
			if !errors.As(errs[0], &line) || line.Line != 4 || !strings.HasPrefix(errs[0].Error(), "line 4: ") {
				t.Errorf("got %v, want line 4 named", errs[0])
			}
			if got := line.Err.Error(); got != tt.want && !(tt.name == "nested too deep" && strings.Contains(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestReadCasesTakesWhatAnEditorLeaves(t *testing.T) {
	text := "\ufeff" + good + "\r\n\r\n  # indented\r\n\t" + good + "  \n \n" + good // no end of line
	n := 0
	for _, err := range ReadCases(strings.NewReader(text)) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("got %d cases, want 3", n)
	}
}

func TestReadCasesTakesALineOfExactlyTheLimit(t *testing.T) {
	pad := func(size int) string { return strings.Repeat(" ", size-len(good)) + good }
	text := pad(maxLine) + "\n" + pad(maxLine+1) + "\n" + pad(maxLine)
	var got []string
	for c, err := range ReadCases(iotest.HalfReader(strings.NewReader(text))) {
		if err != nil {
			got = append(got, err.Error())
		} else {
			got = append(got, c.ID)
		}
	}
	if want := []string{"a", "line 2: longer than 1048576 bytes", "a"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadCasesReadsEveryField(t *testing.T) {
	line := `{"id":"all","at":"2026-06-30T23:59:59+02:00","viewer":"anna",
	"student":{"id":"s1","birth":"2010-07","deceased":true,"left":"2026-07-01","retention_end":"2027-01-01"},
	"people":{"anna":{"kind":"guardian","blocked":true,"school":true}},
	"custody":[{"holder":"anna","from":"2010-07-01","until":null,"verified":"2024-08-20"}],
	"relations":[{"person":"anna","kind":"officer","institution":"org","from":"2010-07-01","until":"2028-01-01"}],
	"duties":[{"person":"t1","kind":"teacher","from":"2025-08-01"}],
	"classmates":["s2"],"classmate_custody":["bob"],
	"orders":[{"person":"anna","kind":"no_contact","from":"2026-01-01","until":"2027-01-01","cleared":true}],
	"refusals":[{"person":"anna","kinds":["assessment"],"items":["i1"],"from":"2026-01-01","review":"2026-06-01","until":null}],
	"shares":[{"id":"sh1","by":"s1","to":"bob","items":["*"],"kinds":["work"],"from":"2026-01-01","until":"2026-02-01"}],
	"yes":["class_guardians"],"no":["sh1"],"objects":["gran"],
	"item":{"id":"i1","kind":"work","author":"s1","draft":true,"deleted":true,"restricted":true,"audience":["guardians"],"depicted":[{"student":"s3","consent":true}],"participants":["bob"]},
	"want":{"outcome":"ON_ASK","open":true,"hold":true,"redact":["location"],"rule":"6.3"}}`
	redact := RedactLocation
	want := Case{
		ID: "all", At: time.Date(2026, 6, 30, 21, 59, 59, 0, time.UTC), Viewer: "anna",
		Facts: Facts{
			Student:          Student{"s1", Birth{20100701, 20100731}, true, 20260701, 20270101},
			People:           map[string]Party{"anna": {KindGuardian, true, true}},
			Custody:          []Custody{{"anna", 20100701, 0, 20240820}},
			Relations:        []Relation{{"anna", RelationOfficer, "org", 20100701, 20280101}},
			Duties:           []Duty{{"t1", DutyTeacher, 20250801, 0}},
			Classmates:       []string{"s2"},
			ClassmateCustody: []string{"bob"},
			Orders:           []Order{{"anna", OrderNoContact, 20260101, 20270101, true}},
			Refusals:         []Refusal{{"anna", []string{ItemAssessment}, []string{"i1"}, 20260101, 20260601, 0}},
			Shares:           []Share{{"sh1", "s1", "bob", []string{All}, []string{ItemWork}, 20260101, 20260201}},
			Yes:              []string{ToClassGuardians},
			No:               []string{"sh1"},
			Objects:          []string{"gran"},
		},
		Item: Item{"i1", ItemWork, "s1", true, true, true, []string{ToGuardians}, []Depicted{{"s3", true}}, []string{"bob"}},
		Want: &Want{ON_ASK, true, true, &redact, "6.3"},
	}
	first := readOne(t, strings.ReplaceAll(line, "\n", ""))
	written, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]Case{"read": first, "written and read again": readOne(t, string(written))} {
		got.At = got.At.UTC()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
	}
}

func readOne(t *testing.T, line string) (c Case) {
	t.Helper()
	n := 0
	for got, err := range ReadCases(strings.NewReader(line)) {
		if err != nil {
			t.Fatal(err)
		}
		c = got
		n++
	}
	if n != 1 {
		t.Fatalf("got %d cases, want 1", n)
	}
	return c
}

func TestReadCasesStopsWhereTheReaderFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	var got []error
	for _, err := range ReadCases(io.MultiReader(strings.NewReader(good+"\n"+good), iotest.ErrReader(broken))) {
		got = append(got, err)
	}
	if len(got) != 2 || got[0] != nil || got[1] != broken {
		t.Errorf("got %v, want one case and then the reader's error", got)
	}
}

func TestReadCasesStopsWhenTheCallerDoes(t *testing.T) {
	for _, text := range []string{good + "\n" + good, "bad\nbad"} {
		n := 0
		for range ReadCases(strings.NewReader(text)) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("got %d, want 1", n)
		}
	}
}

func TestInspectCasesWritesOneDecisionALine(t *testing.T) {
	in := `# two questions about a child of 11, and a mistake between them
{"id":"who & <what>","at":"2026-03-10T12:00:00Z","viewer":"anna","student":{"id":"s1","birth":"2015-01-01"},"custody":[{"holder":"anna","verified":"2024-08-20"}],"orders":[{"person":"anna","kind":"secret_address"}],"item":{"id":"i1","kind":"record"}}
{"id":"wrong","at":"yesterday","viewer":"anna","item":{"kind":"work"}}

{"id":"nobody","at":"2026-03-10T12:00:00Z","viewer":"carl","item":{"kind":"work"},"want":{"outcome":"INSPECT"}}
`
	var out, errs bytes.Buffer
	bad, err := InspectCases(strings.NewReader(in), &out, &errs)
	if bad != 1 || err != nil {
		t.Errorf("got %d bad lines and %v, want 1 and nil", bad, err)
	}
	wantOut := `{"id":"who & <what>","outcome":"REQUEST","open":false,"hold":false,"redact":["contact","location"],"rule":"6.1","until":"2031-01-01T00:00:00+01:00"}
{"id":"nobody","outcome":"NO","open":false,"hold":false,"redact":[],"rule":"5","until":null}
`
	if out.String() != wantOut {
		t.Errorf("got\n%swant\n%s", out.String(), wantOut)
	}
	if want := "line 3: at: \"yesterday\" is no instant with a zone (RFC 3339)\n"; errs.String() != want {
		t.Errorf("got %q on errw, want %q", errs.String(), want)
	}
}

func TestInspectCasesReportsWhatItCannotReadOrWrite(t *testing.T) {
	broken := errors.New("broken")
	full := writerFunc(func([]byte) (int, error) { return 0, broken })
	for name, run := range map[string]func() (int, error){
		"reader":           func() (int, error) { return InspectCases(iotest.ErrReader(broken), io.Discard, io.Discard) },
		"decision writer":  func() (int, error) { return InspectCases(strings.NewReader(good), full, io.Discard) },
		"bad lines writer": func() (int, error) { return InspectCases(strings.NewReader("bad\nbad"), io.Discard, full) },
	} {
		bad, err := run()
		if !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", name, err, broken)
		}
		if want := map[string]int{"bad lines writer": 1}[name]; bad != want {
			t.Errorf("%s: got %d bad lines, want %d", name, bad, want)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// FuzzReadCases checks on any text that each line is a case, a named mistake or
// skipped, that a case is read the same when written out again, and that the
// rule answers it in keeping with itself.
func FuzzReadCases(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("# comment\n\n" + good + "\r\n{\n" + good))
	whole, err := os.ReadFile("testdata/cases.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for i, line := range bytes.Split(whole, []byte("\n")) {
		if i%25 == 1 {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, last := bytes.Count(text, []byte("\n"))+1, 0
		for c, err := range ReadCases(bytes.NewReader(text)) {
			var bad *LineError
			if errors.As(err, &bad) {
				if bad.Line <= last || bad.Line > lines || strings.ContainsAny(err.Error(), "\n\r") {
					t.Errorf("after line %d of %d: %q", last, lines, err)
				}
				last = bad.Line
				continue
			}
			if err != nil {
				t.Fatal(err) // a reader of bytes does not fail
			}
			written, err := json.Marshal(c)
			if err != nil {
				t.Fatalf("cannot write %+v: %v", c, err)
			}
			again := readOne(t, string(written))
			if !again.At.Equal(c.At) {
				t.Errorf("at was %v and became %v", c.At, again.At)
			}
			d := c.Inspect()
			if got := again.Inspect(); got != d {
				t.Errorf("%s\ngot %+v, and written out again %+v", text, d, got)
			}
			checkDecision(t, d, c.At)
		}
	})
}

// checkDecision checks what is true of every decision.
func checkDecision(t interface{ Errorf(string, ...any) }, d Decision, at time.Time) {
	if d.Open != d.Outcome.opens() && d.Outcome != REQUEST {
		t.Errorf("%v is open=%v", d.Outcome, d.Open)
	}
	if d.Rule == "" {
		t.Errorf("no rule settled %+v", d)
	}
	if !d.Until.IsZero() && (!d.Until.After(at) || DateOf(d.Until).Start() != d.Until) {
		t.Errorf("at %v until %v: not the start of a later day", at, d.Until)
	}
}
