package portfolio

// Kinds of relation to a student.
const (
	RelationLegalParent = "legal_parent"
	RelationCarer       = "carer"      // foster or step parent living with the child
	RelationSupervisor  = "supervisor" // of a child-protection order (OTS)
	RelationCurator     = "curator"    // appointed by a court for someone of 18 or over
	RelationOfficer     = "officer"    // of the institution that holds custody
)

// Kinds of duty for a student.
const (
	DutyTeacher    = "teacher"
	DutyMentor     = "mentor"
	DutyCare       = "care"
	DutyManagement = "management"
	DutyEmergency  = "emergency" // break-glass: at most 24 hours, with a reason, the FG is told
)

// Kinds of court order.
const (
	OrderNoInformation = "no_information"
	OrderNoContact     = "no_contact"
	OrderInform        = "inform"
	OrderSecretAddress = "secret_address"
)

// All is the wildcard in Share.Items, in Facts.No and in Refusal.Items.
const All = "*"
