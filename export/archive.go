package export

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"kaft/portfolio"
)

// maxMember is the largest file in a zip, in bytes: above it a local header
// would need ZIP64, which archive/zip does not write there.
const maxMember = 1<<32 - 2

// archive writes a BagIt 1.0 bag (RFC 8493) as a zip with one base folder. It
// streams: nothing but the manifest is held.
type archive struct {
	zip     *zip.Writer
	base    string // with a slash
	at      time.Time
	payload []manifestLine
	tags    []manifestLine
	octets  int64 // of the payload
}

type manifestLine struct{ sum, path string }

func newArchive(w io.Writer, base string, at time.Time) (*archive, error) {
	a := &archive{zip: zip.NewWriter(w), base: base + "/", at: at}
	return a, a.tag("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
}

// tag writes a text beside the payload.
func (a *archive) tag(name, text string) error {
	sum, _, err := a.deflate(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
	a.tags = append(a.tags, manifestLine{sum, name})
	return err
}

// document writes a text of the payload, whose size is not known beforehand.
func (a *archive) document(name string, write func(io.Writer) error) error {
	sum, n, err := a.deflate("data/"+name, write)
	a.payload = append(a.payload, manifestLine{sum, "data/" + name})
	a.octets += n
	return err
}

func (a *archive) deflate(name string, write func(io.Writer) error) (sum string, size int64, err error) {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: a.base + name, Method: zip.Deflate, Modified: a.at})
	if err != nil {
		return "", 0, err
	}
	h, n := sha256.New(), new(counter)
	if err := write(io.MultiWriter(w, h, n)); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), int64(*n), nil
}

// file copies a file of the payload as it is. Its size and CRC-32 stand in
// front of it, so that a reader can stream; they and its SHA-256 are computed
// again on the way, and when one differs nothing more is written: without its
// directory a zip is no zip.
func (a *archive) file(ctx context.Context, f *File, crc uint32, r io.Reader) error {
	if f.Bytes > maxMember {
		return portfolio.E(portfolio.TooLarge, "error.too_large", "Name", f.Name, "Size", f.Bytes, "Max", int64(maxMember))
	}
	h := &zip.FileHeader{Name: a.base + "data/" + f.Path, Method: zip.Store, CRC32: crc,
		CompressedSize64: uint64(f.Bytes), UncompressedSize64: uint64(f.Bytes), CreatorVersion: 20, ReaderVersion: 20}
	//lint:ignore SA1019 CreateRaw writes the header as it is and does not look at Modified
	h.SetModTime(a.at)
	w, err := a.zip.CreateRaw(h)
	if err != nil {
		return err
	}
	sum, check := sha256.New(), crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(w, sum, check), io.LimitReader(&ctxReader{ctx, r}, f.Bytes+1))
	if err != nil {
		return err
	}
	if n != f.Bytes || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 || check.Sum32() != crc {
		return portfolio.E(portfolio.Internal, "error.bundle.stored_file", "Name", f.Name)
	}
	a.payload = append(a.payload, manifestLine{f.SHA256, "data/" + f.Path})
	a.octets += n
	return nil
}

// seal writes the manifests, signs them, and closes the zip.
func (a *archive) seal(info [][2]string, sign func(text string) (string, error)) error {
	info = append(info, [2]string{"Bagging-Date", a.at.Format(time.DateOnly)},
		[2]string{"Payload-Oxum", fmt.Sprintf("%d.%d", a.octets, len(a.payload))},
		[2]string{"Bag-Size", fmt.Sprintf("%.1f MB", float64(a.octets)/1e6)})
	var text strings.Builder
	for _, kv := range info {
		fmt.Fprintf(&text, "%s: %s\n", kv[0], strings.Join(strings.Fields(kv[1]), " ")) // one line, whatever a name holds
	}
	if err := a.tag("bag-info.txt", text.String()); err != nil {
		return err
	}
	if err := a.tag("manifest-sha256.txt", manifest(a.payload)); err != nil {
		return err
	}
	sums := manifest(a.tags)
	if err := a.tag(tagManifest, sums); err != nil {
		return err
	}
	signature, err := sign(sums)
	if err != nil {
		return err
	}
	if err := a.tag(signatureFile, signature); err != nil {
		return err
	}
	return a.zip.Close()
}

// manifest writes lines as sha256sum reads them. Our paths are plain ASCII, so
// none needs encoding.
func manifest(lines []manifestLine) string {
	slices.SortFunc(lines, func(a, b manifestLine) int { return cmp.Compare(a.path, b.path) })
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.sum + "  " + l.path + "\n")
	}
	return text.String()
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// ctxReader stops reading when the work is stopped.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
