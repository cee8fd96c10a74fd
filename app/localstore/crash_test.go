package localstore

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"kaft/portfolio"
)

// TestNothingAcknowledgedIsLostByKill lets another process write documents and
// blobs and say what was acknowledged, kills it in the middle, and looks.
func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	dir, dice, said := t.TempDir(), rand.New(rand.NewPCG(1, 2)), map[string]string{}
	for round := range 6 {
		writeAndDie(t, dir, round, 100+dice.IntN(900), said)
		left := len(names(t, filepath.Join(dir, incoming)))
		if left == 0 {
			t.Error("nothing was half written: the test tests less than it should")
		}
		s, f := openAt(t, dir), openFilesAt(t, dir)
		wantIntegrity(t, s)
		if got := names(t, filepath.Join(dir, incoming)); len(got) != 0 {
			t.Errorf("in incoming after start: %q", got)
		}
		docs, blobs := crashedDocs(t, s), crashedBlobs(t, f)
		found := maps.Clone(docs)
		maps.Copy(found, blobs)
		for name, was := range said {
			rev, there := found[name]
			switch {
			case was == "gone" && there:
				t.Errorf("%s was deleted and is there", name)
			case was == "gone" || was == "going":
			case !there:
				t.Errorf("%s was acknowledged and is lost", name)
			case was > rev:
				t.Errorf("%s was acknowledged at revision %s and is at %s", name, was, rev)
			}
		}
		t.Logf("round %d: %d names said, %d documents and %d blobs there, %d were half written", round, len(said), len(docs), len(blobs), left)
		s.Close()
		f.Close()
	}
	if len(said) < 500 {
		t.Errorf("only %d names were written", len(said))
	}
}

const crashVar = "KAFT_LOCALSTORE_CRASH" // the folder for the other process, and the round

// writeAndDie runs the other process until it has said so many lines: a name,
// and the revision that is there, "going" or "gone".
func writeAndDie(t *testing.T, dir string, round, lines int, said map[string]string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriteUntilKilled$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), crashVar+"="+dir, crashVar+"_ROUND="+strconv.Itoa(round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == lines {
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by pid %d", cmd.Process.Pid)) {
				t.Errorf("while it writes: got %v, want a refusal that names pid %d", err, cmd.Process.Pid)
			}
			cmd.Process.Kill()
		}
		line, err := r.ReadString('\n')
		if err != nil { // what has no line end was not said
			cmd.Wait()
			if n < lines {
				t.Fatalf("it ended by itself after %d lines: %s", n, errs.String())
			}
			return
		}
		if name, was, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.Contains(name, "/") {
			said[name] = was
		}
	}
}

// TestWriteUntilKilled is the other process.
func TestWriteUntilKilled(t *testing.T) {
	dir := os.Getenv(crashVar)
	if dir == "" {
		t.Skip("run by TestNothingAcknowledgedIsLostByKill")
	}
	s, f := openAt(t, dir), openFilesAt(t, dir)
	say := func(err error, name string, was any) {
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(os.Stdout, "%s %v\n", name, was) // one write, so lines stay whole
	}
	half := &endless{begun: make(chan bool)}
	go func() {
		_, err := f.Put(t.Context(), "blob/half/"+os.Getenv(crashVar+"_ROUND"), half)
		panic(err) // it cannot end
	}()
	<-half.begun
	var wg sync.WaitGroup
	for who := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("doc/%s-%d-%d", os.Getenv(crashVar+"_ROUND"), who, i)
				d := crashDoc(id, 1)
				say(s.Create(t.Context(), d), id, 1)
				if i%3 == 0 {
					d = crashDoc(id, 2)
					d.Rev = 1
					say(s.Replace(t.Context(), d), id, 2)
				}
				if i%6 == 0 {
					say(nil, id, "going")
					say(s.Delete(t.Context(), d.Ref, 2), id, "gone")
				}
			}
		})
	}
	for who := range 3 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("blob/%s/%d/%d", os.Getenv(crashVar+"_ROUND"), who, i)
				_, err := f.Put(t.Context(), id, bytes.NewReader(crashBlob(id)))
				say(err, id, 1)
				if i%4 == 0 {
					say(nil, id, "going")
					say(f.Delete(t.Context(), id), id, "gone")
				}
			}
		})
	}
	wg.Wait()
}

// endless is an upload that stops in the middle.
type endless struct {
	given int
	begun chan bool
}

func (e *endless) Read(p []byte) (int, error) {
	if e.given > 100_000 {
		close(e.begun)
		select {}
	}
	e.given += len(p)
	return len(p), nil
}

// crashDoc is the whole document that belongs to an ID and a revision.
func crashDoc(id string, rev int64) portfolio.Doc {
	text := fmt.Sprintf("%s at %d. ", id, rev)
	return portfolio.Doc{
		Ref:  portfolio.Ref{School: "s", Kind: "work", ID: id},
		Rev:  rev,
		Keys: map[string]string{"about": text},
		Body: bytes.Repeat([]byte(text), 1+len(id)*int(rev)),
	}
}

// crashBlob is the whole blob that belongs to an ID, of up to 300 kB.
func crashBlob(id string) []byte {
	seed := sha256.Sum256([]byte(id))
	b := make([]byte, binary.LittleEndian.Uint32(seed[:])%300_000)
	rand.NewChaCha8(seed).Read(b)
	return b
}

// crashedDocs are the documents that are there, whole, with their revisions.
func crashedDocs(t *testing.T, s *Store) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, index := range []string{"", "about"} {
		n := 0
		for q := (portfolio.Query{School: "s", Kind: "work", Index: index, Limit: 500}); ; {
			docs, err := s.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range docs {
				want := crashDoc(d.ID, d.Rev)
				if !maps.Equal(d.Keys, want.Keys) || !bytes.Equal(d.Body, want.Body) {
					t.Errorf("%s at revision %d is not whole", d.ID, d.Rev)
				}
				found[d.ID] = strconv.FormatInt(d.Rev, 10)
				q.After = portfolio.Cursor{Key: d.Keys[index], ID: d.ID}
				n++
			}
			if len(docs) < q.Limit {
				break
			}
		}
		if n != len(found) {
			t.Errorf("by %q: got %d documents, want %d", index, n, len(found))
		}
	}
	return found
}

// crashedBlobs are the blobs that are there, whole.
func crashedBlobs(t *testing.T, f *Files) map[string]string {
	t.Helper()
	found := map[string]string{}
	for after := ""; ; {
		blobs, err := f.List(t.Context(), "blob/", after, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blobs {
			r, err := f.Open(t.Context(), b.ID)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			r.Close()
			if err != nil || !bytes.Equal(got, crashBlob(b.ID)) {
				t.Errorf("%s is not whole: %d bytes, %v", b.ID, len(got), err)
			}
			found[b.ID] = "1"
			after = b.ID
		}
		if len(blobs) < 500 {
			return found
		}
	}
}
