package app

import (
	"runtime/debug"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// who says what a route needs before its handler is asked. Who may see or do
// what is not decided here but by the Library.
type who int

const (
	anybody who = iota // also somebody who is not signed in
	account            // signed in, with or without a hat on
	hatted             // signed in with a hat on
)

// route is one line of the route table.
type route struct {
	method, path string
	who          who
	handle       func(*visit) error
}

// routes is the whole route table. app/openapi.yaml describes those under
// /api/v1, and a test holds the two together.
var routes = []route{
	{"GET", "/", anybody, (*visit).home},
	{"GET", "/aanmelden", anybody, (*visit).signInForm},
	{"POST", "/aanmelden", anybody, (*visit).signIn},
	{"POST", "/afmelden", anybody, (*visit).signOut},
	{"POST", "/overal-afmelden", account, (*visit).signOutEverywhere},
	{"GET", "/wie", account, (*visit).hatForm},
	{"POST", "/wie", account, (*visit).chooseHat},
	{"POST", "/voorkeuren", anybody, (*visit).savePreferences},
	{"GET", "/eigen-inlog", hatted, (*visit).ownLoginForm},
	{"POST", "/eigen-inlog", hatted, (*visit).ownLogin},
	{"GET", "/herstel", anybody, (*visit).recoverForm},
	{"POST", "/herstel", anybody, (*visit).recoverLogin},

	// Work, growth, me
	{"GET", "/werk", hatted, (*visit).works},
	{"GET", "/werk/nieuw", hatted, (*visit).addWorkForm},
	{"POST", "/werk", hatted, (*visit).addWork},
	{"GET", "/werk/:id", hatted, (*visit).work},
	{"GET", "/werk/:id/wijzig", hatted, (*visit).changeWorkForm},
	{"POST", "/werk/:id", hatted, (*visit).changeWork},
	{"POST", "/werk/:id/delen", hatted, (*visit).shareWork},
	{"POST", "/werk/:id/weg", hatted, (*visit).binWork},
	{"POST", "/werk/:id/terug", hatted, (*visit).unbinWork},
	{"GET", "/werk/:id/versies", hatted, (*visit).versions},
	{"POST", "/werk/:id/versies/:n", hatted, (*visit).restoreVersion},
	{"GET", "/wie-ziet", hatted, (*visit).readers},
	{"GET", "/wie-ziet/:id", hatted, (*visit).readers},
	{"GET", "/prullenbak", hatted, (*visit).bin},
	{"GET", "/groei", hatted, (*visit).growth},
	{"GET", "/leerling/:id/groei", hatted, (*visit).studentGrowth},
	{"GET", "/ik", hatted, (*visit).me},
	{"GET", "/ik/wie-ziet", hatted, (*visit).sharing},
	{"POST", "/ik/wie-ziet", hatted, (*visit).shareMany},
	{"POST", "/ik/wie-ziet/terug", hatted, (*visit).unshareMany},
	{"GET", "/hulp", anybody, (*visit).help},
	{"GET", "/privacy", anybody, (*visit).privacy},

	// Notices, the 16th birthday, emergency access
	{"GET", "/meldingen", hatted, (*visit).notices},
	{"GET", "/api/v1/notices", hatted, (*visit).apiNotices},
	{"GET", "/zestien", hatted, (*visit).sixteenForm},
	{"POST", "/zestien", hatted, (*visit).sixteen},
	{"GET", "/nood", hatted, (*visit).emergencySearch},
	{"POST", "/nood", hatted, (*visit).searchInEmergency},
	{"GET", "/leerling/:id/nood", hatted, (*visit).emergencyForm},
	{"POST", "/leerling/:id/nood", hatted, (*visit).openInEmergency},
	{"POST", "/nood/:id/einde", hatted, (*visit).endEmergency},

	// Family
	{"GET", "/thuis", hatted, (*visit).family},
	{"GET", "/leerling/:id", hatted, (*visit).student},
	{"GET", "/leerling/:id/logboek", hatted, (*visit).studentLog},
	{"GET", "/rechten", hatted, (*visit).rights},

	// Permission
	{"GET", "/leerling/:id/toestemming", hatted, (*visit).consents},
	{"POST", "/leerling/:id/toestemming", hatted, (*visit).answerConsent},
	{"GET", "/api/v1/students/:id/consents", hatted, (*visit).apiConsents},
	{"POST", "/api/v1/students/:id/consents", hatted, (*visit).apiAnswerConsent},

	// The student's file
	{"GET", "/leerling/:id/dossier", hatted, (*visit).papers},
	{"GET", "/leerling/:id/dossier/nieuw", hatted, (*visit).addRecordForm},
	{"POST", "/leerling/:id/dossier", hatted, (*visit).addRecord},
	{"GET", "/dossier/:id", hatted, (*visit).record},
	{"GET", "/dossier/:id/wijzig", hatted, (*visit).changeRecordForm},
	{"POST", "/dossier/:id", hatted, (*visit).changeRecord},
	{"GET", "/dossier/:id/versies", hatted, (*visit).recordVersions},
	{"GET", "/dossier/:id/deel", hatted, (*visit).shareNoteForm},
	{"POST", "/dossier/:id/deel", hatted, (*visit).shareNote},
	{"GET", "/api/v1/students/:id/records", hatted, (*visit).apiRecords},
	{"POST", "/api/v1/students/:id/records", hatted, (*visit).apiAddRecord},
	{"GET", "/api/v1/records/:id", hatted, (*visit).apiRecord},
	{"PUT", "/api/v1/records/:id", hatted, (*visit).apiChangeRecord},

	// Requests
	{"GET", "/leerling/:id/vraag", hatted, (*visit).askForm},
	{"POST", "/leerling/:id/vraag", hatted, (*visit).ask},
	{"GET", "/verzoeken", hatted, (*visit).requests},
	{"GET", "/weigeringen", hatted, (*visit).refusals},
	{"GET", "/verzoek/:id", hatted, (*visit).request},
	{"POST", "/verzoek/:id/intrekken", hatted, (*visit).withdrawRequest},
	{"POST", "/verzoek/:id/langer", hatted, (*visit).extendRequest},
	{"POST", "/verzoek/:id/inzage", hatted, (*visit).releaseRequest},
	{"POST", "/verzoek/:id/weigeren", hatted, (*visit).refuseRequest},
	{"POST", "/verzoek/:id/antwoord", hatted, (*visit).answerRequest},
	{"POST", "/overzicht/klachten", hatted, (*visit).saveComplaints},

	// Staff
	{"GET", "/vandaag", hatted, (*visit).today},
	{"GET", "/groep", hatted, (*visit).group},
	{"POST", "/werk/:id/beoordeling", hatted, (*visit).assess},
	{"GET", "/beoordeling/:id", hatted, (*visit).assessment},
	{"POST", "/beoordeling/:id", hatted, (*visit).changeAssessment},
	{"POST", "/beoordeling/:id/deel", hatted, (*visit).shareAssessment},

	// Administrator
	{"GET", "/begin", anybody, (*visit).beginForm},
	{"POST", "/begin", anybody, (*visit).begin},
	{"GET", "/overzicht", hatted, (*visit).overview},
	{"GET", "/mensen", hatted, (*visit).people},
	{"GET", "/mensen/nieuw", hatted, (*visit).newcomerForm},
	{"POST", "/mensen/nieuw", hatted, (*visit).newcomer},
	{"GET", "/mensen/:id", hatted, (*visit).someone},
	{"POST", "/mensen/:id/feit", hatted, (*visit).recordFact},
	{"POST", "/mensen/:id/account", hatted, (*visit).addAccount},
	{"POST", "/mensen/:id/akkoord", hatted, (*visit).agree},
	{"GET", "/feit/:id/einde", hatted, (*visit).endForm},
	{"POST", "/feit/:id/einde", hatted, (*visit).endFact},
	{"POST", "/feit/:id/gecontroleerd", hatted, (*visit).verifyCustody},
	{"GET", "/feit/:id/bewijs", hatted, (*visit).evidence},
	{"GET", "/bevestigen", hatted, (*visit).waiting},
	{"POST", "/bevestigen", hatted, (*visit).confirmRoster},
	{"GET", "/feit/:id", hatted, (*visit).confirmForm},
	{"POST", "/feit/:id", hatted, (*visit).confirmFact},
	{"GET", "/klassen", hatted, (*visit).classes},
	{"POST", "/klassen", hatted, (*visit).addClass},
	{"GET", "/klassen/:id/vertrek", hatted, (*visit).leaveClassForm},
	{"POST", "/klassen/:id/vertrek", hatted, (*visit).leaveClass},

	// Questioning the rule
	{"GET", "/werk/:id/wie", hatted, (*visit).workReaders},
	{"GET", "/beoordeling/:id/wie", hatted, (*visit).assessmentReaders},
	{"GET", "/leerling/:id/waarom", hatted, (*visit).outlook},
	{"GET", "/tijdmachine", hatted, (*visit).timeMachine},
	{"GET", "/tijdmachine/zaken", hatted, (*visit).timeMachineCases},
	{"GET", "/laat", hatted, (*visit).lateFacts},
	{"GET", "/api/v1/students/:id/timemachine", hatted, (*visit).apiTimeMachine},

	// Privacy officer
	{"GET", "/logboek", hatted, (*visit).schoolLog},
	{"POST", "/logboek/bestand", hatted, (*visit).exportLog},
	{"GET", "/bewaren", hatted, (*visit).retain},
	{"GET", "/bewaren/gewist", hatted, (*visit).receipts},
	{"GET", "/bewaren/:id", hatted, (*visit).eraseForm},
	{"POST", "/bewaren/:id/wis", hatted, (*visit).erase},
	{"POST", "/bewaren/:id/langer", hatted, (*visit).keepLonger},

	// Files
	{"POST", "/uploads", hatted, (*visit).startUpload},
	{"GET", "/uploads/:id", hatted, (*visit).showUpload},
	{"PUT", "/uploads/:id", hatted, (*visit).putUpload},
	{"DELETE", "/uploads/:id", hatted, (*visit).dropUpload},
	{"POST", "/uploads/:id/finish", hatted, (*visit).finishUpload},
	{"GET", "/werk/:id/bestand/:file", hatted, (*visit).download},
	{"GET", "/werk/:id/klein/:file", hatted, (*visit).thumbnail},

	// Conversations
	{"GET", "/ws", anybody, (*visit).socket},
	{"GET", "/gesprekken", hatted, (*visit).talks},
	{"GET", "/gesprekken/nieuw", hatted, (*visit).newTalkForm},
	{"POST", "/gesprekken", hatted, (*visit).newTalk},
	{"GET", "/gesprekken/zoek", hatted, (*visit).searchTalks},
	{"GET", "/gesprekken/later/:id", hatted, (*visit).laterForm},
	{"POST", "/gesprekken/later/:id", hatted, (*visit).changeLater},
	{"POST", "/gesprekken/later/:id/weg", hatted, (*visit).stopLater},
	{"GET", "/gesprekken/:id", hatted, (*visit).talk},
	{"POST", "/gesprekken/:id/uploads", hatted, (*visit).startAttachment},
	{"GET", "/gesprekken/:id/bericht/:n", hatted, (*visit).message},
	{"POST", "/gesprekken/:id/bericht/:n", hatted, (*visit).editMessage},
	{"POST", "/gesprekken/:id/bericht/:n/weg", hatted, (*visit).withdrawMessage},
	{"GET", "/gesprekken/:id/bericht/:n/bestand/:file", hatted, (*visit).attachment},
	{"GET", "/gesprekken/:id/bericht/:n/klein/:file", hatted, (*visit).smallAttachment},
	{"POST", "/gesprekken/:id", hatted, (*visit).sayInTalk},
	{"GET", "/gesprekken/:id/wie", hatted, (*visit).talkReaders},
	{"GET", "/leerling/:id/samen", hatted, (*visit).together},
	{"POST", "/leerling/:id/samen", hatted, (*visit).sayTogether},
	{"GET", "/instellingen/gesprekken", hatted, (*visit).talkPolicy},
	{"POST", "/instellingen/gesprekken", hatted, (*visit).setTalkPolicy},
	{"GET", "/api/v1/settings/conversations", hatted, (*visit).apiTalkPolicy},
	{"PUT", "/api/v1/settings/conversations", hatted, (*visit).apiSetTalkPolicy},
	{"GET", "/api/v1/students/:id/together", hatted, (*visit).apiTogether},
	{"POST", "/api/v1/students/:id/together", hatted, (*visit).apiSayTogether},
	{"GET", "/api/v1/conversations", hatted, (*visit).apiConversations},
	{"POST", "/api/v1/conversations", hatted, (*visit).apiNewTalk},
	{"GET", "/api/v1/conversations/offers", hatted, (*visit).apiTalkOffers},
	{"GET", "/api/v1/conversations/:id/readers", hatted, (*visit).apiTalkReaders},
	{"GET", "/api/v1/conversations/:id/messages", hatted, (*visit).apiMessages},
	{"POST", "/api/v1/conversations/:id/messages", hatted, (*visit).apiSay},
	{"PUT", "/api/v1/conversations/:id/messages/:n", hatted, (*visit).apiEditMessage},
	{"DELETE", "/api/v1/conversations/:id/messages/:n", hatted, (*visit).apiWithdrawMessage},
	{"PUT", "/api/v1/conversations/:id/read", hatted, (*visit).apiMarkRead},
	{"GET", "/api/v1/conversations/:id/draft", hatted, (*visit).apiDraft},
	{"PUT", "/api/v1/conversations/:id/draft", hatted, (*visit).apiKeepDraft},
	{"POST", "/api/v1/conversations/:id/later", hatted, (*visit).apiSayLater},
	{"GET", "/api/v1/messages", hatted, (*visit).apiSearchMessages},
	{"GET", "/api/v1/later", hatted, (*visit).apiLaterList},
	{"PUT", "/api/v1/later/:id", hatted, (*visit).apiChangeLater},
	{"DELETE", "/api/v1/later/:id", hatted, (*visit).apiStopLater},

	// Moving
	{"GET", "/leerling/:id/overstap", hatted, (*visit).shownFile},
	{"POST", "/leerling/:id/overstap", hatted, (*visit).sayOfFile},
	{"POST", "/overzicht/soort", hatted, (*visit).saveSchoolKind},
	{"GET", "/api/v1/students/:id/inspection", hatted, (*visit).apiInspection},
	{"POST", "/api/v1/students/:id/inspection", hatted, (*visit).apiSayOfFile},
	{"GET", "/pakket", hatted, (*visit).bundles},
	{"POST", "/pakket", hatted, (*visit).makeBundle},
	{"GET", "/pakket/keuze", hatted, (*visit).picks},
	{"GET", "/pakket/:id", hatted, (*visit).bundle},
	{"GET", "/pakket/:id/bestand", hatted, (*visit).fetchBundle},
	{"GET", "/pakket/:id/mahara", hatted, (*visit).fetchMahara},
	{"POST", "/pakket/:id/weg", hatted, (*visit).dropBundle},
	{"POST", "/pakket/:id/code", hatted, (*visit).makeHandover},
	{"POST", "/pakket/code/:id/weg", hatted, (*visit).revokeHandover},
	{"POST", "/overdracht", anybody, (*visit).deliver},
	{"POST", "/verhuizingen/ophalen", hatted, (*visit).fetchMove},
	{"GET", "/api/v1/students/:id/bundles", hatted, (*visit).apiBundles},
	{"GET", "/api/v1/students/:id/handovers", hatted, (*visit).apiHandovers},
	{"POST", "/api/v1/bundles/:id/handovers", hatted, (*visit).apiMakeHandover},
	{"POST", "/api/v1/handovers/:id/revoke", hatted, (*visit).apiRevokeHandover},
	{"POST", "/api/v1/imports", hatted, (*visit).apiFetchMove},
	{"GET", "/api/v1/imports/:id", hatted, (*visit).apiImport},
	{"GET", "/verhuizingen", hatted, (*visit).imports},
	{"POST", "/verhuizingen", hatted, (*visit).receiveBundle},
	{"GET", "/verhuizingen/scholen", hatted, (*visit).schools},
	{"POST", "/verhuizingen/scholen", hatted, (*visit).compareKeys},
	{"POST", "/verhuizingen/scholen/bekend", hatted, (*visit).knowSchool},
	{"POST", "/verhuizingen/scholen/weg", hatted, (*visit).unknowSchool},
	{"POST", "/verhuizingen/scholen/sleutel", hatted, (*visit).renewKey},
	{"GET", "/.well-known/portfolio-keys.json", anybody, (*visit).publicKeys},
	{"GET", "/verhuizingen/:id", hatted, (*visit).move},
	{"POST", "/verhuizingen/:id/overnemen", hatted, (*visit).adoptBundle},
	{"POST", "/verhuizingen/:id/weg", hatted, (*visit).dropMove},
	{"POST", "/verhuizingen/:id/terug", hatted, (*visit).undoMove},
	{"POST", "/verhuizingen/:id/gesprekken", hatted, (*visit).nameTalkReader},

	// API
	{"GET", "/api/v1/me", hatted, (*visit).apiMe},
	{"GET", "/api/v1/students", hatted, (*visit).apiStudents},
	{"GET", "/api/v1/students/:id", hatted, (*visit).apiStudent},
	{"GET", "/api/v1/students/:id/works", hatted, (*visit).apiWorks},
	{"GET", "/api/v1/students/:id/assessments", hatted, (*visit).apiStudentAssessments},
	{"POST", "/api/v1/students/:id/requests", hatted, (*visit).apiAsk},
	{"GET", "/api/v1/requests", hatted, (*visit).apiRequests},
	{"POST", "/api/v1/readers", hatted, (*visit).apiReaders},
	{"POST", "/api/v1/works", hatted, (*visit).apiAddWork},
	{"GET", "/api/v1/works/:id", hatted, (*visit).apiWork},
	{"PUT", "/api/v1/works/:id", hatted, (*visit).apiChangeWork},
	{"DELETE", "/api/v1/works/:id", hatted, (*visit).apiBinWork},
	{"POST", "/api/v1/works/:id/restore", hatted, (*visit).apiUnbinWork},
	{"GET", "/api/v1/works/:id/assessments", hatted, (*visit).apiWorkAssessments},
	{"POST", "/api/v1/works/:id/assessments", hatted, (*visit).apiAssess},
	{"PUT", "/api/v1/assessments/:id", hatted, (*visit).apiChangeAssessment},
	{"POST", "/api/v1/assessments/:id/publish", hatted, (*visit).apiPublishAssessment},
}

func (a *App) route() {
	a.fiber.Use(ReadOut)
	a.fiber.Get("/healthz", func(c fiber.Ctx) error { return c.SendString("ok") })
	a.fiber.Use(a.recover, Secure())
	a.fiber.Get("/static/*", Static)
	for _, r := range routes {
		methods := []string{r.method}
		if r.method == fiber.MethodGet {
			methods = append(methods, fiber.MethodHead) // RFC 9110 9.1: what has a GET has a HEAD
		}
		a.fiber.Add(methods, r.path, a.serve(r))
	}
	if a.opt.Demo {
		a.fiber.Get("/stijl", a.serve(route{"GET", "/stijl", anybody, (*visit).style}))
	}
	a.fiber.Use(a.serve(route{who: anybody, handle: func(*visit) error {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}}))
}

// serve makes a handler of a route: it finds out who is there, asks for a
// sign-in or a hat where the route needs one, and goes on.
func (a *App) serve(r route) fiber.Handler {
	return func(c fiber.Ctx) error {
		v, err := a.enter(c)
		c.Locals(visitKey{}, v)
		if r.who == anybody && (err == nil || portfolio.KindOf(err) == portfolio.Unsigned) {
			return r.handle(v)
		}
		if err != nil {
			return err
		}
		if v.session == nil {
			return portfolio.E(portfolio.Unsigned, "error.unsigned")
		}
		if r.who == hatted && v.person == nil {
			if v.wantsJSON() {
				return portfolio.E(portfolio.Forbidden, "error.hat")
			}
			return v.seeOther("/wie")
		}
		return r.handle(v)
	}
}

// recover turns a panic into an ordinary fault; what panicked stays in the log.
func (a *App) recover(c fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			a.opt.Log.Error("panic", "path", c.Route().Path, "what", p, "stack", string(debug.Stack()))
			err = a.fault(c, portfolio.E(portfolio.Internal, "error.internal"))
		}
	}()
	return c.Next()
}
