package portfolio

import (
	"testing"
	"time"
)

// ordinary is a student of 11 as a school has them: joint custody, a class of
// 28, a dozen staff, a few shares.
func ordinary() *Facts {
	f := &Facts{
		Student: Student{ID: "s1", Birth: Birth{20150101, 20150101}},
		People:  map[string]Party{},
		Custody: []Custody{{"anna", 20150101, 0, 20240820}, {"bob", 20150101, 0, 20240820}},
		Relations: []Relation{
			{Person: "anna", Kind: RelationLegalParent, From: 20150101},
			{Person: "bob", Kind: RelationLegalParent, From: 20150101},
			{Person: "gran", Kind: RelationCarer, From: 20200101, Until: 20270101},
		},
		Yes: []string{ToClassGuardians},
	}
	for _, id := range []string{"anna", "bob", "gran"} {
		f.People[id] = Party{Kind: KindGuardian, School: true}
	}
	for _, kind := range duties[:4] {
		for _, n := range []string{"1", "2", "3"} {
			id := kind + n
			f.People[id] = Party{Kind: KindStaff, School: true}
			f.Duties = append(f.Duties, Duty{Person: id, Kind: kind, From: 20250801, Until: 20260801})
		}
	}
	for n := range 28 {
		id := "s" + string(rune('A'+n))
		f.People[id] = Party{Kind: KindStudent, School: true}
		f.Classmates = append(f.Classmates, id)
		f.ClassmateCustody = append(f.ClassmateCustody, "parent-of-"+id)
	}
	for _, to := range []string{"gran", "link:L1", "sB", "oma"} {
		f.Shares = append(f.Shares, Share{ID: "h-" + to, By: "anna", To: to, Items: []string{"i1"}, From: 20260101, Until: 20270101})
	}
	return f
}

func BenchmarkInspect(b *testing.B) {
	f := ordinary()
	item := &Item{ID: "i1", Kind: ItemWork, Author: "s1", Audience: []string{ToGuardians, ToStaff, ToClass}}
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, who := range []struct{ name, viewer string }{
		{"guardian", "anna"}, {"student", "s1"}, {"teacher", "teacher2"}, {"classmate", "sZ"}, {"carer", "gran"}, {"outsider", "nobody"},
	} {
		b.Run(who.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Inspect(who.viewer, f, item, now)
			}
		})
	}
}
