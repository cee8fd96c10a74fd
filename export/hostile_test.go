package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// What is refused is refused with a sentence, and the school is as it was.
func (s *school) refuses(t *testing.T, raw []byte, want string) {
	t.Helper()
	before := s.everything()
	_, err := export.Import(context.Background(), s.lib, s.admin, bytes.NewReader(raw), int64(len(raw)), "", quiet)
	e, ours := err.(*portfolio.Error)
	if !ours || (e.Kind != portfolio.Invalid && e.Kind != portfolio.TooLarge) {
		t.Fatalf("got %v, want a refusal %s", err, want)
	}
	if e.Msg != want {
		t.Errorf("got %s %v (%v), want %s", e.Msg, e.Args, e.Err, want)
	}
	if got := s.everything(); got != before {
		t.Errorf("%d documents and blobs after the refusal, want %d", got, before)
	}
	if s.done() != nil {
		t.Error("an import is in")
	}
}

func TestHostileZipsOfOthersAreRefused(t *testing.T) {
	root := "../../shared/fixtures/hostile-zip"
	if _, err := os.Stat(root); err != nil {
		t.Skip("the fixtures are not here: ", err)
	}
	want := map[string]string{
		"snyk/zip-slip.zip": "error.bundle.name", "snyk/zip-slip-win.zip": "error.bundle.name",
		"go-testdata/symlink.zip": "error.bundle.special", "go-testdata/dupdir.zip": "error.bundle.duplicate",
		"go-testdata/comment-truncated.zip": "error.bundle.zip",
	}
	files, err := filepath.Glob(root + "/*/*.zip")
	ok(t, err)
	if len(files) < 16 {
		t.Fatalf("%d fixtures", len(files))
	}
	beuk := empty(t, "De Beuk")
	for _, f := range files {
		name := filepath.ToSlash(strings.TrimPrefix(f, root+string(filepath.Separator)))
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(f)
			ok(t, err)
			msg := want[name]
			if msg == "" {
				msg = "error.bundle.no_bag" // a good zip, and no bundle
			}
			beuk.refuses(t, raw, msg)
		})
	}
}

// member is one entry of a zip that is made by hand.
type member struct {
	name string
	text []byte
	set  func(*zip.FileHeader)
}

func zipOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.set != nil {
			m.set(h)
		}
		w, err := z.CreateHeader(h)
		ok(t, err)
		_, err = w.Write(m.text)
		ok(t, err)
	}
	ok(t, z.Close())
	return out.Bytes()
}

func TestZipsThatWouldHurtAreRefusedFromOutside(t *testing.T) {
	bagit := member{name: "b/bagit.txt", text: []byte("x")}
	named := func(names ...string) []byte {
		all := []member{bagit}
		for _, n := range names {
			all = append(all, member{name: n})
		}
		return zipOf(t, all...)
	}
	mode := func(m fs.FileMode) []byte {
		return zipOf(t, bagit, member{name: "b/x", text: []byte("y"), set: func(h *zip.FileHeader) { h.SetMode(m) }})
	}
	// directory gives the zip's directory, to lie in it.
	directory := func(raw []byte) []byte { return raw[bytes.Index(raw, []byte("PK\x01\x02")):] }
	patch := func(raw []byte, at int, v uint32) []byte {
		binary.LittleEndian.PutUint32(directory(raw)[at:], v)
		return raw
	}
	overlapping := func() []byte {
		raw := zipOf(t, member{name: "b/x", text: bytes.Repeat([]byte("x"), 100)}, member{name: "b/y", text: []byte("y")}, bagit)
		d := directory(raw)
		second := d[46+len("b/x"):]
		binary.LittleEndian.PutUint32(second[42:], 0) // the second entry lies where the first does
		return raw
	}
	flags := func(bit uint16) []byte {
		raw := zipOf(t, bagit)
		binary.LittleEndian.PutUint16(directory(raw)[8:], bit)
		return raw
	}
	method := func() []byte {
		raw := zipOf(t, bagit)
		binary.LittleEndian.PutUint16(directory(raw)[10:], 12)
		return raw
	}
	beuk := empty(t, "De Beuk")
	for what, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"no zip":                       {[]byte("PK but no zip"), "error.bundle.zip"},
		"nothing":                      {nil, "error.bundle.zip"},
		"up":                           {named("b/../../etc/passwd"), "error.bundle.name"},
		"absolute":                     {named("/etc/passwd"), "error.bundle.name"},
		"a drive":                      {named("C:evil"), "error.bundle.name"},
		"a drive with a slash":         {named("c:/windows/evil"), "error.bundle.name"},
		"a share":                      {named(`\\server\share`), "error.bundle.name"},
		"a backslash":                  {named(`b\x`), "error.bundle.name"},
		"a reserved name":              {named("b/NUL"), "error.bundle.name"},
		"a reserved name with an end":  {named("b/com1.txt"), "error.bundle.name"},
		"a dot at the end":             {named("b/x."), "error.bundle.name"},
		"a space at the end":           {named("b/x "), "error.bundle.name"},
		"a stream":                     {named("b/x:y"), "error.bundle.name"},
		"a control character":          {named("b/x\x1by"), "error.bundle.name"},
		"a NUL":                        {named("b/x\x00.txt"), "error.bundle.name"},
		"no UTF-8":                     {named("b/\xff\xfe"), "error.bundle.name"},
		"an empty part":                {named("b//x"), "error.bundle.name"},
		"a dot":                        {named("b/./x"), "error.bundle.name"},
		"deep":                         {named("b/" + strings.Repeat("x/", 16) + "y"), "error.bundle.name"},
		"a long part":                  {named("b/" + strings.Repeat("x", 256)), "error.bundle.name"},
		"twice":                        {named("b/x", "b/x"), "error.bundle.duplicate"},
		"twice, in another case":       {named("b/photo.jpg", "b/PHOTO.JPG"), "error.bundle.duplicate"},
		"twice, in another form":       {named("b/caf\u00e9", "b/cafe\u0301"), "error.bundle.duplicate"},
		"twice, folded":                {named("b/stra\u00dfe", "b/STRASSE"), "error.bundle.duplicate"},
		"a file that is a folder":      {named("b/x", "b/x/y"), "error.bundle.duplicate"},
		"a link":                       {mode(fs.ModeSymlink | 0o777), "error.bundle.special"},
		"a device":                     {mode(fs.ModeDevice | 0o600), "error.bundle.special"},
		"a pipe":                       {mode(fs.ModeNamedPipe | 0o600), "error.bundle.special"},
		"encrypted":                    {flags(1), "error.bundle.encrypted"},
		"encrypted directory":          {flags(1 << 13), "error.bundle.encrypted"},
		"another method":               {method(), "error.bundle.method"},
		"entries that share bytes":     {overlapping(), "error.bundle.overlap"},
		"a bomb":                       {zipOf(t, bagit, member{name: "b/x", text: make([]byte, 30<<20)}), "error.bundle.ratio"},
		"a size that lies, too large":  {patch(zipOf(t, bagit), 24, 1<<31), "error.bundle.ratio"},
		"a size that lies, too small":  {patch(zipOf(t, member{name: "b/bagit.txt", text: make([]byte, 1000)}), 24, 5), "error.bundle.damaged"},
		"a directory without end":      {claims(1<<40, 100), "error.bundle.entries"},
		"a directory of a gigabyte":    {claims(10, 1<<30), "error.bundle.entries"},
		"too many entries":             {many(t), "error.bundle.entries"},
		"not in one folder":            {zipOf(t, bagit, member{name: "else.txt"}), "error.bundle.extra_file"},
		"no bag":                       {zipOf(t, member{name: "b/readme.txt"}), "error.bundle.no_bag"},
		"a bag too deep to be ours":    {zipOf(t, member{name: "a/b/c/bagit.txt"}), "error.bundle.no_bag"},
		"a folder with bytes in it":    {zipOf(t, bagit, member{name: "b/d"}, member{name: "b/e/", set: func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink) }}), "error.bundle.special"},
		"a bag that says it is no 1.0": {zipOf(t, member{name: "b/bagit.txt", text: []byte("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")}), "error.bundle.bag"},
	} {
		t.Run(what, func(t *testing.T) { beuk.refuses(t, c.raw, c.want) })
	}
}

// claims is an end of a zip that says it has so many entries in so many bytes.
func claims(records, length uint64) []byte {
	le := binary.LittleEndian
	raw := make([]byte, 56+20+22)
	copy(raw, "PK\x06\x06")
	le.PutUint64(raw[4:], 44)
	le.PutUint64(raw[24:], records)
	le.PutUint64(raw[32:], records)
	le.PutUint64(raw[40:], length)
	copy(raw[56:], "PK\x06\x07")
	le.PutUint32(raw[56+16:], 1)
	copy(raw[76:], "PK\x05\x06")
	for i := 76 + 8; i < 76+20; i++ {
		raw[i] = 0xff
	}
	return raw
}

func many(t *testing.T) []byte {
	all := make([]member, 200_001)
	for i := range all {
		all[i] = member{name: fmt.Sprintf("b/%d", i), set: func(h *zip.FileHeader) { h.Method = zip.Store }}
	}
	return zipOf(t, all...)
}

// sealed makes a bag of files below data/, with right hashes.
func sealed(t testing.TB, payload map[string][]byte, change ...func(tags map[string][]byte)) []byte {
	t.Helper()
	tags := map[string][]byte{"bagit.txt": []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")}
	lines := func(files map[string][]byte) (text []byte) {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			text = fmt.Appendf(text, "%x  %s\n", sha256.Sum256(files[name]), name)
		}
		return text
	}
	tags["manifest-sha256.txt"] = lines(payload)
	tags["tagmanifest-sha256.txt"] = lines(tags)
	for _, f := range change {
		f(tags)
	}
	var all []member
	for _, part := range []map[string][]byte{tags, payload} {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			all = append(all, member{name: "b/" + name, text: part[name]})
		}
	}
	return zipOf(t, all...)
}

// payload is what is below data/ in a bundle.
func payload(t testing.TB, raw []byte) map[string][]byte {
	out := map[string][]byte{}
	for name, b := range entries(t, raw) {
		if strings.HasPrefix(name, "data/") {
			out[name] = b
		}
	}
	return out
}

// rich is a bundle with some of everything.
func rich(t testing.TB) []byte {
	t.Helper()
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Vulkaan", Text: "Een vulkaan.", Subject: "aardrijkskunde", Audience: []string{"staff"}, Uploads: []string{s.upload("vulkaan.txt", []byte("lava"))}})
	s.assess(w.ID, portfolio.NewAssessment{Goal: "natuur", Level: 3, Remark: "Goed."})
	s.work(portfolio.NewWork{Type: portfolio.TypeReflection, Title: "Terug", Text: "Het ging goed.", About: w.ID})
	return s.bundle(s.student, s.student.Person)
}

func TestBagsThatDoNotAddUpAreRefused(t *testing.T) {
	good := payload(t, rich(t))
	beuk := empty(t, "De Beuk")
	replace := func(name, old, new string) func(map[string][]byte) {
		return func(tags map[string][]byte) {
			if !bytes.Contains(tags[name], []byte(old)) {
				t.Fatalf("%s has no %q", name, old)
			}
			tags[name] = bytes.ReplaceAll(tags[name], []byte(old), []byte(new))
			if name == "manifest-sha256.txt" {
				delete(tags, "tagmanifest-sha256.txt")
				var text []byte
				for _, n := range slices.Sorted(maps.Keys(tags)) {
					text = fmt.Appendf(text, "%x  %s\n", sha256.Sum256(tags[n]), n)
				}
				tags["tagmanifest-sha256.txt"] = text
			}
		}
	}
	line := func(name string) string { return fmt.Sprintf("%x  %s\n", sha256.Sum256(good[name]), name) }
	for what, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"a fetch.txt": {func(tags map[string][]byte) { tags["fetch.txt"] = []byte("http://127.0.0.1/ - data/portfolio.json\n") }, "error.bundle.fetch"},
		"no manifest": {func(tags map[string][]byte) { delete(tags, "manifest-sha256.txt") }, "error.bundle.no_manifest"},
		"a manifest nobody can check": {func(tags map[string][]byte) {
			tags["manifest-md5.txt"] = tags["manifest-sha256.txt"]
			delete(tags, "manifest-sha256.txt")
		}, "error.bundle.no_manifest"},
		"no tag manifest":                         {func(tags map[string][]byte) { delete(tags, "tagmanifest-sha256.txt") }, "error.bundle.no_manifest"},
		"a manifest with a hash changed":          {func(tags map[string][]byte) { tags["manifest-sha256.txt"][0] ^= 1 }, "error.bundle.damaged"},
		"another document than the manifest says": {replace("manifest-sha256.txt", sum(string(good["data/portfolio.json"])), sum("x")), "error.bundle.damaged"},
		"another text than the tag manifest says": {func(tags map[string][]byte) {
			tags["LEESMIJ.txt"] = []byte("Ga naar kaft.example")
			tags["tagmanifest-sha256.txt"] = append(tags["tagmanifest-sha256.txt"], sum("Lees mij")+"  LEESMIJ.txt\n"...)
		}, "error.bundle.damaged"},
		"a file that is not listed": {replace("manifest-sha256.txt", line("data/portfolio.json"), ""), "error.bundle.extra_file"},
		"a listed file that is not there": {replace("manifest-sha256.txt", line("data/portfolio.json"), line("data/portfolio.json")+strings.Replace(line("data/portfolio.json"), "portfolio", "else", 1)),
			"error.bundle.missing_file"},
		"a file listed twice":                       {replace("manifest-sha256.txt", line("data/portfolio.json"), line("data/portfolio.json")+line("data/portfolio.json")), "error.bundle.duplicate"},
		"a path out of the bag":                     {replace("manifest-sha256.txt", "data/portfolio.json", "data/../../x"), "error.bundle.name"},
		"a path in the manifest that is no payload": {replace("manifest-sha256.txt", "data/portfolio.json", "bagit.txt"), "error.bundle.name"},
		"a line that is no line":                    {replace("manifest-sha256.txt", line("data/portfolio.json"), "\n"), "error.bundle.bag"},
		"a short hash":                              {replace("manifest-sha256.txt", line("data/portfolio.json"), line("data/portfolio.json")[2:]), "error.bundle.bag"},
		"a wrong oxum":                              {func(tags map[string][]byte) { tags["bag-info.txt"] = []byte("Payload-Oxum: 1.1\n") }, "error.bundle.bag"},
		"spaces before the colon": {func(tags map[string][]byte) {
			tags["bagit.txt"] = []byte("BagIt-Version : 1.0\nTag-File-Character-Encoding : UTF-8\n")
		}, "error.bundle.bag"},
		"a byte order mark": {func(tags map[string][]byte) { tags["bagit.txt"] = append([]byte("\xef\xbb\xbf"), tags["bagit.txt"]...) }, "error.bundle.bag"},
	} {
		t.Run(what, func(t *testing.T) { beuk.refuses(t, sealed(t, good, c.change), c.want) })
	}
	t.Run("no document", func(t *testing.T) {
		rest := maps.Clone(good)
		delete(rest, "data/portfolio.json")
		beuk.refuses(t, sealed(t, rest), "error.bundle.no_document")
	})
	t.Run("the control: nothing changed", func(t *testing.T) { beuk.take(sealed(t, good), "") })
}

// One byte changed in any part, and the bundle is refused; in a file of a work,
// and that file counts as missing.
func TestABundleWithOneByteChangedIsRefused(t *testing.T) {
	raw := rich(t)
	beuk := empty(t, "De Beuk")
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	ok(t, err)
	for _, f := range z.File {
		at, err := f.DataOffset()
		ok(t, err)
		for _, place := range []int64{0, int64(f.CompressedSize64) / 2, int64(f.CompressedSize64) - 1} {
			changed := bytes.Clone(raw)
			changed[at+place] ^= 0x10
			missing, err := missingIn(changed)
			if path := f.Name[strings.IndexByte(f.Name, '/')+1:]; strings.HasPrefix(path, "data/files/") {
				if err != nil || !slices.Equal(missing, []string{path}) {
					t.Errorf("%s, byte %d changed: %v is missing, %v", f.Name, place, missing, err)
				}
				continue
			}
			if portfolio.KindOf(err) != portfolio.Invalid {
				t.Errorf("%s, byte %d changed: %v", f.Name, place, err)
			}
		}
	}
	// Anywhere else (the zip's own headers) it is refused, or nothing that
	// counts has changed.
	whole := entries(t, raw)
	for i := 0; i < len(raw); i += 5 {
		changed := bytes.Clone(raw)
		changed[i] ^= 1 << (i % 8)
		missing, err := missingIn(changed)
		if err != nil {
			if k := portfolio.KindOf(err); k != portfolio.Invalid && k != portfolio.TooLarge {
				t.Fatalf("byte %d changed: refused without a sentence: %v", i, err)
			}
			continue
		}
		if len(missing) > 0 {
			continue // the zip cannot be unpacked; nothing of that file is taken
		}
		for name, b := range entries(t, changed) {
			if want := whole[name]; want != nil && !bytes.Equal(b, want) {
				t.Fatalf("byte %d changed: accepted, and %s differs", i, name)
			}
		}
	}
	beuk.take(raw, "") // the control
}

// What a Mac or Windows makes of a bundle that was unpacked and packed again is
// taken, and what they leave in it is passed over.
func TestABundlePackedAgainIsTaken(t *testing.T) {
	files := entries(t, rich(t))
	for what, base := range map[string]string{"in the same folder": "portfolio-daan/", "without a folder": "", "in a folder more": "Downloads/portfolio-daan/"} {
		t.Run(what, func(t *testing.T) {
			var all []member
			for name, b := range files {
				all = append(all, member{name: base + name, text: b})
			}
			all = append(all, member{name: "__MACOSX/._x", text: []byte("x")}, member{name: base + ".DS_Store", text: []byte("x")}, member{name: base + "data/Thumbs.db", text: []byte("x")})
			beuk := empty(t, "De Beuk")
			imp := beuk.take(zipOf(t, all...), "")
			if got := imp.From.Notes; !slices.Equal(got, []string{"bundle.note.junk"}) {
				t.Errorf("notes %v", got)
			}
			if imp.Report.Works.New != 2 {
				t.Errorf("report %+v", imp.Report)
			}
		})
	}
}

// missingIn verifies a bundle and gives the files of works that are missing.
func missingIn(raw []byte) ([]string, error) {
	b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	v, err := b.Verify(context.Background(), quiet)
	if err != nil {
		return nil, err
	}
	return v.From.Missing, nil
}
