package portfolio

import "testing"

func custodyFact(from, until, verified Date) *Fact {
	return &Fact{Type: FactCustody, From: from, Until: until, Verified: verified}
}

// born is a birth date that is known.
func born(d Date) Birth { return Birth{d, d} }

// saysOfStored is what inspect.go says of stored facts, outside a decision.
var saysOfStored = []struct {
	name string
	got  func() bool
	want bool
}{
	{"custody holds once verified", func() bool { return custodyFact(0, 0, 20200101).holds(20260310) }, true},
	{"a relation is no custody", func() bool { return (&Fact{Type: FactRelation, Verified: 20200101}).holds(20260310) }, false},
	{"custody that nobody verified does not hold", func() bool { return custodyFact(0, 0, 0).holds(20260310) }, false},
	{"custody holds from the day it was verified", func() bool { return custodyFact(0, 0, 20260310).holds(20260310) }, true},
	{"custody does not hold the day before", func() bool { return custodyFact(0, 0, 20260311).holds(20260310) }, false},
	{"custody holds from its first day", func() bool { return custodyFact(20260310, 0, 20200101).holds(20260310) }, true},
	{"custody does not hold before it", func() bool { return custodyFact(20260311, 0, 20200101).holds(20260310) }, false},
	{"custody holds on its last day", func() bool { return custodyFact(0, 20260311, 20200101).holds(20260310) }, true},
	{"custody does not hold on its until", func() bool { return custodyFact(0, 20260310, 20200101).holds(20260310) }, false},

	{"custody of a minor may be open-ended", func() bool { return overAtMajority(born(20160310), custodyFact(20160310, 0, 0), 20260310) }, false},
	{"on the day before the 18th birthday too", func() bool { return overAtMajority(born(20080311), custodyFact(20160310, 0, 0), 20260310) }, false},
	{"not on the 18th birthday", func() bool { return overAtMajority(born(20080310), custodyFact(20160310, 0, 0), 20260310) }, true},
	{"custody of an adult may have ended at 18", func() bool { return overAtMajority(born(20080101), custodyFact(20160310, 20260101, 0), 20260310) }, false},
	{"and not a day later", func() bool { return overAtMajority(born(20080101), custodyFact(20160310, 20260102, 0), 20260310) }, true},
	{"custody cannot begin at 18", func() bool { return overAtMajority(born(20160310), custodyFact(20340310, 0, 0), 20260310) }, true},
	{"it can the day before", func() bool { return overAtMajority(born(20160310), custodyFact(20340309, 0, 0), 20260310) }, false},
	{"nobody is an adult for certain whose birth is unknown", func() bool { return overAtMajority(Birth{}, custodyFact(19900101, 0, 0), 20260310) }, false},

	{"verified custody gives", func() bool { return custodyFact(0, 0, 20200101).gives(nil) }, true},
	{"unverified custody gives nothing", func() bool { return custodyFact(0, 0, 0).gives(nil) }, false},
	{"a relation gives", func() bool { return (&Fact{Type: FactRelation}).gives(nil) }, true},
	{"an enrolment gives", func() bool { return (&Fact{Type: FactEnrolment}).gives(nil) }, true},
	{"an order not to inform gives nothing", func() bool { return (&Fact{Type: FactOrder, Kind: OrderNoInformation}).gives(nil) }, false},
	{"an order to inform gives", func() bool { return (&Fact{Type: FactOrder, Kind: OrderInform}).gives(nil) }, true},
	{"a refusal gives nothing", func() bool { return (&Fact{Type: FactRefusal}).gives(nil) }, false},
	{"a no gives nothing", func() bool { return (&Fact{Type: FactNo}).gives(nil) }, false},
	{"an objection gives nothing", func() bool { return (&Fact{Type: FactObjection}).gives(nil) }, false},
	{"a restriction gives nothing", func() bool { return (&Fact{Type: FactRestriction}).gives(nil) }, false},
	{"the end of custody gives nothing", func() bool { return (&Fact{Type: FactEnd}).gives(custodyFact(0, 0, 20200101)) }, false},
	{"nor of custody recorded before its proof was seen", func() bool { return (&Fact{Type: FactEnd}).gives(custodyFact(0, 0, 0)) }, false},
	{"the end of an order gives", func() bool { return (&Fact{Type: FactEnd}).gives(&Fact{Type: FactOrder, Kind: OrderNoContact}) }, true},
	{"the end of an order to inform does not", func() bool { return (&Fact{Type: FactEnd}).gives(&Fact{Type: FactOrder, Kind: OrderInform}) }, false},
	{"the end of what is not there gives nothing", func() bool { return (&Fact{Type: FactEnd}).gives(nil) }, false},

	{"a refusal without a review", func() bool { return (&Fact{Type: FactRefusal, From: 20260101}).reviewed() }, false},
	{"a refusal reviewed on its first day", func() bool { return (&Fact{Type: FactRefusal, From: 20260101, Review: 20260101}).reviewed() }, false},
	{"a refusal reviewed later", func() bool { return (&Fact{Type: FactRefusal, From: 20260101, Review: 20260102}).reviewed() }, true},
	{"an order needs no review", func() bool { return (&Fact{Type: FactOrder, From: 20260101}).reviewed() }, true},

	{"a proof seen today", func() bool { return custodyFact(0, 0, 20260310).seenBy(20260310) }, true},
	{"a proof seen tomorrow", func() bool { return custodyFact(0, 0, 20260311).seenBy(20260310) }, false},
	{"no proof", func() bool { return custodyFact(0, 0, 0).seenBy(20260310) }, true},
}

func TestWhatTheRuleSaysOfStoredFacts(t *testing.T) {
	for _, x := range saysOfStored {
		if got := x.got(); got != x.want {
			t.Errorf("%s: got %v, want %v", x.name, got, x.want)
		}
	}
}
