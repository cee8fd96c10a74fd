package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kaft/app"
	"kaft/app/localstore"
	"kaft/portfolio"
)

// TestWhoRunsKaftLetsTheSecondAdministratorIn founds a school, stops, agrees
// with the second administrator by the command, and looks.
func TestWhoRunsKaftLetsTheSecondAdministratorIn(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	var second portfolio.Actor
	inside := func(do func(lib *portfolio.Library) error) {
		t.Helper()
		store, err := localstore.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		files, err := localstore.OpenFiles(filepath.Join(dir, "files"))
		if err != nil {
			t.Fatal(err)
		}
		err = do(portfolio.NewLibrary(store, files, app.Intake{}, time.Now))
		if err := errors.Join(err, files.Close(), store.Close()); err != nil {
			t.Fatal(err)
		}
	}
	inside(func(lib *portfolio.Library) error {
		sch, admin, err := lib.FoundSchool(ctx, portfolio.School{Name: "De Eik"}, portfolio.Person{Name: portfolio.Name{Given: "Karin"}}, "karin", "hash")
		if err != nil {
			return err
		}
		karin := portfolio.Actor{School: sch.ID, Person: admin.ID, Hat: portfolio.HatAdmin}
		els, err := lib.Welcome(ctx, karin, portfolio.Person{Name: portfolio.Name{Given: "Els"}, Hats: []string{portfolio.HatAdmin}}, "els@eik.nl", "hash")
		if err != nil {
			return err
		}
		second = portfolio.Actor{School: sch.ID, Person: els.ID, Hat: portfolio.HatAdmin}
		if _, err := lib.People(ctx, second); portfolio.KindOf(err) != portfolio.Forbidden {
			t.Errorf("before: %v, want forbidden", err)
		}
		return nil
	})
	if err := (agreeCmd{Login: "niemand", Data: dir}).Run(); err == nil || strings.Contains(err.Error(), "error.") {
		t.Errorf("agreeing with nobody: %v, want a sentence", err)
	}
	if err := (agreeCmd{Login: "Els@eik.nl", Data: dir}).Run(); err != nil {
		t.Fatal(err)
	}
	inside(func(lib *portfolio.Library) error {
		_, err := lib.People(ctx, second)
		return err
	})
}
