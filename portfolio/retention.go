package portfolio

// Retention says how long a piece of the school's file, or of a portfolio, is
// kept.
//
// No one law says it for a whole file. What Dutch guidance says, looked up in
// November 2026 (PO-Raad, "Wat zijn de bewaartermijnen m.b.t.
// leerlingdossiers"; VBS, "Hoe lang mag je leerlinggegevens bewaren?"; AVS,
// "Leerlingdossier onder de loep"; Kennisnet, aanpakibp.kennisnet.nl/bewaartermijnen):
//
//   - a pupil's file: two years after the pupil left. The AVG names no term; the
//     former Vrijstellingsbesluit Wbp did, and schools still follow it (Verus).
//   - enrolment and absence: five years after the pupil was written off
//     (Bekostigingsbesluit WPO; for secondary schools the Uitvoeringsbesluit WVO
//     2020), longer than anybody may look here (RULE.md 1).
//   - what a referral to special education rests on: three years after the
//     pupil left.
//   - addresses: no term of their own, so no longer than the school needs them
//     (AVG 5(1)(e)): until the pupil leaves.
//   - works and assessments: as long as anybody may look at them (RULE.md 1), so
//     that a pupil who left can take them along.
//   - what a pupil threw away: thirty days, for who is sorry.
//   - the log: it proves who looked and what was erased (AVG 5(2)), so it stays
//     when what it tells of is erased, and goes with the whole pupil.
//
// The school's privacy officer (FG) decides; these are where a school begins.
type Retention string

const (
	KeepAdministration Retention = "administration" // five years after leaving
	KeepFile           Retention = "file"           // two years after leaving
	KeepReferral       Retention = "referral"       // three years after leaving
	KeepContact        Retention = "contact"        // until leaving
	KeepNote           Retention = "note"           // as long as its author works for the student
	KeepPortfolio      Retention = "portfolio"      // two years after leaving
	KeepBin            Retention = "bin"            // thirty days after it was thrown away
	KeepLog            Retention = "log"            // until everything of the student is erased
)

// Retentions are all classes, in the order in which a page explains them.
var Retentions = []Retention{KeepPortfolio, KeepFile, KeepReferral, KeepAdministration, KeepContact, KeepNote, KeepBin, KeepLog}

// retentions are the years after the leaving date, of the classes that end so
// whatever the facts say of the rest (RULE.md 1).
var retentions = map[Retention]int{KeepAdministration: 5, KeepReferral: 3, KeepContact: 0}

// binDays is how long what was thrown away can be put back.
const binDays = 30

// retentionOf is the class of a piece of a kind and type.
func retentionOf(kind, typ string) Retention {
	switch {
	case kind == ItemNote:
		return KeepNote
	case kind == ItemContact:
		return KeepContact
	case typ == RecordEnrolment, typ == RecordAbsence:
		return KeepAdministration
	case typ == CareReferral:
		return KeepReferral
	}
	return KeepFile
}

// KeepUntil is the first day on which a piece of a student is no longer kept; 0
// while that is not known, and for a note, which ends otherwise.
func (r *Record) KeepUntil(p *Person) Date { return r.Retention.end(p) }

// end is the first day on which what is in a class is no longer kept; 0 while
// there is none, and for a class that hangs on more than the student. Nothing
// but contact data goes before the day that the facts name for the student.
func (c Retention) end(p *Person) Date {
	s := &Student{Left: p.Left, RetentionEnd: p.RetentionEnd}
	if c == KeepFile || c == KeepPortfolio {
		return retentionEnd(s)
	}
	years, dated := retentions[c]
	switch {
	case !dated || s.Left == 0:
		return 0
	case c == KeepContact:
		return s.Left
	}
	return max(s.Left.AddYears(years), s.RetentionEnd)
}

// binEnd is the first day on which a work in the bin is no longer kept.
func (w *Work) binEnd() Date { return DateOf(w.BinnedAt).AddDays(binDays) }
