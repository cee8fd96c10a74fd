package app

import (
	"context"
	"time"

	"kaft/chat"
	"kaft/portfolio"
)

// ruling records a fact, with the second administrator's yes.
func (h *house) ruling(f portfolio.Fact) *portfolio.Fact {
	if f.Evidence == "" {
		f.Evidence = "brief"
	}
	f.From = portfolio.DateOf(h.lib.Now())
	made, err := h.lib.RecordFact(context.Background(), h.admin, f)
	h.must(err)
	if made.Waits && !made.Counts {
		if _, err := h.lib.ConfirmFact(context.Background(), h.actor("ingrid", portfolio.HatAdmin), made.ID); err != nil && portfolio.KindOf(err) != portfolio.NotFound && portfolio.KindOf(err) != portfolio.Conflict {
			h.t.Fatal(err)
		}
	}
	return made
}

// rulings are the facts that open and close single things.
func (h *house) rulings() {
	id := func(student, name string) []string { return []string{h.find("work", student, name).id} }
	for _, student := range inHouse {
		h.ruling(portfolio.Fact{Type: portfolio.FactRestriction, About: h.ids[student], Items: id(student, "restricted")})
	}
	h.ruling(portfolio.Fact{Type: portfolio.FactYes, About: h.ids["sem"], Kind: "school"})
	h.must(h.lib.AnswerConsent(context.Background(), h.actor("samira", portfolio.HatGuardian), h.ids["sem"], "class_guardians", portfolio.FactYes, 0))
	h.ruling(portfolio.Fact{Type: portfolio.FactYes, About: h.ids["daan"], Kind: "school"})
	h.ruling(portfolio.Fact{Type: portfolio.FactNo, About: h.ids["daan"], Kind: "school"})
	for _, c := range []struct{ student, by, to string }{
		{"sem", "samira", "karin"}, {"sem", "sem", "noor"}, {"lotte", "lotte", "joost"}, {"lotte", "lotte", "anna"}, {"milan", "milan", "karin"},
		{"daan", "eva", "ruben"}, {"daan", "daan", "joris"}, // joris has no duty for daan: it does not count
	} {
		x := h.add("fact", c.student, "share of "+c.by+" with "+c.to)
		f := h.ruling(portfolio.Fact{Type: portfolio.FactShare, About: h.ids[c.student], By: h.ids[c.by], Party: h.ids[c.to],
			Items: append(id(c.student, "shared"), id(c.student, "draft")...), Evidence: "brief " + x.mark})
		x.id, x.sees = f.ID, func(v *seat) bool { return v.hat == portfolio.HatAdmin || v.hat == portfolio.HatFG }
	}
	h.ruling(portfolio.Fact{Type: portfolio.FactRefusal, About: h.ids["daan"], Party: h.ids["eva"], Items: id("daan", "guardians"), Review: portfolio.DateOf(h.lib.Now()).AddDays(90)})
}

// wait leaves a fact for which nobody said yes yet.
func (h *house) wait() {
	x := h.add("waiting", "sem", "an objection")
	f, err := h.lib.RecordFact(context.Background(), h.admin, portfolio.Fact{Type: portfolio.FactRelation, Kind: "carer", About: h.ids["sem"], Party: h.ids["bas"],
		From: portfolio.DateOf(h.lib.Now()), Evidence: "brief " + x.mark})
	h.must(err)
	x.id = f.ID
	// Another administrator, and staff who read the records of the student by
	// duty, may agree; administrators read it.
	x.sees = func(v *seat) bool {
		return v.hat == portfolio.HatAdmin || v.hat == portfolio.HatStaff && h.decision(v, h.find("record", "sem", "record")).Outcome == portfolio.DUTY
	}
}

// requests are a request that is open and one that was released.
func (h *house) requests() {
	ctx, samira := context.Background(), h.actor("samira", portfolio.HatGuardian)
	for _, name := range []string{"open", "released"} {
		x := h.add("request", "sem", name)
		q := portfolio.Question{Kinds: []string{"record"}, Why: "Reden " + x.mark, Period: "tijd " + x.mark}
		if name == "open" {
			q = portfolio.Question{Kinds: []string{"care"}, Items: []string{h.find("work", "sem", "private").id}, Why: q.Why, Period: q.Period}
		}
		r, err := h.lib.Ask(ctx, samira, h.ids["sem"], q)
		h.must(err)
		if name == "released" {
			r, err = h.lib.ReleaseRequest(ctx, h.actor("wim", portfolio.HatStaff), r.ID, r.Rev,
				portfolio.Releasing{Kinds: []string{"record"}, Last: portfolio.DateOf(h.lib.Now()).AddDays(20)})
			h.must(err)
		}
		x.id, x.rev = r.ID, r.Rev
		// Who asked, who decides (staff who read records by duty), and the FG.
		x.sees = func(v *seat) bool {
			return v.login == "samira" || v.hat == portfolio.HatFG ||
				v.hat == portfolio.HatStaff && h.decision(v, h.find("record", "sem", "record")).Outcome == portfolio.DUTY
		}
	}
}

// others are emergency access, an upload and conversations.
func (h *house) others() {
	ctx := context.Background()
	now := h.add("emergency", "noor", "of joris")
	f, err := h.lib.OpenInEmergency(ctx, h.actor("joris", portfolio.HatStaff), h.ids["noor"], "Noor is gevallen op het plein.")
	h.must(err)
	now.id, now.sees = f.ID, func(v *seat) bool { return v.login == "joris" && v.hat == portfolio.HatStaff }
	for _, name := range []string{"half", "another"} {
		x := h.add("upload", "lotte", name)
		u, err := h.lib.StartUpload(ctx, h.actor("lotte", portfolio.HatStudent), name+" "+x.mark+".jpg", 5000)
		h.must(err)
		x.id, x.sees = u.ID, func(v *seat) bool { return v.login == "lotte" }
	}

	for _, c := range []struct{ student, staff, with, hat string }{
		{"sem", "fatima", "samira", portfolio.HatGuardian}, {"lotte", "joris", "lotte", portfolio.HatStudent}, {"milan", "joris", "milan", portfolio.HatStudent},
	} {
		x := h.add("talk", c.student, c.staff+" with "+c.with)
		t, err := h.talks.Start(ctx, h.actor(c.staff, portfolio.HatStaff), chat.NewTalk{Key: portfolio.NewID(), Student: h.ids[c.student],
			With: []string{h.ids[c.with]}, Title: "Gesprek " + x.mark, Text: "Bericht " + x.mark})
		h.must(err)
		x.id = t.ID
		second := "" // nobody is alone with a student: somebody who works for the whole school joins
		if c.with == c.student {
			second = "wim"
		}
		x.item = portfolio.Item{Kind: portfolio.ItemMessage, Participants: []string{h.ids[c.staff], h.ids[c.with], h.ids[second]}}
		y := h.add("later", c.student, "of "+c.staff)
		late, err := h.talks.SendLater(ctx, h.actor(c.staff, portfolio.HatStaff), t.ID, chat.Words{Key: portfolio.NewID(), Text: "Later " + y.mark}, h.lib.Now().Add(24*time.Hour))
		h.must(err)
		y.id, y.rev, y.sees = late.ID, late.Rev, func(v *seat) bool { return v.login == c.staff && v.hat == portfolio.HatStaff }
		// A conversation is somebody's in the hat in which it is held.
		x.sees = func(v *seat) bool {
			return h.decision(v, x).Open && ((v.login == c.staff || v.login == second) && v.hat == portfolio.HatStaff || v.login == c.with && v.hat == c.hat)
		}
	}
}

// packed are things that need the facts to be there.
func (h *house) packed() {
	ctx := context.Background()
	for _, c := range []struct{ student, by, hat string }{{"sem", "samira", portfolio.HatGuardian}, {"lotte", "lotte", portfolio.HatStudent}, {"milan", "milan", portfolio.HatStudent}} {
		x := h.add("bundle", c.student, "of "+c.by)
		a := h.actor(c.by, c.hat)
		b, err := h.app.opt.Jobs.Make(ctx, a, h.ids[c.student], portfolio.Wish{Lang: "nl"})
		h.must(err)
		x.id, x.sees = b.ID, func(v *seat) bool { return v.login == c.by && v.hat == c.hat }
		until(h.t, "a bundle", func() bool {
			b, err := h.lib.BundleByID(ctx, a, x.id)
			h.must(err)
			return b.State == portfolio.BundleReady
		})
		y := h.add("handover", c.student, "of "+c.by)
		_, made, err := h.lib.MakeHandover(ctx, a, x.id, portfolio.NewID())
		h.must(err)
		y.id, y.sees = made.ID, x.sees
	}
	for _, student := range inHouse {
		x := h.add("student", student, student)
		x.id, x.sees = h.ids[student], func(v *seat) bool { return h.stand(v, student) != portfolio.Stranger }
	}
	x := h.add("import", "sem", "none")
	x.id, x.sees = portfolio.NewID(), func(v *seat) bool { return false }
	x = h.add("person", "sem", "sem")
	x.id, x.sees = h.ids["sem"], func(v *seat) bool { return v.hat == portfolio.HatAdmin }
	x = h.add("class", "sem", "of sem")
	x.id, x.sees = h.roll.classes(h.ids["sem"])[0], func(v *seat) bool { return v.hat == portfolio.HatAdmin }
}
