package static

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestPathCarriesTheHashOfAllFiles(t *testing.T) {
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(Hash) {
		t.Fatalf("Hash is %q", Hash)
	}
	if got, want := Path("css/kaft.css"), "/static/"+Hash+"/css/kaft.css"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if hash() != Hash {
		t.Error("the same files give another hash")
	}
}

func TestOnlyFilesOfKnownKindsAreServed(t *testing.T) {
	each(t, func(name, _ string) {
		switch path.Ext(name) {
		case ".css", ".js", ".svg":
		default:
			t.Errorf("%s: no media type for it in app/secure.go", name)
		}
	})
}

// The policy of the pages (Trusted Types 'none') stops these in a browser; here
// they are stopped before.
func TestScriptsMakeNoCodeOrMarkupFromText(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|parseHTMLUnsafe|setHTML|createContextualFragment|srcdoc|setAttribute\('(on|style)|\.style\b|localStorage|sessionStorage`)
	each(t, func(name, text string) {
		if path.Ext(name) != ".js" {
			return
		}
		for i, line := range strings.Split(text, "\n") {
			if found := forbidden.FindString(line); found != "" {
				t.Errorf("%s:%d: %s", name, i+1, found)
			}
		}
	})
}

func TestPicturesHoldNoScriptsOrStyles(t *testing.T) {
	each(t, func(name, text string) {
		if path.Ext(name) == ".svg" && regexp.MustCompile(`<script|<style|style=|\son[a-z]+=|href=`).MatchString(text) {
			t.Errorf("%s: the policy of the pages blocks this", name)
		}
	})
}

func each(t *testing.T, do func(name, text string)) {
	t.Helper()
	n := 0
	err := fs.WalkDir(FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := FS.ReadFile(name)
		do(name, string(b))
		n++
		return err
	})
	if err != nil || n == 0 {
		t.Fatalf("%d files, %v", n, err)
	}
}
