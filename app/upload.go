package app

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"kaft/portfolio"
)

// Intake looks at every file that comes in, for the Library: what it is, told
// from its bytes and never from its name, and what of it may be kept. It is a
// portfolio.Intake.
//
// What is not in fileTypes is refused: web pages and SVG because they carry
// scripts, programs because they are, archives because nobody can see what is in
// them and no position can be taken out of a photo inside, HEIC because no
// browser but Safari shows it and its position is not ours to find.
//
// Of photos and films only what makes the picture and the sound is kept (strip.go,
// photo.go, film.go). PDF, office documents, MP3, Ogg, WAV and WebM are kept as
// they came.
//
// The types are told by gabriel-vasile/mimetype: a tree of some 200 types in
// pure Go that also looks inside zip and OLE for office documents, which
// net/http.DetectContentType does not.
type Intake struct{}

var _ portfolio.Intake = Intake{}

const (
	headSize = 64 << 10 // of a file, to tell its type from
	oleSize  = 8 << 20  // of an old Office document: it says far inside what it is
)

func init() { mimetype.SetLimit(oleSize) }

// fileType is what Kaft knows of a type that it takes.
type fileType struct {
	ext   []string                  // name endings that fit; the first is added to a name that has none of them
	opens bool                      // in the browser; what does not is downloaded
	strip func() func(*strip) error // takes out what must not be kept; nil keeps all
}

// fileTypes are the media types that Kaft takes, and the only ones that it says
// in a Content-Type.
var fileTypes = map[string]fileType{
	"image/jpeg": {[]string{".jpg", ".jpeg", ".jpe", ".jfif"}, true, stripJPEG},
	"image/png":  {[]string{".png", ".apng"}, true, stripPNG},
	"image/gif":  {[]string{".gif"}, true, stripGIF},
	"image/webp": {[]string{".webp"}, true, stripWebP},

	"video/mp4":       {[]string{".mp4", ".m4v"}, true, stripFilm},
	"video/quicktime": {[]string{".mov", ".qt"}, true, stripFilm},
	"video/webm":      {[]string{".webm"}, true, nil},

	"audio/mpeg": {[]string{".mp3"}, true, nil},
	"audio/mp4":  {[]string{".m4a", ".m4b", ".mp4"}, true, stripFilm},
	"audio/ogg":  {[]string{".ogg", ".oga", ".opus"}, true, nil},
	"audio/webm": {[]string{".weba", ".webm"}, true, nil},
	"audio/wav":  {[]string{".wav"}, true, nil},

	"application/pdf": {[]string{".pdf"}, true, nil},
	"text/plain":      {[]string{".txt", ".md", ".markdown", ".csv", ".tsv", ".json", ".srt", ".vtt"}, true, nil},

	"application/msword":            {[]string{".doc", ".dot"}, false, nil},
	"application/vnd.ms-excel":      {[]string{".xls", ".xlt"}, false, nil},
	"application/vnd.ms-powerpoint": {[]string{".ppt", ".pps", ".pot"}, false, nil},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   {[]string{".docx"}, false, nil},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         {[]string{".xlsx"}, false, nil},
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": {[]string{".pptx", ".ppsx"}, false, nil},
	"application/vnd.oasis.opendocument.text":                                   {[]string{".odt"}, false, nil},
	"application/vnd.oasis.opendocument.spreadsheet":                            {[]string{".ods"}, false, nil},
	"application/vnd.oasis.opendocument.presentation":                           {[]string{".odp"}, false, nil},
}

// Admit tells the type of r and gives what of it may be kept. A text's type says
// its character set too. Error kind: Invalid, from Admit or, for a picture or a
// film that is broken further on, from reading clean.
func (Intake) Admit(name string, r io.Reader) (mediaType string, clean io.Reader, err error) {
	head, err := readHead(r, nil, headSize)
	if err != nil {
		return "", nil, err
	}
	if len(head) == 0 {
		return "", nil, portfolio.E(portfolio.Invalid, "error.empty_file", "Name", name)
	}
	found := typeOf(head)
	if found == "application/x-ole-storage" {
		if head, err = readHead(r, head, oleSize); err != nil {
			return "", nil, err
		}
		found = typeOf(head)
	}
	t, ok := fileTypes[found]
	if !ok {
		return "", nil, refusal(found, name)
	}
	clean = io.MultiReader(bytes.NewReader(head), r)
	if t.strip != nil {
		clean = newStrip(name, clean, t.strip())
	}
	if found == "text/plain" {
		found = mime.FormatMediaType(found, map[string]string{"charset": charset(head)})
	}
	return found, clean, nil
}

// readHead reads on until there are size bytes, or all there are.
func readHead(r io.Reader, head []byte, size int) ([]byte, error) {
	rest, err := io.ReadAll(io.LimitReader(r, int64(size-len(head))))
	return append(head, rest...), err
}

// typeOf is the media type of a file, by the name that fileTypes has for it, or
// a name that is not there.
func typeOf(head []byte) string {
	found := mimetype.Detect(head).String()
	found, _, err := mime.ParseMediaType(found)
	if err != nil {
		return ""
	}
	switch found {
	case "image/apng":
		return "image/png"
	case "video/webm":
		if onlySound(head) {
			return "audio/webm"
		}
	case "audio/x-m4a":
		return "audio/mp4"
	case "video/x-m4v":
		return "video/mp4"
	case "text/csv", "text/tab-separated-values", "text/vtt", "application/x-subrip", "application/json", "application/x-ndjson":
		return "text/plain"
	case "application/pdf":
		// Readers find a PDF behind other things too; we do not want those.
		if !bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte("%PDF-")) {
			return ""
		}
	}
	return found
}

// onlySound tells of the head of a WebM whether it has sound and no picture, as
// a browser records a voice: each of its tracks names its codec there.
func onlySound(head []byte) bool {
	return webmSound.Match(head) && !webmPicture.Match(head)
}

var (
	webmSound   = regexp.MustCompile(`A_(OPUS|VORBIS)`)
	webmPicture = regexp.MustCompile(`V_(VP8|VP9|AV1|MPEG|MS/|THEORA|MJPEG|UNCOMPRESSED)`)
)

// refusal is the sentence for a file of a type that Kaft does not take.
func refusal(mediaType, name string) error {
	key := "error.file_type"
	switch mediaType {
	case "image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence":
		key = "error.file_heic"
	case "application/zip", "application/x-7z-compressed", "application/vnd.rar", "application/gzip", "application/x-tar", "application/x-xz":
		key = "error.file_zip"
	}
	return &portfolio.Error{Kind: portfolio.Invalid, Msg: key, Args: map[string]any{"Name": name},
		Err: errors.New("file type " + mediaType)}
}

// charset tells the character set of a text from its beginning.
func charset(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return "utf-16le"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "utf-16be"
	}
	for len(head) > 0 {
		c, n := utf8.DecodeRune(head)
		if c == utf8.RuneError && n == 1 {
			if utf8.FullRune(head) {
				return "windows-1252" // a superset of ISO 8859-1, as browsers read it
			}
			break // the head ends inside a character
		}
		head = head[n:]
	}
	return "utf-8"
}

// typeFor finds what Kaft knows of a stored file's type, with or without its
// character set.
func typeFor(mediaType string) (fileType, bool) {
	plain, _, err := mime.ParseMediaType(mediaType)
	t, ok := fileTypes[plain]
	return t, ok && err == nil
}

// nameFor is a file's name with an ending that fits its type, so that nothing
// opens as something else once it is on somebody's computer: a text that calls
// itself spel.exe is spel.exe.txt.
func (t fileType) nameFor(name string) string {
	if len(t.ext) == 0 || slices.ContainsFunc(t.ext, func(ext string) bool { return hasSuffixFold(name, ext) }) {
		return name
	}
	return name + t.ext[0]
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && bytes.EqualFold([]byte(s[len(s)-len(suffix):]), []byte(suffix))
}
