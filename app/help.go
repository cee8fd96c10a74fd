package app

// helpPage is C6, and privacyPage C8: pages of words, for everybody.
type helpPage struct{ Page }

type privacyPage struct{ Page }

func (v *visit) help() error { return v.Render("help", helpPage{v.frame()}) }

func (v *visit) privacy() error { return v.Render("privacy", privacyPage{v.frame()}) }
