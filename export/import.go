package export

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/go-json-experiment/json"

	"kaft/portfolio"
)

// Import checks a bundle and takes it in for a student of the actor's school,
// or for a new one (""), with the name and birth date in the bundle. Nothing
// is to be seen before everything is there, and what goes wrong is taken back.
// Who asks for it this way stands for a bundle that nobody known here signed.
// The actor is an administrator. Error kinds: Forbidden, NotFound, Invalid,
// TooLarge, Conflict; an error of tell ends the work.
func Import(ctx context.Context, lib *portfolio.Library, a portfolio.Actor, r io.ReaderAt, size int64, into string, tell func(portfolio.Headway) error) (*portfolio.Import, error) {
	if _, err := lib.Arrive(ctx, a, into); err != nil { // before the work is done
		return nil, err
	}
	b, err := Open(r, size)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	v, err := b.Verify(ctx, tell)
	if err != nil {
		return nil, err
	}
	return v.Import(ctx, lib, a, size, into, true, tell)
}

// Import takes a bundle that was checked in, as the other Import does. accept
// says that the actor stands for it when nobody known here signed it. Error
// kinds: Forbidden, NotFound, Invalid, Conflict.
func (v *Verified) Import(ctx context.Context, lib *portfolio.Library, a portfolio.Actor, size int64, into string, accept bool, tell func(portfolio.Headway) error) (*portfolio.Import, error) {
	imp := &portfolio.Import{Size: size, From: v.From}
	if accept {
		imp.Accepted = new(portfolio.Acceptance)
	}
	arrival, err := lib.Adopt(ctx, a, imp, into)
	if err != nil {
		return nil, err
	}
	return imp, v.takeIn(ctx, arrival, tell)
}

// Plan tells what an import for a student ("" for a new one) would do, and
// does nothing.
func (v *Verified) Plan(ctx context.Context, lib *portfolio.Library, a portfolio.Actor, into string) (portfolio.Report, error) {
	arrival, err := lib.Arrive(ctx, a, into)
	if err != nil {
		return portfolio.Report{}, err
	}
	p, err := v.plan(ctx, arrival)
	if err != nil {
		return portfolio.Report{}, err
	}
	return p.report, nil
}

// plan is where everything goes.
type plan struct {
	report portfolio.Report
	places map[string]portfolio.Place // by id there
	hashes map[string]string
	needed []string           // files, by id
	named  map[reference]bool // what is referred to by something that is stored: those labels are kept
}

func (v *Verified) plan(ctx context.Context, arrival *portfolio.Arrival) (*plan, error) {
	trust, err := arrival.Trust(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{places: map[string]portfolio.Place{}, hashes: map[string]string{}, named: map[reference]bool{}}
	seen, schools := map[string]bool{}, []string{}
	err = v.each(ctx, true, func(e element) error {
		switch e.member {
		case "items", "reflections":
			var it Item
			if err := json.Unmarshal(e.raw, &it); err != nil {
				return err
			}
			place, err := p.placeItem(ctx, arrival, &it, len(it.Missing) == 0 && !slices.ContainsFunc(it.Files, func(id string) bool { return v.lost[id] != "" }))
			if err != nil {
				return err
			}
			if !written(place) {
				return nil
			}
			p.names(e)
			for _, id := range it.Files {
				if f, came := v.files[id]; came && !seen[id] {
					seen[id] = true
					p.needed = append(p.needed, id)
					p.report.Files++
					p.report.Bytes += f.Bytes
				}
			}
		case "assessments":
			var s Assessment
			if err := json.Unmarshal(e.raw, &s); err != nil {
				return err
			}
			place, err := p.placeAssessment(ctx, arrival, &s, v.judged[s.ID])
			if err == nil && written(place) {
				p.names(e)
				signer, _ := trust.Assessor(v.judged[s.ID].proof)
				p.report.Proofs.Add(signer)
			}
			return err
		case "schools":
			var s School
			if err := json.Unmarshal(e.raw, &s); err != nil {
				return err
			}
			schools = append(schools, s.ID)
		case "enrolments":
			if school := schoolOf(e); school != urn(arrival.School()) {
				p.named[reference{toSchool, school}] = true
			}
		case "collections", "comments", "consents", "guardians", "inspection":
			p.names(e)
		}
		return nil
	})
	if err == nil && v.talks != nil {
		var kept bool
		if kept, err = arrival.KeepsTalk(ctx, v.talksPart(0)); !kept {
			p.report.Messages = v.messages
		}
	}
	if len(p.named) > 0 { // where somebody went to school is kept, also where nothing came from
		for _, id := range schools {
			p.named[reference{toSchool, id}] = true
		}
	}
	delete(p.named, reference{toSchool, urn(arrival.School())})
	return p, err
}

// names notes what an element that is stored refers to.
func (p *plan) names(e element) {
	for _, r := range referencesOf(e.member, e.raw) {
		p.named[r] = true
	}
}

func schoolOf(e element) string {
	for _, r := range referencesOf(e.member, e.raw) {
		if r.to == toSchool {
			return r.id
		}
	}
	return ""
}

// written tells whether something with this fate is stored.
func written(p portfolio.Place) bool {
	return p.Fate == portfolio.FateNew || p.Fate == portfolio.FateNewer || p.Fate == portfolio.FateBeside
}

func (p *plan) placeItem(ctx context.Context, arrival *portfolio.Arrival, it *Item, whole bool) (portfolio.Place, error) {
	hash, err := it.fingerprint()
	if err != nil {
		return portfolio.Place{}, err
	}
	place, err := arrival.PlaceWork(ctx, bare(it.ID), hash, it.Revision, whole, func(w *portfolio.Work) (string, error) { return content(w, new(Item)).fingerprint() })
	if err != nil {
		return portfolio.Place{}, err
	}
	p.places[it.ID], p.hashes[it.ID] = place, hash
	p.report.Works.Add(place.Fate)
	return place, nil
}

func (p *plan) placeAssessment(ctx context.Context, arrival *portfolio.Arrival, s *Assessment, j judged) (portfolio.Place, error) {
	hash, err := s.fingerprint()
	if err != nil {
		return portfolio.Place{}, err
	}
	place, err := arrival.PlaceAssessment(ctx, bare(s.ID), hash, func(x *portfolio.Assessment) (string, error) { return judgement(x).fingerprint() })
	if j.altered != nil && written(place) {
		place.Fate = portfolio.FateAltered
	}
	p.places[s.ID], p.hashes[s.ID] = place, hash
	p.report.Assessments.Add(place.Fate)
	return place, err
}

// takeIn brings the bundle in: the files first, then what shows them, then the
// moment from which it is the student's.
func (v *Verified) takeIn(ctx context.Context, arrival *portfolio.Arrival, tell func(portfolio.Headway) error) error {
	both := func(h portfolio.Headway) error {
		if err := arrival.Tell(ctx, h); err != nil {
			return err
		}
		return tell(h)
	}
	p, err := v.plan(ctx, arrival)
	if err == nil {
		err = v.store(ctx, arrival, p, both)
	}
	if err != nil {
		return arrival.Abort(ctx, err)
	}
	return arrival.Commit(ctx, p.report)
}

func (v *Verified) store(ctx context.Context, arrival *portfolio.Arrival, p *plan, tell func(portfolio.Headway) error) error {
	in := &incoming{from: v.From, self: v.self, owner: arrival.Student(), people: v.names, lost: v.lost, places: map[string]string{},
		files: map[string]portfolio.File{}, now: arrival.Now()}
	for id, place := range p.places {
		if place.Fate != portfolio.FateGone && place.Fate != portfolio.FateAltered {
			in.places[id] = place.Here()
		}
	}
	h := portfolio.Headway{Step: StepStore, Total: len(p.needed), TotalBytes: p.report.Bytes}
	if err := tell(h); err != nil {
		return err
	}
	for _, id := range p.needed {
		f, err := v.putFile(ctx, arrival, v.files[id], &h, tell)
		if err != nil {
			return err
		}
		in.files[id] = f
		h.Done++
	}
	err := v.each(ctx, true, func(e element) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := tell(h); err != nil {
			return err
		}
		return v.storeElement(ctx, arrival, in, p, e)
	})
	if err == nil && p.report.Messages > 0 {
		err = v.keepTalks(ctx, arrival)
	}
	return err
}

func (v *Verified) putFile(ctx context.Context, arrival *portfolio.Arrival, f File, h *portfolio.Headway, tell func(portfolio.Headway) error) (portfolio.File, error) {
	r, err := v.Bundle.files["data/"+f.Path].open()
	if err != nil {
		return portfolio.File{}, refuse(err, "error.bundle.damaged", "Name", shown(f.Name))
	}
	defer r.Close()
	return arrival.PutFile(ctx, portfolio.File{Name: f.Name, Size: f.Bytes, SHA256: f.SHA256, Alt: f.Alt}, &toldReader{&ctxReader{ctx, r}, h, tell})
}

func (v *Verified) storeElement(ctx context.Context, arrival *portfolio.Arrival, in *incoming, p *plan, e element) error {
	switch e.member {
	case "items", "reflections":
		var it Item
		if err := json.Unmarshal(e.raw, &it); err != nil {
			return err
		}
		if place := p.places[it.ID]; written(place) {
			return arrival.AddWork(ctx, place, in.work(&it, p.hashes[it.ID]), e.raw)
		}
	case "assessments":
		var s Assessment
		if err := json.Unmarshal(e.raw, &s); err != nil {
			return err
		}
		if place := p.places[s.ID]; written(place) {
			return v.storeAssessment(ctx, arrival, place, in.assessment(&s, p.hashes[s.ID]), &s, e.raw)
		}
	case "people":
		return v.keepPerson(ctx, arrival, p, e)
	case memberStudent:
		var s Student
		if err := json.Unmarshal(e.raw, &s); err != nil || len(s.Unknown)+len(s.Identifiers) == 0 {
			return err
		}
		return arrival.Keep(ctx, e.member, s.ID, e.raw)
	case "schools":
		var s School
		if err := json.Unmarshal(e.raw, &s); err != nil || !p.named[reference{toSchool, s.ID}] {
			return err
		}
		return arrival.Keep(ctx, e.member, s.ID, e.raw)
	case "enrolments":
		var n Enrolment
		if err := json.Unmarshal(e.raw, &n); err != nil || !p.named[reference{toSchool, n.School}] {
			return err
		}
		return arrival.Keep(ctx, e.member, n.ID, e.raw)
	case "files":
		var f File
		if err := json.Unmarshal(e.raw, &f); err != nil || len(f.Unknown) == 0 {
			return err
		}
		return arrival.Keep(ctx, e.member, f.ID, e.raw)
	case "inspection":
		return arrival.Keep(ctx, e.member, v.From.Bundle, e.raw)
	case "extensions":
		return arrival.Keep(ctx, e.member, e.name, e.raw)
	case "frameworks", "collections", "comments", "consents", "guardians":
		var o struct {
			ID     string `json:"id"`
			Person string `json:"person"` // of a guardian, who has no id
		}
		if err := json.Unmarshal(e.raw, &o); err != nil {
			return err
		}
		return arrival.Keep(ctx, e.member, o.ID+o.Person, e.raw)
	}
	return nil
}

// storeAssessment stores an assessment, with the credential that proves it.
func (v *Verified) storeAssessment(ctx context.Context, arrival *portfolio.Arrival, place portfolio.Place, out portfolio.Assessment, s *Assessment, raw []byte) error {
	j := v.judged[s.ID]
	out.Proof, out.Origin.Author = j.proof, cmp.Or(j.assessor, out.Origin.Author)
	if credential, ok := v.credential(s); ok {
		bytes, err := json.Marshal(credential)
		if err != nil {
			return err
		}
		if err := arrival.Keep(ctx, portfolio.KeptCredentials, place.ID, bytes); err != nil {
			return err
		}
	}
	return arrival.AddAssessment(ctx, place, out, raw)
}

// keepPerson keeps a label. Another child loses the name, whatever the sender
// thought of it.
func (v *Verified) keepPerson(ctx context.Context, arrival *portfolio.Arrival, plan *plan, e element) error {
	var p Person
	if err := json.Unmarshal(e.raw, &p); err != nil {
		return err
	}
	if p.ID == v.self || !plan.named[reference{toPerson, p.ID}] {
		return nil
	}
	if p.Kind == "peer" && !p.Redacted {
		p.Name, p.Redacted = "", true
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return arrival.Keep(ctx, e.member, p.ID, raw)
}
