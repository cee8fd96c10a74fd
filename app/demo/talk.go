package demo

import (
	"context"
	"fmt"

	"kaft/chat"
	"kaft/portfolio"
)

// line is one message of a demo conversation.
type line struct {
	login, hat, text string
}

// talk lets a few people speak: a student with a teacher and a parent, and a
// parent with a teacher.
func (s *school) talk(ctx context.Context) error {
	student, staff, guardian := portfolio.HatStudent, portfolio.HatStaff, portfolio.HatGuardian
	for _, c := range []struct {
		about, title string
		with         []string
		lines        []line
	}{
		{"noor", "Vlinder op de muur", []string{"noor", "anna"}, []line{
			{"fatima", staff, "Mooie vlinder, Noor. Hoe heb je de schaduw gemaakt?"},
			{"noor", student, "Met houtskool en mijn vinger 🙂"},
			{"anna", guardian, "Hij hangt nu in de keuken."},
		}},
		{"sem", "Tafels", []string{"samira"}, []line{
			{"fatima", staff, "Sem oefent deze week de tafel van 7. Helpt u thuis mee?"},
			{"samira", guardian, "Dat doen we. Dank u wel."},
		}},
		{"lotte", "Profielwerkstuk", []string{"lotte"}, []line{
			{"joris", staff, "Heb je de tellingen van 2019 al gevonden?"},
			{"lotte", student, "Ja, bij het stadsarchief. Ik stuur morgen een plan."},
		}},
	} {
		n := chat.NewTalk{Key: portfolio.NewID(), Student: s.people[c.about].ID, Title: c.title, Text: c.lines[0].text}
		for _, login := range c.with {
			n.With = append(n.With, s.people[login].ID)
		}
		t, err := s.talks.Start(ctx, s.as(c.lines[0].login, c.lines[0].hat), n)
		if err != nil {
			return fmt.Errorf("conversation %q: %w", c.title, err)
		}
		for _, l := range c.lines[1:] {
			if _, _, err := s.talks.Say(ctx, s.as(l.login, l.hat), t.ID, portfolio.NewID(), l.text); err != nil {
				return fmt.Errorf("conversation %q: %w", c.title, err)
			}
		}
	}
	return nil
}
