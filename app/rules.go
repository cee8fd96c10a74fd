package app

import (
	"cmp"

	"kaft/portfolio"
)

// The rule in words: the one place where a number of portfolio/RULE.md gets a
// sentence.

// ruleTexts say of somebody why the rule answered as it did, by its number:
// "heeft gezag over Noor". Rule 8 has one for each circle.
var ruleTexts = map[string]string{
	"0":                 "rule.birth",
	"1":                 "rule.gone",
	"2":                 "rule.deceased",
	"3":                 "rule.author",
	"5":                 "rule.no_hat",
	"6.1":               "rule.custody",
	"6.2":               "rule.unverified",
	"6.3":               "rule.parent",
	"6.4":               "rule.carer",
	"6.5":               "rule.supervisor",
	"6.6":               "rule.curator",
	"7":                 "rule.duty",
	"8":                 "rule.school",
	"8 class":           "rule.class",
	"8 class_guardians": "rule.class_guardians",
	"9":                 "rule.share",
	"10":                "rule.depicted",
	"11":                "rule.restriction",
	"12":                "rule.refusal",
	"13":                "rule.order",
}

// noTexts say it of a NO, where the reason to see something is none to not see
// it: who has custody of somebody of 18 sees nothing.
var noTexts = map[string]string{
	"3":   "rule.not_author",
	"4":   "rule.not_yet_asked",
	"6.1": "rule.custody_not",
	"6.4": "rule.carer_not",
	"6.6": "rule.curator_not",
	"7":   "rule.duty_not",
}

// whyText is why a decision about somebody is what it is, with the number of
// the rule.
func (v *visit) whyText(d portfolio.Decision, circle portfolio.Circle, student string) string {
	no := ""
	if d.Outcome == portfolio.NO {
		no = noTexts[d.Rule]
	}
	key := cmp.Or(no, ruleTexts[d.Rule+" "+string(circle)], ruleTexts[d.Rule], "rule.other")
	return v.say("rule.number", "Why", v.say(key, "Name", student), "Rule", d.Rule)
}

// reasons say to somebody why he finds a student as he does, by the outcome of
// the rule and the number that settled it.
var reasons = map[string]string{
	"INSPECT 6.1": "why.custody",
	"INSPECT 6.6": "why.curator",
	"REQUEST 6.1": "why.request",
	"REQUEST 6.6": "why.request",
	"TOLD 6.1":    "why.sixteen",
	"TOLD 6.4":    "why.carer",
	"TOLD 0":      "why.birth",
	"ON_ASK 6.3":  "why.no_custody",
	"ON_ASK 6.5":  "why.supervisor",
	"ON_ASK 13":   "why.inform",
	"ON_ASK 0":    "why.birth",
	"NO 0":        "why.birth",
	"NO 2":        "why.personal",
	"NO 6.1":      "why.adult",
	"NO 6.2":      "why.unverified",
	"NO 6.3":      "why.adult",
	"NO 12":       "why.refused",
}

// seenReasons are those for a thing that is seen, where the reason for how
// somebody stands says more than is asked.
var seenReasons = map[string]string{
	"INSPECT 6.1": "why.has_custody",
}

// reasonText says why, or that there is no more to say.
func (v *visit) reasonText(d portfolio.Decision, student string) string {
	return v.say(cmp.Or(reasons[d.Outcome.String()+" "+d.Rule], "why.none"), "Name", student)
}
