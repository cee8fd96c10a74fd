package app

import (
	"slices"
	"strings"

	"kaft/portfolio"
)

// door is what is known of one route: what its path is about and for whom it is
// there, or what it is instead.
type door struct {
	of   []string                         // kinds of things in the path
	may  func(*house, *seat, *thing) bool // of those to whom the thing is open, who is let in
	let  func(*house, *seat, *thing) bool // who is let in, where that does not hang on the thing being open
	hat  string                           // of a route that is about no thing: the hats it is there for
	some bool                             // and then not for everybody in that hat
	ask  string                           // what the address asks besides
	why  string                           // what is behind it
}

// lets tells whether somebody is let in at a door.
func (d door) lets(h *house, v *seat, x *thing) bool {
	if d.let != nil {
		return v.hat != "" && d.let(h, v, x)
	}
	return h.open(v, x) && (d.may == nil || d.may(h, v, x))
}

func (d door) asking(query string) door { d.ask = query; return d }
func (d door) forSome() door            { d.some = true; return d }

// in tells whether a route about no thing is there for somebody.
func (d door) in(v *seat) bool {
	return d.hat == "any" || v.hat != "" && (d.hat == forAll || slices.Contains(strings.Fields(d.hat), v.hat))
}

// The hats, as a door names them.
const (
	forAll   = ""
	students = "student"
	families = "student guardian"
	workers  = "staff"
	office   = "admin"
)

func inHat(hat, why string) door { return door{hat: hat, why: why} }

func letting(kinds string, let func(*house, *seat, *thing) bool) door {
	return door{of: strings.Fields(kinds), let: let}
}

func behind(kinds string, may func(*house, *seat, *thing) bool) door {
	return door{of: strings.Fields(kinds), may: may}
}

// Who is let in where a thing is open.
var (
	everyone func(*house, *seat, *thing) bool

	// maker: the student whose thing it is.
	maker  = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) == portfolio.Self }
	near   = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student).KnowsReaders() }
	duty   = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) == portfolio.OnDuty }
	byDuty = func(h *house, v *seat, x *thing) bool { return h.decision(v, x).Outcome == portfolio.DUTY }
	author = func(h *house, v *seat, x *thing) bool { return x.item.Author == v.id && x.item.Draft }
	stands = func(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) != portfolio.Stranger }
	began  = func(h *house, v *seat, x *thing) bool { return v.id == x.item.Participants[0] } // a conversation
	noted  = func(h *house, v *seat, x *thing) bool { return x.kind == "note" }
)

// doors is a row for every route. A route without a row fails the test, and so
// does a row without a route.
var doors = map[string]door{
	"GET /":                 inHat("any", "the way in"),
	"GET /aanmelden":        inHat("any", "sign-in"),
	"POST /aanmelden":       inHat("any", "sign-in"),
	"POST /afmelden":        inHat("any", "sign-out"),
	"POST /overal-afmelden": inHat("any", "sign-out"),
	"GET /wie":              inHat("any", "one's own hats"),
	"POST /wie":             inHat("any", "one's own hats"),
	"POST /voorkeuren":      inHat("any", "one's own language and look"),
	"GET /hulp":             inHat("any", "help"),
	"GET /privacy":          inHat("any", "what Kaft does with data"),
	"GET /begin":            inHat("any", "the first school; gone once there is one"),
	"POST /begin":           inHat("any", "the first school; gone once there is one"),

	"GET /werk":                   inHat(students, "one's own works"),
	"GET /werk/nieuw":             inHat(students, "the form of a new work"),
	"POST /werk":                  inHat(students, "a new work of one's own"),
	"GET /werk/:id":               behind("work", everyone),
	"GET /werk/:id/wijzig":        behind("work", maker),
	"POST /werk/:id":              behind("work", maker),
	"POST /werk/:id/delen":        behind("work", maker),
	"POST /werk/:id/weg":          behind("work", maker),
	"POST /werk/:id/terug":        behind("work", maker),
	"GET /werk/:id/versies":       behind("work", maker),
	"POST /werk/:id/versies/:n":   behind("work", maker),
	"GET /wie-ziet":               inHat(students, "who would see a new work of one's own").asking("?audience=me"),
	"GET /wie-ziet/:id":           behind("work", maker).asking("?audience=me"),
	"GET /prullenbak":             inHat(students, "one's own bin"),
	"GET /groei":                  inHat(students, "one's own growth"),
	"GET /leerling/:id/groei":     behind("student", nil),
	"GET /ik":                     inHat(forAll, "oneself"),
	"GET /ik/wie-ziet":            inHat(students, "one's own works by who sees them"),
	"POST /ik/wie-ziet":           inHat(students, "another audience for one's own works"),
	"POST /ik/wie-ziet/terug":     inHat(students, "taking that back"),
	"GET /werk/:id/bestand/:file": behind("work", everyone),
	"GET /werk/:id/klein/:file":   behind("work", everyone),
	"GET /werk/:id/wie":           behind("work", near),
	"POST /werk/:id/beoordeling":  behind("work", duty),
	"GET /beoordeling/:id":        behind("assessment", everyone),
	"POST /beoordeling/:id":       behind("assessment", author),
	"POST /beoordeling/:id/deel":  behind("assessment", author),
	"GET /beoordeling/:id/wie":    behind("assessment", near),

	"GET /meldingen":            inHat(forAll, "one's own notices"),
	"GET /api/v1/notices":       inHat(forAll, "one's own notices"),
	"GET /zestien":              inHat(students, "the choice at 16 of the student").forSome(),
	"POST /zestien":             inHat(students, "the choice at 16 of the student"),
	"GET /nood":                 inHat(workers, "looking for a student in an emergency"),
	"POST /nood":                inHat(workers, "looking for a student in an emergency"),
	"GET /leerling/:id/nood":    letting("student", atWork),
	"POST /leerling/:id/nood":   letting("student", atWork),
	"POST /nood/:id/einde":      behind("emergency", everyone),
	"GET /thuis":                inHat(forAll, "one's own children"),
	"GET /leerling/:id":         behind("student", nil),
	"GET /leerling/:id/logboek": letting("student", readsLog),
	"GET /rechten":              inHat(forAll, "the rights of everybody"),
	"GET /leerling/:id/waarom":  behind("student", nil),

	"GET /leerling/:id/dossier":         behind("student", nil),
	"GET /leerling/:id/dossier/nieuw":   behind("student", nil),
	"POST /leerling/:id/dossier":        behind("student", nil),
	"GET /dossier/:id":                  behind("record care contact note", everyone),
	"GET /dossier/:id/wijzig":           behind("record care contact note", byDuty),
	"POST /dossier/:id":                 behind("record care contact note", byDuty),
	"GET /dossier/:id/versies":          behind("record care contact note", byDuty),
	"GET /dossier/:id/deel":             behind("record care contact note", noted),
	"POST /dossier/:id/deel":            behind("record care contact note", noted),
	"GET /api/v1/students/:id/records":  behind("student", nil),
	"POST /api/v1/students/:id/records": behind("student", nil),
	"GET /api/v1/records/:id":           behind("record care contact note", everyone),
	"PUT /api/v1/records/:id":           behind("record care contact note", byDuty),

	"GET /leerling/:id/toestemming":      letting("student", readsConsent),
	"POST /leerling/:id/toestemming":     letting("student", consents),
	"GET /api/v1/students/:id/consents":  letting("student", readsConsent),
	"POST /api/v1/students/:id/consents": letting("student", consents),

	"GET /leerling/:id/vraag":     behind("student", nil),
	"POST /leerling/:id/vraag":    behind("student", nil),
	"GET /verzoeken":              inHat(forAll, "the requests that are one's own to read"),
	"GET /weigeringen":            inHat("fg", "refusals to look at again"),
	"GET /verzoek/:id":            behind("request", everyone),
	"POST /verzoek/:id/intrekken": behind("request", func(h *house, v *seat, x *thing) bool { return v.login == "samira" }),
	"POST /verzoek/:id/langer":    behind("request", decider),
	"POST /verzoek/:id/inzage":    behind("request", decider),
	"POST /verzoek/:id/weigeren":  behind("request", decider),
	"POST /verzoek/:id/antwoord":  behind("request", decider),
	"POST /overzicht/klachten":    inHat(office, "where the complaints body is"),

	"GET /vandaag": inHat(forAll, "what waits for whom one has a duty; empty for others"),
	"GET /groep":   inHat(forAll, "the students for whom one has a duty; empty for others"),

	"GET /overzicht":               inHat(office, "how the school stands, in numbers"),
	"GET /mensen":                  inHat(office, "who is at the school"),
	"GET /mensen/nieuw":            inHat(office, "the form of a new person"),
	"POST /mensen/nieuw":           inHat(office, "a new person"),
	"GET /mensen/:id":              behind("person", everyone),
	"POST /mensen/:id/feit":        behind("person", everyone),
	"POST /mensen/:id/account":     behind("person", everyone),
	"POST /mensen/:id/akkoord":     letting("person", agrees),
	"GET /feit/:id/einde":          behind("fact", admins),
	"POST /feit/:id/einde":         behind("fact", admins),
	"POST /feit/:id/gecontroleerd": behind("fact", admins),
	"GET /bevestigen":              inHat(forAll, "facts that wait for one's yes; empty for others"),
	"POST /bevestigen":             inHat(forAll, "facts that wait for one's yes"),
	"GET /feit/:id":                behind("waiting", everyone),
	"POST /feit/:id":               behind("waiting", everyone),
	// The facts of this house have no document: evidence_test.go shows who opens one.
	"GET /feit/:id/bewijs": letting("fact", func(*house, *seat, *thing) bool { return false }),
	"GET /klassen":         inHat(office, "the classes"),
	"POST /klassen":        inHat(office, "the classes"),

	"GET /klassen/:id/vertrek":  behind("class", everyone),
	"POST /klassen/:id/vertrek": behind("class", everyone),
	"GET /eigen-inlog":          inHat(forAll, "one's own login"),
	"POST /eigen-inlog":         inHat(forAll, "one's own login"),
	"GET /herstel":              inHat("any", "a new password by a code"),
	"POST /herstel":             inHat("any", "a new password by a code"),

	"GET /tijdmachine":                     inHat("fg", "who saw what on a day"),
	"GET /tijdmachine/zaken":               inHat("fg", "who saw what on a day, as a file of cases").forSome(),
	"GET /laat":                            inHat("fg", "facts that came late"),
	"GET /api/v1/students/:id/timemachine": letting("student", guards).asking("?at=AT"),
	"GET /logboek":                         inHat("fg", "the log of the school"),
	"POST /logboek/bestand":                inHat("fg", "the log of the school as a file"),
	"GET /bewaren":                         inHat("fg", "what is past its time"),
	"GET /bewaren/gewist":                  inHat("fg", "what was erased"),
	"GET /bewaren/:id":                     letting("student", guards),
	"POST /bewaren/:id/wis":                letting("student", guards),
	"POST /bewaren/:id/langer":             letting("student", guards),

	"POST /uploads":            inHat(students, "a new upload of one's own"),
	"GET /uploads/:id":         behind("upload", everyone),
	"PUT /uploads/:id":         behind("upload", everyone),
	"DELETE /uploads/:id":      behind("upload", everyone),
	"POST /uploads/:id/finish": behind("upload", everyone),

	"GET /ws":               inHat("socket", "the socket has a test of its own below"),
	"GET /gesprekken":       inHat(forAll, "one's own conversations"),
	"GET /gesprekken/nieuw": inHat(forAll, "the form of a new conversation; whoever can talk about one student goes there").forSome(),
	"POST /gesprekken":      inHat(forAll, "a new conversation"),
	"GET /gesprekken/:id":   behind("talk", everyone),
	"POST /gesprekken/:id":  behind("talk", everyone),

	"GET /gesprekken/zoek":                         inHat(forAll, "what was said in one's own conversations"),
	"POST /gesprekken/:id/uploads":                 behind("talk", everyone),
	"GET /gesprekken/:id/bericht/:n":               behind("talk", everyone),
	"POST /gesprekken/:id/bericht/:n":              behind("talk", began),
	"POST /gesprekken/:id/bericht/:n/weg":          behind("talk", began),
	"GET /gesprekken/:id/bericht/:n/bestand/:file": behind("talk", everyone),
	"GET /gesprekken/:id/bericht/:n/klein/:file":   behind("talk", everyone),
	"PUT /api/v1/conversations/:id/messages/:n":    behind("talk", began),
	"DELETE /api/v1/conversations/:id/messages/:n": behind("talk", began),
	"PUT /api/v1/conversations/:id/read":           behind("talk", everyone),
	"GET /api/v1/conversations/:id/draft":          behind("talk", everyone),
	"PUT /api/v1/conversations/:id/draft":          behind("talk", everyone),
	"POST /api/v1/conversations/:id/later":         behind("talk", everyone),
	"GET /api/v1/messages":                         inHat(forAll, "what was said in one's own conversations").asking("?q=gestolen"),
	"GET /api/v1/later":                            inHat(forAll, "what one wrote for later"),
	"GET /gesprekken/later/:id":                    behind("later", everyone),
	"POST /gesprekken/later/:id":                   behind("later", everyone),
	"POST /gesprekken/later/:id/weg":               behind("later", everyone),
	"PUT /api/v1/later/:id":                        behind("later", everyone),
	"DELETE /api/v1/later/:id":                     behind("later", everyone),
	"GET /api/v1/conversations":                    inHat(forAll, "one's own conversations"),
	"GET /api/v1/conversations/:id/messages":       behind("talk", everyone),
	"POST /api/v1/conversations/:id/messages":      behind("talk", everyone),

	"GET /leerling/:id/overstap":            letting("student", hasFile),
	"POST /leerling/:id/overstap":           letting("student", hasFile),
	"GET /api/v1/students/:id/inspection":   letting("student", hasFile),
	"POST /api/v1/students/:id/inspection":  letting("student", hasFile),
	"POST /overzicht/soort":                 inHat(office, "what kind of school it is"),
	"GET /gesprekken/:id/wie":               behind("talk", everyone),
	"GET /leerling/:id/samen":               letting("student", companion),
	"POST /leerling/:id/samen":              letting("student", companion),
	"GET /instellingen/gesprekken":          inHat(office, "the school's policy of conversations"),
	"POST /instellingen/gesprekken":         inHat(office, "the school's policy of conversations"),
	"GET /api/v1/settings/conversations":    inHat(office, "the school's policy of conversations"),
	"PUT /api/v1/settings/conversations":    inHat(office, "the school's policy of conversations"),
	"GET /api/v1/students/:id/together":     letting("student", companion),
	"POST /api/v1/students/:id/together":    letting("student", companion),
	"POST /api/v1/conversations":            inHat(forAll, "a new conversation"),
	"GET /api/v1/conversations/offers":      inHat(forAll, "the kinds of conversation one can start"),
	"GET /api/v1/conversations/:id/readers": behind("talk", everyone),

	"GET /pakket":                          inHat(families, "one's own bundles").forSome(),
	"POST /pakket":                         inHat(families, "a new bundle"),
	"GET /pakket/keuze":                    inHat(families, "one's own works, to pick from").forSome(),
	"GET /pakket/:id":                      behind("bundle", everyone),
	"GET /pakket/:id/bestand":              behind("bundle", everyone),
	"GET /pakket/:id/mahara":               behind("bundle", everyone),
	"POST /pakket/:id/weg":                 behind("bundle", everyone),
	"POST /pakket/:id/code":                behind("bundle", everyone),
	"POST /pakket/code/:id/weg":            behind("handover", everyone),
	"POST /overdracht":                     inHat("any", "a bundle, for a code: deliver_test.go"),
	"POST /verhuizingen/ophalen":           inHat(office, "a bundle that is fetched"),
	"GET /api/v1/students/:id/bundles":     letting("student", packs),
	"GET /api/v1/students/:id/handovers":   letting("student", packs),
	"POST /api/v1/bundles/:id/handovers":   behind("bundle", everyone),
	"POST /api/v1/handovers/:id/revoke":    behind("handover", everyone),
	"POST /api/v1/imports":                 inHat(office, "a bundle that is fetched"),
	"GET /api/v1/imports/:id":              behind("import", everyone),
	"GET /verhuizingen":                    inHat(office, "bundles that came in"),
	"POST /verhuizingen":                   inHat(office, "a bundle that comes in"),
	"GET /verhuizingen/scholen":            inHat(office, "the schools that are known"),
	"POST /verhuizingen/scholen":           inHat(office, "keys to compare"),
	"POST /verhuizingen/scholen/bekend":    inHat(office, "a school that becomes known"),
	"POST /verhuizingen/scholen/weg":       inHat(office, "a school that was known"),
	"POST /verhuizingen/scholen/sleutel":   inHat(office, "a new key of the school"),
	"GET /.well-known/portfolio-keys.json": inHat("any", "the public keys of the schools"),
	"GET /verhuizingen/:id":                behind("import", everyone),
	"POST /verhuizingen/:id/overnemen":     behind("import", everyone),
	"POST /verhuizingen/:id/weg":           behind("import", everyone),
	"POST /verhuizingen/:id/terug":         behind("import", everyone),
	"POST /verhuizingen/:id/gesprekken":    behind("import", everyone),

	"GET /api/v1/me":                       inHat(forAll, "oneself"),
	"GET /api/v1/students":                 inHat(forAll, "one's own students"),
	"GET /api/v1/students/:id":             behind("student", everyone),
	"GET /api/v1/students/:id/works":       letting("student", someWork),
	"GET /api/v1/students/:id/assessments": behind("student", nil),
	"POST /api/v1/students/:id/requests":   behind("student", nil),
	"GET /api/v1/requests":                 inHat(forAll, "the requests that are one's own to read"),
	"POST /api/v1/readers":                 inHat(students, "who would see a work of one's own"),
	"POST /api/v1/works":                   inHat(students, "a new work of one's own"),
	"GET /api/v1/works/:id":                behind("work", everyone),
	"PUT /api/v1/works/:id":                behind("work", maker),
	"DELETE /api/v1/works/:id":             behind("work", maker),
	"POST /api/v1/works/:id/restore":       behind("work", maker),
	"GET /api/v1/works/:id/assessments":    behind("work", stands),
	"POST /api/v1/works/:id/assessments":   behind("work", duty),
	"PUT /api/v1/assessments/:id":          behind("assessment", author),
	"POST /api/v1/assessments/:id/publish": behind("assessment", author),
}

// packs: who has a right to the whole file.
func packs(h *house, v *seat, x *thing) bool {
	return portfolio.May(portfolio.Actor{School: h.admin.School, Person: v.id, Hat: v.hat}, portfolio.ActBundle, h.roll.facts(v, x.id), h.lib.Now())
}

func guards(h *house, v *seat, x *thing) bool { return v.hat == portfolio.HatFG }

// atWork: staff, unless they are family.
func atWork(h *house, v *seat, x *thing) bool {
	return v.hat == portfolio.HatStaff && !h.roll.facts(v, x.id).People[v.id].Blocked
}

// readsLog: the student, who follows the student, and the FG.
func readsLog(h *house, v *seat, x *thing) bool {
	stand := h.stand(v, x.student)
	return guards(h, v, x) || stand == portfolio.Self || stand == portfolio.Follows
}

// consents: who holds custody of a student under 16, which is who inspects.
func consents(h *house, v *seat, x *thing) bool { return h.stand(v, x.student) == portfolio.Follows }

// hasFile: who has the right to the whole file, which is who makes the bundle.
func hasFile(h *house, v *seat, x *thing) bool {
	return v.hat != "" && portfolio.May(portfolio.Actor{Person: v.id, Hat: v.hat}, portfolio.ActBundle, h.roll.facts(v, h.ids[x.student]), h.lib.Now())
}

// readsConsent: the student too.
func readsConsent(h *house, v *seat, x *thing) bool {
	return consents(h, v, x) || h.stand(v, x.student) == portfolio.Self
}

// someWork: who stands somehow to the student, or sees one work.
func someWork(h *house, v *seat, x *thing) bool {
	return stands(h, v, x) || slices.ContainsFunc(h.of("work"), func(y *thing) bool { return y.student == x.student && h.open(v, y) })
}

func decider(h *house, v *seat, x *thing) bool { return v.hat == portfolio.HatStaff }

// agrees: who says yes or no to a colleague's hats, were there any that wait.
func agrees(h *house, v *seat, x *thing) bool { return admins(h, v, x) || guards(h, v, x) }

// companion: who of the family is in touch with the student.
func companion(h *house, v *seat, x *thing) bool {
	stand := h.stand(v, x.student)
	return stand == portfolio.Progress || stand == portfolio.Follows
}

func admins(h *house, v *seat, x *thing) bool { return v.hat == portfolio.HatAdmin }
