package export_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aead.dev/minisign"

	"kaft/export"
	"kaft/portfolio"
)

// tool gives the path of somebody else's program; where it is not there the test
// is skipped, but not in CI.
func tool(t testing.TB, name string) string {
	t.Helper()
	at, err := exec.LookPath(name)
	if err != nil {
		absent(t, name)
	}
	return at
}

// absent skips a test for which something is missing, and fails it in CI.
func absent(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what, " is not here, and has to be in CI")
	}
	t.Skip(what, " is not here")
}

// node runs a script of testdata with the npm modules that make tools installs.
func node(t testing.TB, script string, args ...string) string {
	t.Helper()
	program, modules := tool(t, "node"), os.Getenv("NODE_MODULES")
	if _, err := os.Stat(filepath.Join(modules, "@digitalbazaar", "vc")); modules == "" || err != nil {
		absent(t, "NODE_MODULES with @digitalbazaar/vc (make tools)")
	}
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", script))
	ok(t, err)
	ok(t, os.WriteFile(filepath.Join(dir, script), text, 0o600))
	ok(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
	out, err := exec.Command(program, append([]string{filepath.Join(dir, script)}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

// files of others that tests read.
func fixtures(t testing.TB, at string) string {
	t.Helper()
	at = filepath.Join("../../shared/fixtures", at)
	if _, err := os.Stat(at); err != nil {
		absent(t, at)
	}
	at, err := filepath.Abs(at)
	ok(t, err)
	return at
}

// assessed is a school where a work with files was assessed, in all ways.
func assessed(t testing.TB) *school {
	t.Helper()
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Vulkaan", Text: "Een vulkaan & zo <é>.", Audience: []string{"staff"}, Uploads: []string{s.upload("vulkaan.txt", []byte("lava")), s.upload("foto.jpg", []byte("\xff\xd8\xff\xe0 foto"))}})
	s.assess(w.ID, portfolio.NewAssessment{Goal: "natuur", Level: 3, Remark: "Goed, \"echt\" waar."})
	s.assess(w.ID, portfolio.NewAssessment{Level: 1})
	s.assess(w.ID, portfolio.NewAssessment{Remark: "Alleen woorden.\nOp twee regels."})
	return s
}

// unpacked writes a bundle's files to a folder.
func unpacked(t testing.TB, raw []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range entries(t, raw) {
		at := filepath.Join(dir, filepath.FromSlash(name))
		ok(t, os.MkdirAll(filepath.Dir(at), 0o700))
		ok(t, os.WriteFile(at, b, 0o600))
	}
	return dir
}

// credentials are the paths of those of an unpacked bundle.
func credentials(t testing.TB, dir string, want int) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "data", "credentials", "*.json"))
	ok(t, err)
	if len(files) != want {
		t.Fatalf("%d credentials, want %d", len(files), want)
	}
	return files
}

func TestMinisignFindsABundleSignedAndAChangedOneNot(t *testing.T) {
	program := tool(t, "minisign")
	s := assessed(t)
	dir := unpacked(t, s.bundle(s.student, s.student.Person))
	raw, err := os.ReadFile(filepath.Join(dir, "signing-keys.json"))
	ok(t, err)
	var keys struct {
		Schools []struct {
			Name string
			Keys []struct{ Use, Minisign, Fingerprint string }
		}
	}
	ok(t, json.Unmarshal(raw, &keys))
	k := keys.Schools[0].Keys[0]
	if keys.Schools[0].Name != "De Linde" || k.Use != "bundle" || len(k.Fingerprint) != 32 {
		t.Fatalf("the keys are %s", raw)
	}
	key := strings.TrimSpace(k.Minisign)
	key = key[strings.LastIndex(key, "\n")+1:]
	verify := func() (string, error) {
		cmd := exec.Command(program, "-V", "-P", key, "-m", "tagmanifest-sha256.txt")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := verify(); err != nil || !strings.Contains(out, "file:tagmanifest-sha256.txt") {
		t.Fatalf("%v: %s", err, out)
	}
	at := filepath.Join(dir, "tagmanifest-sha256.txt")
	text, err := os.ReadFile(at)
	ok(t, err)
	ok(t, os.WriteFile(at, append(text, '\n'), 0o600))
	if out, err := verify(); err == nil {
		t.Errorf("changed, it is still good: %s", out)
	}
}

func TestDigitalBazaarVerifiesOurCredentialsAndNotChangedOnes(t *testing.T) {
	s := assessed(t)
	dir := unpacked(t, s.bundle(s.student, s.student.Person))
	files := credentials(t, dir, 3)
	good := node(t, "verify.mjs", append([]string{fixtures(t, "open-badges/contexts")}, files...)...)
	if n := strings.Count(good, " verified\n"); n != 3 {
		t.Errorf("%d of 3 verified:\n%s", n, good)
	}
	raw, err := os.ReadFile(files[0])
	ok(t, err)
	changed := bytes.Replace(raw, []byte(`"Beoordeling`), []byte(`"Beloning`), 1)
	ok(t, os.WriteFile(files[0], changed, 0o600))
	if bad := node(t, "verify.mjs", fixtures(t, "open-badges/contexts"), files[0]); bytes.Equal(raw, changed) || strings.Contains(bad, " verified\n") {
		t.Errorf("changed, it is still good: %s", bad)
	}
}

func TestOurCredentialsAreAs1EdTechsSchemaSays(t *testing.T) {
	s := assessed(t)
	files := credentials(t, unpacked(t, s.bundle(s.student, s.student.Person)), 3)
	schema := fixtures(t, "open-badges/schema/ob_v3p0_achievementcredential.json")
	if out := node(t, "schema.mjs", append([]string{schema}, files...)...); strings.Count(out, " valid\n") != 3 {
		t.Errorf("not valid:\n%s", out)
	}
	control := filepath.Join(t.TempDir(), "control.json")
	ok(t, os.WriteFile(control, []byte(`{"id":"x","type":["VerifiableCredential"]}`), 0o600))
	if out := node(t, "schema.mjs", schema, control); strings.Contains(out, " valid\n") {
		t.Error("the control is valid too")
	}
}

func TestACredentialIsTheSameBytesEachTime(t *testing.T) {
	s := assessed(t)
	first, second := entries(t, s.bundle(s.student, s.student.Person)), entries(t, s.bundle(s.student, s.student.Person))
	n := 0
	for name, b := range first {
		if strings.HasPrefix(name, "data/credentials/") {
			n++
			if !bytes.Equal(b, second[name]) {
				t.Errorf("%s differs:\n%s\n%s", name, b, second[name])
			}
		}
	}
	if n != 3 {
		t.Errorf("%d credentials", n)
	}
}

// relatedOf are what the only credential of a bundle is bound to.
func relatedOf(t testing.TB, raw []byte) (related []string, evidence string) {
	t.Helper()
	var c struct {
		RelatedResource []struct{ ID, DigestSRI string }
		Evidence        []struct{ Narrative string }
	}
	for name, b := range entries(t, raw) {
		if strings.HasPrefix(name, "data/credentials/") {
			ok(t, json.Unmarshal(b, &c))
		}
	}
	for _, r := range c.RelatedResource {
		related = append(related, r.DigestSRI)
	}
	slices.Sort(related)
	return related, c.Evidence[0].Narrative
}

func sriOf(text string) string {
	raw := make([]byte, 32)
	if _, err := fmt.Sscanf(sum(text), "%x", &raw); err != nil {
		panic(err)
	}
	return "sha256-" + base64.StdEncoding.EncodeToString(raw)
}

// What was assessed is what the credential is of: a change of the work
// afterwards changes nothing of it, and one in the middle leaves open what it is
// of.
func TestACredentialIsOfTheWorkAsItWasAssessed(t *testing.T) {
	ctx := context.Background()
	set := func(texts ...string) (out []string) {
		for _, x := range texts {
			out = append(out, sriOf(x))
		}
		slices.Sort(out)
		return out
	}
	change := func(s *school, w *portfolio.Work, text string, keep ...string) *portfolio.Work {
		w, err := s.lib.ChangeWork(ctx, s.student, w.ID, w.Rev, portfolio.NewWork{Title: w.Title, Text: text, Audience: w.Audience}, keep)
		ok(t, err)
		return w
	}
	begin := func() (*school, *portfolio.Work) {
		s := full(t, "2009-03-17")
		return s, s.work(portfolio.NewWork{Title: "Vulkaan", Text: "een", Audience: []string{"staff"}, Uploads: []string{s.upload("a.txt", []byte("lava"))}})
	}

	s, w := begin()
	w = change(s, w, "twee", w.Files[0].FileID())
	s.assess(w.ID, portfolio.NewAssessment{Level: 2})
	before := s.bundle(s.student, s.student.Person)
	if got, why := relatedOf(t, before); !slices.Equal(got, set("twee", "lava")) || why != "" {
		t.Errorf("assessed is %v %q", got, why)
	}
	change(s, w, "drie")
	after := s.bundle(s.student, s.student.Person)
	if got, why := relatedOf(t, after); !slices.Equal(got, set("twee", "lava")) || why != "" {
		t.Errorf("changed since, assessed is %v %q", got, why)
	}
	beuk := empty(t, "De Beuk")
	imp := beuk.take(after, "")
	if imp.Report.Assessments.New != 1 || imp.Report.Assessments.Altered != 0 {
		t.Errorf("of a work that changed since: %+v", imp.Report.Assessments)
	}
	if a := beuk.only(t, imp.Student); a.Proof == nil || !a.Proof.Changed {
		t.Errorf("it does not say that the work changed: %+v", a.Proof)
	}

	s, w = begin()
	a, err := s.lib.Assess(ctx, s.teacher, w.ID, portfolio.NewAssessment{Level: 2})
	ok(t, err)
	change(s, w, "twee", w.Files[0].FileID())
	_, err = s.lib.PublishAssessment(ctx, s.teacher, a.ID, a.Rev)
	ok(t, err)
	if got, why := relatedOf(t, s.bundle(s.student, s.student.Person)); len(got) != 0 || !strings.Contains(why, "veranderde terwijl") {
		t.Errorf("changed meanwhile, assessed is %v %q", got, why)
	}
}

// only is the one assessment of a student, as the student reads it.
func (s *school) only(t testing.TB, student string) *portfolio.Assessed {
	t.Helper()
	all, err := s.lib.Assessments(context.Background(), s.as(student, portfolio.HatStudent), student, "")
	ok(t, err)
	if len(all) != 1 {
		t.Fatalf("%d assessments", len(all))
	}
	return all[0]
}

// keysIn are the keys that a bundle says are its school's.
func keysIn(t testing.TB, raw []byte) portfolio.SchoolKeys {
	t.Helper()
	schools, err := export.ReadKeys(entries(t, raw)["signing-keys.json"])
	ok(t, err)
	return schools[0]
}

func fingerprintsOf(k portfolio.SchoolKeys) (out []string) {
	for _, x := range k.Keys {
		out = append(out, x.Fingerprint())
	}
	return out
}

// senderOf verifies a bundle and says who signed it, as a school knows.
func (s *school) senderOf(raw []byte) (signer, name string, err error) {
	s.t.Helper()
	ctx := context.Background()
	b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return "", "", err
	}
	v, err := b.Verify(ctx, quiet)
	if err != nil {
		return "", "", err
	}
	trust, err := s.lib.Trust(ctx, s.admin.School)
	ok(s.t, err)
	signer, name = trust.Sender(v.From.Signature)
	return signer, name, nil
}

func TestASchoolThatIsMadeKnownIsKnownUntilItIsWithdrawn(t *testing.T) {
	ctx := context.Background()
	linde, beuk := assessed(t), empty(t, "De Beuk")
	raw := linde.bundle(linde.student, linde.student.Person)
	is := func(want, wantName string) {
		t.Helper()
		signer, name, err := beuk.senderOf(raw)
		ok(t, err)
		if signer != want || name != wantName {
			t.Errorf("signed by %s %q, want %s %q", signer, name, want, wantName)
		}
	}
	is(portfolio.SignerUnknown, "")
	if signer, name, err := linde.senderOf(raw); err != nil || signer != portfolio.SignerKnown || name != "De Linde" {
		t.Errorf("at home it is signed by %s %q (%v)", signer, name, err)
	}
	keys := keysIn(t, raw)
	for _, who := range []portfolio.Actor{beuk.as(beuk.admin.Person, portfolio.HatStaff), {School: beuk.admin.School, Person: "x", Hat: portfolio.HatAdmin}} {
		if _, err := beuk.lib.Know(ctx, who, keys, fingerprintsOf(keys)); err == nil {
			t.Errorf("%+v makes a school known", who)
		}
	}
	_, err := beuk.lib.Know(ctx, beuk.admin, keys, []string{"0000"})
	refused(t, err, portfolio.Invalid, "error.keys_none")
	is(portfolio.SignerUnknown, "")

	// Only what was compared counts: here not the key of bundles.
	_, err = beuk.lib.Know(ctx, beuk.admin, keys, fingerprintsOf(keys)[1:])
	ok(t, err)
	is(portfolio.SignerUnknown, "")
	k, err := beuk.lib.Know(ctx, beuk.admin, keys, fingerprintsOf(keys))
	ok(t, err)
	is(portfolio.SignerKnown, "De Linde")
	_, err = beuk.lib.Know(ctx, beuk.admin, keys, fingerprintsOf(keys))
	refused(t, err, portfolio.Exists, "error.keys_known")

	// A new key at De Linde is not known; what the old one signed is.
	ok(t, linde.lib.RenewKey(ctx, linde.admin, portfolio.KeyBundles))
	old := raw
	raw = linde.bundle(linde.student, linde.student.Person)
	is(portfolio.SignerUnknown, "")
	raw = old
	is(portfolio.SignerKnown, "De Linde")
	ok(t, beuk.lib.Unknow(ctx, beuk.admin, k.ID))
	is(portfolio.SignerUnknown, "")
	all, err := beuk.lib.KnownSchools(ctx, beuk.admin)
	ok(t, err)
	if len(all) != 2 || all[0].Withdrawn.IsZero() || all[0].ByName == "" || all[0].WithdrawnName == "" {
		t.Errorf("the list is %+v", all)
	}
}

// What a bundle of an unknown school, or one that is not signed, brings, comes in
// only when somebody stands for it, and that stays to be seen.
func TestWhoTakesInWhatNobodyKnownSignedStandsForIt(t *testing.T) {
	ctx := context.Background()
	linde, beuk := assessed(t), empty(t, "De Beuk")
	signed := linde.bundle(linde.student, linde.student.Person)
	in := func(raw []byte, accept bool) (*portfolio.Import, error) {
		b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
		ok(t, err)
		v, err := b.Verify(ctx, quiet)
		ok(t, err)
		return v.Import(ctx, beuk.lib, beuk.admin, int64(len(raw)), "", accept, quiet)
	}
	for want, raw := range map[string][]byte{portfolio.SignerUnknown: signed, portfolio.SignerNone: sealed(t, payload(t, signed))} {
		_, err := in(raw, false)
		refused(t, err, portfolio.Invalid, "error.import.accept")
		imp, err := in(raw, true)
		ok(t, err)
		if imp.Accepted == nil || imp.Accepted.By != beuk.admin.Person || imp.Accepted.Signer != want || imp.Accepted.At.IsZero() {
			t.Errorf("%s: accepted %+v", want, imp.Accepted)
		}
		if imp.Report.Proofs != (portfolio.Proofs{Unknown: 3}) {
			t.Errorf("%s: proofs %+v", want, imp.Report.Proofs)
		}
	}
	keys := keysIn(t, signed)
	_, err := beuk.lib.Know(ctx, beuk.admin, keys, fingerprintsOf(keys))
	ok(t, err)
	imp, err := in(signed, false)
	ok(t, err)
	if imp.Accepted != nil || imp.Report.Proofs != (portfolio.Proofs{Known: 3}) {
		t.Errorf("of a known school: %+v, %+v", imp.Accepted, imp.Report.Proofs)
	}
	// A family's own selection is not signed, while each assessment in it proves
	// itself.
	imp, err = in(sealed(t, payload(t, signed)), true)
	ok(t, err)
	all, err := beuk.lib.Assessments(ctx, beuk.as(imp.Student, portfolio.HatStudent), imp.Student, "")
	ok(t, err)
	for _, a := range all {
		if a.Signer != portfolio.SignerKnown || a.SignerName != "De Linde" || a.AuthorName != "juf Fatima" {
			t.Errorf("an assessment is signed by %s %q, %q", a.Signer, a.SignerName, a.AuthorName)
		}
	}
}

// forger signs with a key of its own.
func forger(t testing.TB) (minisign.PrivateKey, ed25519.PublicKey) {
	t.Helper()
	public, private, err := minisign.GenerateKey(nil)
	ok(t, err)
	text, err := public.MarshalText()
	ok(t, err)
	raw, err := base64.StdEncoding.DecodeString(string(text[bytes.IndexByte(text, '\n')+1:]))
	ok(t, err)
	return private, raw[10:]
}

func TestASignatureThatDoesNotHoldStopsEverything(t *testing.T) {
	linde, beuk := assessed(t), empty(t, "De Beuk")
	raw := linde.bundle(linde.student, linde.student.Person)
	all := entries(t, raw)
	other := entries(t, linde.bundle(linde.student, linde.student.Person)) // signs another manifest
	private, _ := forger(t)
	for what, change := range map[string]func(files map[string][]byte){
		"no keys": func(f map[string][]byte) { delete(f, "signing-keys.json") },
		"no signature in it": func(f map[string][]byte) {
			f["tagmanifest-sha256.txt.minisig"] = []byte("untrusted comment: x\n")
		},
		"of another bundle": func(f map[string][]byte) {
			f["tagmanifest-sha256.txt.minisig"] = other["tagmanifest-sha256.txt.minisig"]
		},
		"a forger's, by the school's key": func(f map[string][]byte) {
			f["tagmanifest-sha256.txt.minisig"] = minisign.Sign(private, f["tagmanifest-sha256.txt"])
		},
		"an empty one": func(f map[string][]byte) { f["tagmanifest-sha256.txt.minisig"] = nil },
		"another manifest": func(f map[string][]byte) {
			f["tagmanifest-sha256.txt"] = append(bytes.Clone(f["tagmanifest-sha256.txt"]), '\n')
		},
		"another trusted comment": func(f map[string][]byte) {
			f["tagmanifest-sha256.txt.minisig"] = bytes.Replace(f["tagmanifest-sha256.txt.minisig"], []byte("hashed"), []byte("hushed"), 1)
		},
	} {
		files := maps.Clone(all)
		change(files)
		var members []member
		for _, name := range slices.Sorted(maps.Keys(files)) {
			members = append(members, member{name: "b/" + name, text: files[name]})
		}
		t.Run(what, func(t *testing.T) { beuk.refuses(t, zipOf(t, members...), "error.bundle.signature") })
	}
}

// A credential that is not of this assessment, this student or this work, or
// that does not hold, proves nothing for it: the assessment stays out, and what
// is beside it comes in.
func TestAnAssessmentThatIsNotWhatWasSignedStaysOut(t *testing.T) {
	linde, beuk := full(t, "2009-03-17"), empty(t, "De Beuk")
	w := linde.work(portfolio.NewWork{Title: "Vulkaan", Text: "lava", Audience: []string{"staff"}, Uploads: []string{linde.upload("a.txt", []byte("heet"))}})
	linde.work(portfolio.NewWork{Title: "Zee", Text: "water", Uploads: []string{linde.upload("b.txt", []byte("nat"))}})
	linde.assess(w.ID, portfolio.NewAssessment{Goal: "natuur", Level: 2, Remark: "Ga zo door."})
	good := payload(t, linde.bundle(linde.student, linde.student.Person))
	mine := linde.student
	linde.enrol(portfolio.Birth{Earliest: 20090317, Latest: 20090317})
	x := linde.work(portfolio.NewWork{Title: "Van een ander", Text: "lava", Audience: []string{"staff"}})
	linde.assess(x.ID, portfolio.NewAssessment{Goal: "natuur", Level: 4, Remark: "Uitmuntend."})
	others := payload(t, linde.bundle(linde.student, linde.student.Person))
	linde.student = mine

	path := func(p map[string][]byte) string {
		for name := range p {
			if strings.HasPrefix(name, "data/credentials/") {
				return name
			}
		}
		t.Fatal("no credential")
		return ""
	}
	at := path(good)
	// document changes the assessment in the document, credential the credential.
	document := func(edit func(doc, s map[string]any)) func() []byte {
		return func() []byte {
			return edited(t, good, func(doc map[string]any) { edit(doc, doc["assessments"].([]any)[0].(map[string]any)) })
		}
	}
	credential := func(edit func(string) string) func() []byte {
		return func() []byte {
			p := maps.Clone(good)
			was := string(p[at])
			p[at] = []byte(edit(was))
			if string(p[at]) == was {
				t.Fatal("the change changes nothing")
			}
			return sealed(t, p)
		}
	}
	swap := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	titled := func(doc map[string]any, title string) map[string]any {
		for _, it := range list(doc["items"]) {
			if it["title"] == title {
				return it
			}
		}
		t.Fatal("no work ", title)
		return nil
	}
	for what, make := range map[string]func() []byte{
		"a better level": document(func(_, s map[string]any) {
			s["result"].(map[string]any)["level"], s["result"].(map[string]any)["score"] = "ruim", 4
		}),
		"a better score":            document(func(_, s map[string]any) { s["result"].(map[string]any)["score"] = 4 }),
		"no level":                  document(func(_, s map[string]any) { delete(s, "result") }),
		"another remark":            document(func(_, s map[string]any) { s["feedback"].(map[string]any)["value"] = "Stop." }),
		"no remark":                 document(func(_, s map[string]any) { delete(s, "feedback") }),
		"another goal":              document(func(_, s map[string]any) { s["rubric"].(map[string]any)["title"] = "rekenen" }),
		"no goal":                   document(func(_, s map[string]any) { delete(s, "rubric") }),
		"another day":               document(func(_, s map[string]any) { s["on"], s["publishedAt"] = "2026-10-01", "2026-10-01T10:00:00Z" }),
		"another assessor":          document(func(doc, s map[string]any) { s["assessor"] = doc["student"].(map[string]any)["id"] }),
		"about another work":        document(func(doc, s map[string]any) { s["about"].([]any)[0].(map[string]any)["id"] = titled(doc, "Zee")["id"] }),
		"the work has another text": document(func(doc, _ map[string]any) { titled(doc, "Vulkaan")["text"].(map[string]any)["value"] = "mooier" }),
		"the work has other files": document(func(doc, _ map[string]any) {
			a, b := titled(doc, "Vulkaan"), titled(doc, "Zee")
			a["files"], b["files"] = b["files"], a["files"]
		}),
		"the credential is changed":   credential(swap(`"Ga zo door."`, `"Ga toch door."`)),
		"a name twice":                credential(swap(`"narrative":"Ga zo door."`, `"narrative":"Ga zo door.","narrative":"Ga zo door."`)),
		"the credential of another":   func() []byte { p := maps.Clone(good); p[at] = others[path(others)]; return sealed(t, p) },
		"another issuer's name":       credential(swap(`"De Linde"`, `"De Eik"`)),
		"no JSON":                     credential(func(string) string { return "credential" }),
		"bytes that are no signature": credential(swap(`"proofValue":"z`, `"proofValue":"zzzz`)),
	} {
		t.Run(what, func(t *testing.T) {
			imp := beuk.take(make(), "")
			if got := imp.Report.Assessments; got != (portfolio.Tally{Altered: 1}) || imp.Report.Works.New != 2 {
				t.Errorf("got %+v, works %+v", got, imp.Report.Works)
			}
			all, err := beuk.lib.Assessments(context.Background(), beuk.as(imp.Student, portfolio.HatStudent), imp.Student, "")
			ok(t, err)
			if len(all) > 0 {
				t.Errorf("it is there: %+v", all[0].Assessment)
			}
		})
	}

	// The control: unchanged it comes in, and without a credential too, with
	// nothing to prove it.
	imp := beuk.take(sealed(t, good), "")
	if a := beuk.only(t, imp.Student); a.Signer != portfolio.SignerUnknown || a.Proof.Changed {
		t.Errorf("unchanged: %s %+v", a.Signer, a.Proof)
	}
	bare := maps.Clone(good)
	delete(bare, at)
	imp = beuk.take(sealed(t, bare), "")
	if a := beuk.only(t, imp.Student); a.Signer != portfolio.SignerNone || a.Proof != nil {
		t.Errorf("without a credential: %s %+v", a.Signer, a.Proof)
	}
}

// A work that goes on at the next school takes the assessment of before along.
func TestAnAssessmentStaysProvenWhenItsWorkGoesOnElsewhere(t *testing.T) {
	ctx := context.Background()
	linde, beuk, eik := full(t, "2009-03-17"), empty(t, "De Beuk"), empty(t, "De Eik")
	w := linde.work(portfolio.NewWork{Title: "Vulkaan", Text: "lava", Audience: []string{"staff"}})
	linde.assess(w.ID, portfolio.NewAssessment{Level: 2})
	first := linde.bundle(linde.student, linde.student.Person)
	beuk.clock.Set(start.AddDate(0, 1, 0))
	imp := beuk.take(first, "")
	there := beuk.as(imp.Student, portfolio.HatStudent)
	works, _, err := beuk.lib.Works(ctx, there, imp.Student, "", 10)
	ok(t, err)
	_, err = beuk.lib.ChangeWork(ctx, there, works[0].ID, works[0].Rev, portfolio.NewWork{Title: "Vulkaan", Text: "afgekoeld"}, nil)
	ok(t, err)
	second := beuk.bundle(there, imp.Student)
	imp = eik.take(second, "")
	if a := eik.only(t, imp.Student); a.Proof == nil || !a.Proof.Changed {
		t.Errorf("at the third school: %+v", a.Proof)
	}
	for name, b := range entries(t, first) {
		if strings.HasPrefix(name, "data/credentials/") && !bytes.Equal(b, entries(t, second)[name]) {
			t.Errorf("%s is not what it was", name)
		}
	}
	keys := keysIn(t, first)
	_, err = eik.lib.Know(ctx, eik.admin, keys, fingerprintsOf(keys))
	ok(t, err)
	if a := eik.only(t, imp.Student); a.Signer != portfolio.SignerKnown || a.SignerName != "De Linde" {
		t.Errorf("once the school is known: %s %q", a.Signer, a.SignerName)
	}
}

// One byte that is another anywhere in a bundle, and it is refused, or not signed
// by a known school any more, or the byte is one of the zip's own that says
// nothing (a time, a version): then everything in it is what was signed.
func TestOneByteChangedAnywhereIsFound(t *testing.T) {
	linde := full(t, "2009-03-17")
	w := linde.work(portfolio.NewWork{Title: "Vulkaan", Text: "lava", Audience: []string{"staff"}, Uploads: []string{linde.upload("a.txt", []byte("heet"))}})
	linde.assess(w.ID, portfolio.NewAssessment{Level: 2})
	raw := linde.bundle(linde.student, linde.student.Person)
	want := entries(t, raw)
	delete(want, "tagmanifest-sha256.txt.minisig") // its first line is not signed
	step := 7                                      // all of them take a minute and more
	if os.Getenv("KAFT_EVERY_BYTE") != "" {
		step = 1
	}
	refused, unsigned, harmless := 0, 0, 0
	for i := len(raw) % step; i < len(raw); i += step {
		changed := bytes.Clone(raw)
		changed[i] ^= 1 << (i % 8)
		signer, _, err := linde.senderOf(changed)
		missing, _ := missingIn(changed)
		switch {
		case err != nil || len(missing) > 0: // what is missing is told, and does not come in
			refused++
		case signer != portfolio.SignerKnown:
			unsigned++
		default:
			harmless++
			got := entries(t, changed)
			delete(got, "tagmanifest-sha256.txt.minisig")
			if !maps.EqualFunc(got, want, bytes.Equal) {
				t.Fatalf("byte %d of %d: it holds something else, and is found good", i, len(raw))
			}
		}
	}
	if refused == 0 || harmless == 0 {
		t.Errorf("%d refused, %d not signed, %d harmless", refused, unsigned, harmless)
	}
	t.Logf("%d bytes: %d refused, %d not signed, %d harmless", len(raw), refused, unsigned, harmless)
}
