package app

import (
	"kaft/portfolio"
	"kaft/static"
)

// stylePage is the living style page: every part of templates/parts, with what
// a school would have in it. It is served in the demo only, and tests render it
// in every language.
type stylePage struct {
	Page
	Label    Label
	Chart    Chart
	Moments  []Moment
	Bubbles  []Bubble
	Tiles    []Tile
	Presets  []Preset
	Pupils   []stylePupil
	Problems []Problem
	Job      Progress
	Flash    Toast
	Icons    []string
	Today    portfolio.Date
}

// stylePupil is a row of the table.
type stylePupil struct {
	ID, Name, Work, Remark string
	Level                  int
}

func (v *visit) style() error { return v.Render("stijl", newStylePage(v.frame())) }

// newStylePage fills the style page. What stands here is what people would
// have written, so it is in one language; the screen's own words are not here.
func newStylePage(frame Page) stylePage {
	goal := func(name string, levels ...int) ChartLine {
		line := ChartLine{Name: name}
		months := []portfolio.Date{20260908, 20261104, 20270118, 20270311, 20270520}
		for i, level := range levels {
			line.Points = append(line.Points, ChartPoint{On: months[i] + portfolio.Date(len(name)%4), Level: level})
		}
		return line
	}
	return stylePage{
		Page:  frame,
		Label: Label{Name: "Noor de Vries", Detail: "groep 7 · De Linde"},
		Chart: NewChart("groei", "Groei van Noor", 20260901, 20270630, []ChartLine{
			goal("rekenen", 2, 2, 3, 3, 4), goal("taal", 3, 3, 3, 3, 3), goal("samenwerken", 1, 1, 2, 2, 3),
		}),
		Moments: []Moment{
			{When: "12 november", Title: "Vlinder op de muur", Path: "/stijl", Text: "“Ik heb met schaduw gewerkt.”", Badge: PresetClass},
			{When: "3 november", Title: "Boekverslag: De Gorgels", Path: "/stijl", Detail: "juf Fatima · taal", Level: 3, Badge: PresetParents},
			{When: "28 oktober", Title: "Wat ik leerde van de toets", Path: "/stijl", Badge: PresetMe},
		},
		Bubbles: []Bubble{
			{ID: "m1", Who: "juf Fatima", When: "14:02", Text: "Mooie vlinder, Noor! Hoe heb je de schaduw gemaakt?"},
			{ID: "m2", Mine: true, When: "14:10", Text: "Met houtskool en mijn vinger 🙂"},
			{ID: "m3", Mine: true, Waiting: true, When: "14:11", Text: "Morgen neem ik hem mee."},
		},
		Tiles: []Tile{
			{Path: "/stijl", Title: "Vlinder op de muur", When: "12 nov 2026", Thumb: static.Path("img/icon.svg"), Alt: "Een schrift met een etiket", Badge: PresetClass},
			{Path: "/stijl", Title: "Wat ik leerde van de toets", When: "28 okt 2026", Excerpt: "Ik dacht dat breuken moeilijk waren, maar met een taart erbij snapte ik het. Eerst tekende ik hem in vieren, daarna in achten, en toen zag ik het ineens.", Badge: PresetMe},
			{Path: "/stijl", Title: "Boekverslag: De Gorgels", When: "3 nov 2026", Icon: "file", Mark: "3 blz.", Badge: PresetParents},
			{Path: "/stijl", Title: "Spreekbeurt over haaien", When: "21 okt 2026", Icon: "video", Mark: "4:05", MarkIcon: "play", Badge: PresetTeacher},
			{Path: "/stijl", Title: "Toneelstuk groep 7 en 8", When: "14 okt 2026", Icon: "image", Badge: PresetSchool},
			{Path: "/stijl", Title: "Terugblik op september", When: "30 sep 2026", Icon: "lookback", Tag: "concept", Badge: PresetMe},
		},
		Presets: append(append([]Preset{}, Presets...), PresetOther),
		Pupils: []stylePupil{
			{ID: "noor", Name: "Noor de Vries", Work: "3 blz.", Level: 3, Remark: "Mooi opgebouwd"},
			{ID: "sem", Name: "Sem Bakker", Work: "foto"},
			{ID: "lotte", Name: "Lotte van den Berg", Work: "film", Level: 1},
		},
		Problems: []Problem{{Field: "reden", Text: "Schrijf in één zin waarom. De ouder krijgt dit te lezen."}},
		Job: Progress{Label: "Bestanden inpakken, 212 van 340", Detail: "1,2 van 1,9 GB · nog ongeveer 2 minuten", Value: 212, Max: 340, Steps: []Step{
			{Text: "Gegevens verzamelen", State: "done"}, {Text: "Bestanden inpakken", State: "busy"},
			{Text: "Controleren en verzegelen", State: "wait"}, {Text: "Klaar om te downloaden", State: "wait"},
		}},
		Flash: Toast{Text: "Het staat in je portfolio.", Path: "/stijl", Link: "Bekijk", Undo: "/stijl"},
		Icons: []string{"home", "growth", "chat", "me", "today", "class", "people-admin", "settings", "move", "shield", "bell", "search", "help",
			"lock", "person", "people", "group", "school", "eye", "plus", "camera", "image", "video", "file", "text", "lookback", "upload", "download",
			"bin", "undo", "edit", "send", "print", "link", "label", "box", "sound", "play", "check", "info", "warn", "danger", "close", "more", "back", "next", "down", "signout"},
		Today: 20261121,
	}
}
