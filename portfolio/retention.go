package portfolio

// Retention says how long a piece of the school's file is kept.
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
//
// The school's privacy officer (FG) decides; these are where a school begins.
type Retention string

const (
	KeepAdministration Retention = "administration" // five years after leaving
	KeepFile           Retention = "file"           // two years after leaving
	KeepReferral       Retention = "referral"       // three years after leaving
	KeepContact        Retention = "contact"        // until leaving
	KeepNote           Retention = "note"           // as long as its author works for the student
)

// retentions are the years after the leaving date; a note's end is no date.
var retentions = map[Retention]int{KeepAdministration: 5, KeepFile: 2, KeepReferral: 3, KeepContact: 0}

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

// KeepUntil is the first day on which a piece is no longer kept, of a student
// who left on a date; 0 while the student is there, and for what ends otherwise.
func (r *Record) KeepUntil(left Date) Date {
	years, dated := retentions[r.Retention]
	if !dated || left == 0 {
		return 0
	}
	return left.AddYears(years)
}
