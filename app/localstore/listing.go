package localstore

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"kaft/portfolio"
)

// List is portfolio.Files'.
func (f *Files) List(ctx context.Context, prefix, after string, limit int) ([]portfolio.Blob, error) {
	if limit < 1 || limit > maxLimit {
		return nil, invalid
	}
	folder := prefix[:strings.LastIndexByte(prefix, '/')+1]
	if folder != "" && !blobID(strings.TrimSuffix(folder, "/")) {
		return nil, nil // no ID begins so
	}
	w := walk{f, ctx, prefix, after, limit, nil}
	if err := w.folder(folder); err != nil {
		return nil, unavailable(err)
	}
	return w.found, nil
}

// walk goes through the blobs in the order of their IDs. A folder is its name
// with a slash, so that "a-b" comes before what is in "a/", as in the IDs.
type walk struct {
	files         *Files
	ctx           context.Context
	prefix, after string
	limit         int
	found         []portfolio.Blob
}

// folder adds what is in the folder whose IDs begin with dir.
func (w *walk) folder(dir string) error {
	for last := ""; ; {
		names, err := w.names(dir, last)
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if strings.HasSuffix(name, "/") {
				err = w.folder(dir + name)
			} else {
				err = w.add(dir + name)
			}
			if err != nil || len(w.found) == w.limit {
				return err
			}
		}
		last = names[len(names)-1]
	}
}

func (w *walk) add(id string) error {
	info, err := w.files.root.Lstat(path.Join(blobs, id))
	if absent(err) {
		return nil // deleted since its name was read
	}
	if err != nil {
		return err
	}
	w.found = append(w.found, portfolio.Blob{ID: id, Size: info.Size(), At: info.ModTime()})
	return nil
}

// names are the first names after last that can lead to a blob of the page, in
// order, at most as many as the page can still use: a folder of a million names
// is read, but not held.
func (w *walk) names(dir, last string) ([]string, error) {
	folder, err := w.files.root.Open(path.Join(blobs, dir))
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	var (
		names []string
		most  = w.limit - len(w.found)
	)
	for {
		if err := w.ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := folder.ReadDir(1024)
		for _, e := range entries {
			name := e.Name()
			if !blobID(name) {
				continue // a stranger's, such as .DS_Store
			}
			if e.IsDir() {
				name += "/"
			}
			if name > last && w.wants(dir+name) {
				names = append(names, name)
			}
		}
		if len(names) > most+1024 || err != nil {
			slices.Sort(names)
			names = names[:min(most, len(names))]
		}
		if err == io.EOF || absent(err) { // it is a blob, or was removed meanwhile
			return names, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// wants says whether a blob's ID, or an ID in a folder (with a slash at its
// end), can be on the page.
func (w *walk) wants(id string) bool {
	inside := strings.HasSuffix(id, "/") && strings.HasPrefix(w.after, id)
	return strings.HasPrefix(id, w.prefix) && (id > w.after || inside)
}
