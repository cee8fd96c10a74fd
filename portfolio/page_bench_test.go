package portfolio_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"kaft/portfolio"
)

// The school of the benchmark: 40 classes of 25, whose students have 100 works
// each, two guardians with custody and a parent without.
const (
	manyClasses  = 40
	inEachClass  = 25
	worksOfEach  = 100
	pageOfWorks  = 48
	writersOfAll = 64
)

// BenchmarkAPageOf48Works opens the door on a page of a gallery, facts and all,
// in a store of 100,000 works.
func BenchmarkAPageOf48Works(b *testing.B) {
	s := newSchool(b)
	big := s.fill()
	for _, who := range []string{"student", "guardian", "teacher", "classmate"} {
		a := big[who]
		b.Run(who, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				works, _, err := s.lib.Works(ctx, a, big["student"].Person, "", pageOfWorks)
				if err != nil || len(works) != pageOfWorks {
					b.Fatalf("%d works, %v", len(works), err)
				}
			}
		})
	}
}

// fill makes the school, through the store: the Library's own way, with its
// lines in the log, would take an hour. The people of one class come back.
func (s *school) fill() map[string]portfolio.Actor {
	s.t.Helper()
	docs := make(chan portfolio.Doc, writersOfAll)
	var wg sync.WaitGroup
	for range writersOfAll {
		wg.Go(func() {
			for d := range docs {
				if err := s.store.Create(ctx, d); err != nil {
					s.t.Error(err)
				}
			}
		})
	}
	put := func(kind, id string, v any, keys map[string]string) {
		body, err := json.Marshal(v)
		s.ok(err)
		docs <- portfolio.Doc{Ref: portfolio.Ref{School: s.admin.School, Kind: kind, ID: id}, Keys: keys, Body: body}
	}
	fact := func(f portfolio.Fact) {
		f.Waits, f.Evidence, f.RecordedBy, f.RecordedAt = true, "stuk 7", s.admin.Person, s.now().UTC()
		id, keys := portfolio.NewID(), map[string]string{"about": f.About, "party": f.Party}
		put("fact", id, f, keys)
		put("fact", portfolio.NewID(), portfolio.Fact{Type: portfolio.FactConfirm, About: f.About, Party: f.Party, Of: id,
			RecordedBy: s.other.Person, RecordedAt: s.now().UTC()}, keys)
	}
	person := func(hat string, birth portfolio.Date) portfolio.Actor {
		id := portfolio.NewID()
		p := portfolio.Person{Name: portfolio.Name{Given: "Iemand", Family: id[:8]}, Hats: []string{hat}, Portfolio: portfolio.NewID()}
		if birth != 0 {
			p.Birth = portfolio.Birth{Earliest: birth, Latest: birth}
		}
		put("person", id, p, nil)
		return portfolio.Actor{School: s.admin.School, Person: id, Hat: hat}
	}
	out := map[string]portfolio.Actor{}
	for range manyClasses {
		class := portfolio.NewID()
		put("class", class, portfolio.Class{Name: "groep " + class[:4], From: 20260801, Until: 20270801}, nil)
		teacher := person(portfolio.HatStaff, 0)
		fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyTeacher, About: class, Party: teacher.Person, From: 20260801})
		for i := range inEachClass {
			student := person(portfolio.HatStudent, portfolio.Date(20160101+i))
			fact(portfolio.Fact{Type: portfolio.FactEnrolment, About: student.Person, Party: class, From: 20260801})
			for k := range 3 {
				parent := person(portfolio.HatGuardian, 0)
				fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationLegalParent, About: student.Person, Party: parent.Person, From: 20160101})
				if k < 2 {
					fact(portfolio.Fact{Type: portfolio.FactCustody, About: student.Person, Party: parent.Person, From: 20160101, Verified: 20240820})
					out["guardian"] = parent
				}
			}
			out["classmate"], out["student"], out["teacher"] = out["student"], student, teacher
			for n := range worksOfEach {
				at := s.now().UTC()
				day := portfolio.Date(20260901 + n%28)
				put("work", portfolio.NewID(), portfolio.Work{Student: student.Person, Author: student.Person, Type: portfolio.TypeWork,
					Title: fmt.Sprint("Werk ", n), Text: "Een tekst van een paar zinnen. Die is hier steeds dezelfde.", HappenedOn: day, CreatedAt: at, UpdatedAt: at,
					Version: 1, Audience: inClass, Files: []portfolio.File{{Blob: "w/" + portfolio.NewID(), Name: "foto.jpg", Type: "image/jpeg", Size: 120_000}}},
					map[string]string{"about": student.Person + "/" + day.String() + fmt.Sprintf("/%08d", n)})
			}
		}
	}
	close(docs)
	wg.Wait()
	return out
}
