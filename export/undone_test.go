package export_test

import (
	"context"
	"testing"

	"kaft/portfolio"
)

// The log says who undid an import, not who had taken it in.
func TestTheLogSaysWhoUndidAnImport(t *testing.T) {
	ctx := context.Background()
	linde, beuk := full(t, "2009-03-17"), empty(t, "De Beuk")
	linde.work(portfolio.NewWork{Title: "Werk", Text: "x"})
	petra := beuk.add(portfolio.Person{Name: portfolio.Name{Given: "Petra"}, Hats: []string{portfolio.HatFG}})
	imp := beuk.take(linde.bundle(linde.student, linde.student.Person), "")
	who := beuk.second
	who.Address = "192.0.2.9"
	_, err := beuk.lib.UndoImport(ctx, who, imp.ID)
	ok(t, err)
	lines, _, err := beuk.lib.PickLog(ctx, petra, portfolio.LogPick{Student: imp.Student}, "", 10)
	ok(t, err)
	if len(lines) < 2 {
		t.Fatalf("the log has %d lines", len(lines))
	}
	for _, n := range lines {
		want := portfolio.Actor{School: beuk.admin.School, Person: imp.By, Hat: portfolio.HatAdmin, Address: imp.Address}
		if n.Act == "undo" {
			want = who
		}
		if got := (portfolio.Actor{School: n.School, Person: n.Actor, Hat: n.Hat, Address: n.Address}); got != want {
			t.Errorf("%s was done by %+v, want %+v", n.Act, got, want)
		}
	}
}
