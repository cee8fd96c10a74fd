package storetest_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"kaft/app/localstore"
	"kaft/app/storetest"
	"kaft/portfolio"
)

// The suites are run on an engine with one fault, each in a process of its own
// because they must fail there.
const faultVar = "KAFT_STORETEST_FAULT"

func TestSuitesPassAGoodEngine(t *testing.T) {
	if out, err := suite(t, "none"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSuitesNoticeEveryFault(t *testing.T) {
	names := slices.Concat(slices.Collect(maps.Keys(storeFaults)), slices.Collect(maps.Keys(filesFaults)))
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := suite(t, name)
			if err == nil {
				t.Fatal("the suite found nothing wrong")
			}
			if !strings.Contains(out, "--- FAIL: TestOneFault/") {
				t.Errorf("it ended for another reason: %v\n%s", err, out)
			}
		})
	}
}

func suite(t *testing.T, fault string) (string, error) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOneFault$", "-test.short", "-test.failfast",
		"-test.timeout=2m", "-rapid.shrinktime=1ms", "-rapid.nofailfile")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), faultVar+"="+fault)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestOneFault is what the other process runs.
func TestOneFault(t *testing.T) {
	fault := os.Getenv(faultVar)
	if fault == "" {
		t.Skip("run by TestSuitesNoticeEveryFault")
	}
	storeFault, inStore := storeFaults[fault]
	filesFault, inFiles := filesFaults[fault]
	if !inFiles {
		storetest.TestStore(t, func(t *testing.T) (portfolio.Store, func() portfolio.Store) {
			dir := t.TempDir()
			s, err := localstore.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			if !inStore {
				return s, nil
			}
			return storeFault(s), func() portfolio.Store { return s }
		})
	}
	if !inStore {
		storetest.TestFiles(t, func(t *testing.T) (portfolio.Files, func() portfolio.Files) {
			f, err := localstore.OpenFiles(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			if !inFiles {
				return f, nil
			}
			return filesFault(f), func() portfolio.Files { return f }
		})
	}
}

// store is a Store of which some calls are wrong.
type store struct {
	portfolio.Store
	get     func(context.Context, portfolio.Ref) (portfolio.Doc, error)
	create  func(context.Context, portfolio.Doc) error
	replace func(context.Context, portfolio.Doc) error
	delete  func(context.Context, portfolio.Ref, int64) error
	list    func(context.Context, portfolio.Query) ([]portfolio.Doc, error)
}

func (s store) Get(ctx context.Context, r portfolio.Ref) (portfolio.Doc, error) {
	if s.get != nil {
		return s.get(ctx, r)
	}
	return s.Store.Get(ctx, r)
}

func (s store) Create(ctx context.Context, d portfolio.Doc) error {
	if s.create != nil {
		return s.create(ctx, d)
	}
	return s.Store.Create(ctx, d)
}

func (s store) Replace(ctx context.Context, d portfolio.Doc) error {
	if s.replace != nil {
		return s.replace(ctx, d)
	}
	return s.Store.Replace(ctx, d)
}

func (s store) Delete(ctx context.Context, r portfolio.Ref, rev int64) error {
	if s.delete != nil {
		return s.delete(ctx, r, rev)
	}
	return s.Store.Delete(ctx, r, rev)
}

func (s store) List(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	if s.list != nil {
		return s.list(ctx, q)
	}
	return s.Store.List(ctx, q)
}

// lists is a Store whose queries are changed on the way.
func lists(s portfolio.Store, change func(*portfolio.Query)) portfolio.Store {
	return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
		change(&q)
		return s.List(ctx, q)
	}}
}

var storeFaults = map[string]func(portfolio.Store) portfolio.Store{
	"create overwrites": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			if old, err := s.Get(ctx, d.Ref); err == nil {
				d.Rev = old.Rev
				return s.Replace(ctx, d)
			}
			return s.Create(ctx, d)
		}}
	},
	"create is answered before it is done": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			go s.Create(context.WithoutCancel(ctx), d)
			return nil
		}}
	},
	"replace looks at the revision first and then writes": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			old, err := s.Get(ctx, d.Ref)
			if err != nil || old.Rev != d.Rev {
				return s.Replace(ctx, d) // its own errors
			}
			for {
				if err := s.Replace(ctx, d); portfolio.KindOf(err) != portfolio.Conflict {
					return err
				}
				if old, err = s.Get(ctx, d.Ref); err != nil {
					return err
				}
				d.Rev = old.Rev
			}
		}}
	},
	"replace keeps old keys": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			if old, err := s.Get(ctx, d.Ref); err == nil && old.Keys != nil {
				maps.Copy(old.Keys, d.Keys)
				d.Keys = old.Keys
			}
			return s.Replace(ctx, d)
		}}
	},
	"replace makes what is not there": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			err := s.Replace(ctx, d)
			if portfolio.KindOf(err) == portfolio.NotFound {
				return s.Create(ctx, d)
			}
			return err
		}}
	},
	"delete does not look at the revision": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, delete: func(ctx context.Context, r portfolio.Ref, rev int64) error {
			if d, err := s.Get(ctx, r); err == nil {
				rev = d.Rev
			}
			return s.Delete(ctx, r, rev)
		}}
	},
	"bodies are text": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			d.Body = bytes.ToValidUTF8(d.Body, []byte("?"))
			return s.Create(ctx, d)
		}}
	},
	"large bodies are cut": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			d.Body = d.Body[:min(len(d.Body), 1<<20)]
			return s.Create(ctx, d)
		}}
	},
	"schools are told apart without case": func(s portfolio.Store) portfolio.Store {
		return store{Store: s,
			get: func(ctx context.Context, r portfolio.Ref) (portfolio.Doc, error) {
				r.School = strings.ToLower(r.School)
				return s.Get(ctx, r)
			},
			create: func(ctx context.Context, d portfolio.Doc) error {
				d.School = strings.ToLower(d.School)
				return s.Create(ctx, d)
			}}
	},
	"a list leaks another kind": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
			docs, err := s.List(ctx, q)
			if q.Kind == "note" && q.Index == "party" && err == nil {
				q.Kind = "work"
				more, _ := s.List(ctx, q)
				docs = append(docs, more...)
			}
			return docs, err
		}}
	},
	"a list is in the order of UTF-16": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
			docs, err := s.List(ctx, q)
			if n := len(docs); n > 1 && docs[n-2].ID == "\uffee" {
				docs[n-1], docs[n-2] = docs[n-2], docs[n-1]
			}
			return docs, err
		}}
	},
	"the cursor forgets the ID": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.Index != "" && q.After.ID != "" {
				q.After.ID = "\xff"
			}
		})
	},
	"the cursor repeats its document": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.After.ID != "" && !q.Desc {
				q.After.ID = q.After.ID[:len(q.After.ID)-1] + string(q.After.ID[len(q.After.ID)-1]-1) + "~"
			}
		})
	},
	"from is exclusive": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.From != "" {
				q.From += "\x00"
			}
		})
	},
	"to is inclusive": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.To != "" {
				q.To += "\x00"
			}
		})
	},
	"to is ignored by ID": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.Index == "" {
				q.To = ""
			}
		})
	},
	"equal keys keep their order when descending": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
			docs, err := s.List(ctx, q)
			if q.Desc {
				slices.SortStableFunc(docs, func(a, b portfolio.Doc) int {
					if a.Keys[q.Index] != b.Keys[q.Index] {
						return 0
					}
					return strings.Compare(a.ID, b.ID)
				})
			}
			return docs, err
		}}
	},
	"an empty key is no key": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			d.Keys = maps.Clone(d.Keys)
			maps.DeleteFunc(d.Keys, func(_, key string) bool { return key == "" })
			return s.Create(ctx, d)
		}}
	},
	"any limit will do": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) { q.Limit = max(1, min(q.Limit, 1000)) })
	},
	"an unknown index lists by ID": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if !slices.Contains(portfolio.Indexes, q.Index) {
				q.Index = ""
			}
		})
	},
	"contexts are not heeded": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			return s.Replace(context.WithoutCancel(ctx), d)
		}}
	},
}

// files is a Files of which some calls are wrong.
type files struct {
	portfolio.Files
	put    func(context.Context, string, io.Reader) (int64, error)
	delete func(context.Context, string) error
	list   func(context.Context, string, string, int) ([]portfolio.Blob, error)
}

func (f files) Put(ctx context.Context, id string, r io.Reader) (int64, error) {
	if f.put != nil {
		return f.put(ctx, id, r)
	}
	return f.Files.Put(ctx, id, r)
}

func (f files) Delete(ctx context.Context, id string) error {
	if f.delete != nil {
		return f.delete(ctx, id)
	}
	return f.Files.Delete(ctx, id)
}

func (f files) List(ctx context.Context, prefix, after string, limit int) ([]portfolio.Blob, error) {
	if f.list != nil {
		return f.list(ctx, prefix, after, limit)
	}
	return f.Files.List(ctx, prefix, after, limit)
}

var filesFaults = map[string]func(portfolio.Files) portfolio.Files{
	"put overwrites": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, put: func(ctx context.Context, id string, r io.Reader) (int64, error) {
			f.Delete(ctx, id)
			return f.Put(ctx, id, r)
		}}
	},
	"put keeps what it got from a reader that failed": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, put: func(ctx context.Context, id string, r io.Reader) (int64, error) {
			var failed error
			n, err := f.Put(ctx, id, tolerant{r, &failed})
			if err == nil {
				err = failed
			}
			return n, err
		}}
	},
	"put swallows the reader's error": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, put: func(ctx context.Context, id string, r io.Reader) (int64, error) {
			n, err := f.Put(ctx, id, r)
			if err != nil && portfolio.KindOf(err) == portfolio.Internal {
				err = portfolio.E(portfolio.Unavailable, "error.unavailable")
			}
			return n, err
		}}
	},
	"put loses what follows the first 64 KiB": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, put: func(ctx context.Context, id string, r io.Reader) (int64, error) {
			n, err := f.Put(ctx, id, io.LimitReader(r, 64<<10))
			rest, _ := io.Copy(io.Discard, r)
			return n + rest, err
		}}
	},
	"upper case is taken": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, put: func(ctx context.Context, id string, r io.Reader) (int64, error) {
			return f.Put(ctx, strings.ToLower(id), r)
		}}
	},
	"deleting what is not there is an error": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, delete: func(ctx context.Context, id string) error {
			r, err := f.Open(ctx, id)
			if err != nil {
				return err
			}
			r.Close()
			return f.Delete(ctx, id)
		}}
	},
	"delete does nothing": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, delete: func(context.Context, string) error { return nil }}
	},
	"a list goes folder by folder": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, list: func(ctx context.Context, prefix, after string, limit int) ([]portfolio.Blob, error) {
			blobs, err := f.List(ctx, prefix, after, limit)
			slices.SortStableFunc(blobs, func(a, b portfolio.Blob) int {
				return slices.Compare(strings.Split(a.ID, "/"), strings.Split(b.ID, "/"))
			})
			return blobs, err
		}}
	},
	"a list begins with after": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, list: func(ctx context.Context, prefix, after string, limit int) ([]portfolio.Blob, error) {
			blobs, err := f.List(ctx, prefix, "", 1000)
			blobs = slices.DeleteFunc(blobs, func(b portfolio.Blob) bool { return b.ID < after })
			return blobs[:min(max(limit, 0), len(blobs))], err
		}}
	},
	"a list takes prefix for a folder": func(f portfolio.Files) portfolio.Files {
		return files{Files: f, list: func(ctx context.Context, prefix, after string, limit int) ([]portfolio.Blob, error) {
			if prefix != "" && !strings.HasSuffix(prefix, "/") {
				prefix += "/"
			}
			return f.List(ctx, prefix, after, limit)
		}}
	},
}

// tolerant ends where its reader fails.
type tolerant struct {
	io.Reader
	failed *error
}

func (t tolerant) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if err != nil && err != io.EOF {
		*t.failed, err = err, io.EOF
	}
	return n, err
}
