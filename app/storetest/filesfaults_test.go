package storetest_test

import (
	"context"
	"io"
	"slices"
	"strings"

	"kaft/portfolio"
)

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
