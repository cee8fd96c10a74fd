package demo

import (
	"context"
	"fmt"

	"kaft/portfolio"
)

// paper is a piece of the school's file.
type paper struct {
	about, by string // logins
	days      int    // ago
	portfolio.NewRecord
}

var papers = []paper{
	{"noor", "ingrid", 20, portfolio.NewRecord{Kind: portfolio.ItemRecord, Type: portfolio.RecordTalk, Title: "Gesprek over lezen", Source: "school",
		Text: "Met Noor en haar moeder gesproken. Noor leest thuis elke avond een kwartier. In februari kijken we opnieuw."}},
	{"noor", "wim", 12, portfolio.NewRecord{Kind: portfolio.ItemRecord, Type: portfolio.RecordAbsence, Title: "Twee dagen ziek", Source: "guardian", SourceNote: "haar vader belde",
		Text: "Griep. Op donderdag weer op school."}},
	{"noor", "wim", 80, portfolio.NewRecord{Kind: portfolio.ItemContact, Title: "Anna Kuipers, moeder", Source: "guardian",
		Details: []portfolio.Detail{{Label: "telefoon", Value: "06 55 50 01 23"}, {Label: "e-mail", Value: "anna@voorbeeld.example"}, {Label: "adres", Value: "Lindelaan 4, Utrecht"}}}},
	{"noor", "wim", 80, portfolio.NewRecord{Kind: portfolio.ItemContact, Title: "Bas de Vries, vader", Source: "guardian",
		Details: []portfolio.Detail{{Label: "telefoon", Value: "06 55 50 04 56"}}}},
	{"noor", "fatima", 5, portfolio.NewRecord{Kind: portfolio.ItemNote, Title: "Stil na de pauze", Source: "school",
		Text: "Noor was twee middagen stil. Morgen vragen hoe het buiten gaat."}},
	{"sem", "ingrid", 35, portfolio.NewRecord{Kind: portfolio.ItemCare, Type: portfolio.CareSupport, Title: "Begeleiding bij rekenen", Source: "school",
		Text: "Zes weken, twee keer per week een half uur, samen met juf Fatima."}},
	{"sem", "ingrid", 60, portfolio.NewRecord{Kind: portfolio.ItemCare, Type: portfolio.CareHealth, Title: "Astma", Source: "guardian", SourceNote: "zijn moeder",
		Text: "Een pufje ligt bij de conciërge. Voor gym mag Sem het zelf pakken."}},
	{"lotte", "joris", 90, portfolio.NewRecord{Kind: portfolio.ItemRecord, Type: portfolio.RecordTransfer, Title: "Rapport van de vorige school", Source: "previous_school", SourceNote: "De Eik, Amersfoort",
		Text: "Lotte werkt zelfstandig en schrijft graag."}},
	{"lotte", "joris", 90, portfolio.NewRecord{Kind: portfolio.ItemContact, Title: "Samira Amrani, moeder", Source: "guardian",
		Details: []portfolio.Detail{{Label: "telefoon", Value: "06 55 50 07 89"}}}},
}

// file puts the papers in the students' files.
func (s *school) file(ctx context.Context) error {
	for _, p := range papers {
		p.HappenedOn = s.ago(p.days)
		if _, err := s.lib.AddRecord(ctx, s.as(p.by, portfolio.HatStaff), s.people[p.about].ID, p.NewRecord); err != nil {
			return fmt.Errorf("%s: %s: %w", p.about, p.Title, err)
		}
	}
	return nil
}
