package export

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// documentWriter writes portfolio.json, one element at a time.
type documentWriter struct {
	*outgoing
	at      time.Time
	bundle  *portfolio.Bundle
	maker   Maker
	tell    func(portfolio.Headway) error
	enc     *jsontext.Encoder
	head    Head
	frame   map[string]jsontext.Value // the document without the elements of its lists
	done    int
	signer  *signer
	private int // works that nobody but the student sees
	lists   []*stream
}

func (d *documentWriter) write(ctx context.Context, w io.Writer) error {
	d.enc = jsontext.NewEncoder(w, jsontext.WithIndent(" "))
	d.frame = map[string]jsontext.Value{}
	if err := d.enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, kv := range [][2]string{{"$schema", schemaPath}, {"format", Format}, {"formatVersion", Version}} {
		if err := d.member(kv[0], kv[1]); err != nil {
			return err
		}
	}
	for _, part := range []func(context.Context) error{
		d.student, d.schools, d.works, d.assessments, d.kept, d.persons, d.fileList, d.streams, d.extensions, d.about,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	if err := d.enc.WriteToken(jsontext.EndObject); err != nil {
		return err
	}
	frame, err := json.Marshal(d.frame)
	if err != nil {
		return err
	}
	return conforms("", frame)
}

// member writes a member that is no list.
func (d *documentWriter) member(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if single[name] {
		if err := conforms(name, raw); err != nil {
			return err
		}
	}
	d.frame[name] = raw
	return errors.Join(d.enc.WriteToken(jsontext.String(name)), d.enc.WriteValue(raw))
}

// list writes a member that is a list; fill gives its elements to add.
func (d *documentWriter) list(name string, fill func(add func(v any) error) error) error {
	d.frame[name] = jsontext.Value("[]")
	if err := errors.Join(d.enc.WriteToken(jsontext.String(name)), d.enc.WriteToken(jsontext.BeginArray)); err != nil {
		return err
	}
	err := fill(func(v any) error {
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := conforms(name, raw); err != nil {
			return err
		}
		return d.enc.WriteValue(raw)
	})
	if err != nil {
		return err
	}
	return d.enc.WriteToken(jsontext.EndArray)
}

func (d *documentWriter) student(ctx context.Context) error {
	p := d.v.Student
	var s Student
	for k, err := range d.v.Kept(ctx, "student", true) {
		if err != nil {
			return err
		}
		if k.Name == d.self {
			if err := json.Unmarshal(k.Raw, &s); err != nil {
				return err
			}
		}
	}
	s.Photo = "" // its file is not kept
	s.ID, s.Name, s.BirthDate = d.self, p.Name, p.Birth.String()
	return d.member("student", s)
}

// schools writes the schools and the times in classes, of here and of before.
func (d *documentWriter) schools(ctx context.Context) error {
	here := School{ID: urn(d.v.School.ID), Name: d.v.School.Name}
	if d.v.School.BRIN != "" {
		here.Identifiers = []Identifier{{Type: "brin-vestiging", Value: d.v.School.BRIN}}
	}
	err := d.list("schools", func(add func(any) error) error {
		return errors.Join(add(here), d.labels(ctx, "schools", here.ID, add))
	})
	if err != nil {
		return err
	}
	enrolments, told, err := d.v.Enrolments(ctx)
	if err != nil || !told {
		return err
	}
	return d.list("enrolments", func(add func(any) error) error {
		if err := d.labels(ctx, "enrolments", "", add); err != nil {
			return err
		}
		for _, e := range enrolments {
			out := Enrolment{ID: urn(e.ID), School: here.ID, SchoolYear: e.Class.Year, Level: e.Class.Level, Group: e.Class.Name,
				From: e.From.String(), Until: e.Until.String()}
			if err := add(out); err != nil {
				return err
			}
		}
		return nil
	})
}

// labels writes what came along of a member and opens with what refers to it.
func (d *documentWriter) labels(ctx context.Context, section, but string, add func(any) error) error {
	for k, err := range d.v.Kept(ctx, section, true) {
		if err != nil {
			return err
		}
		if k.Name == but {
			continue
		}
		if err := add(jsontext.Value(k.Raw)); err != nil {
			return err
		}
	}
	return nil
}

// works writes items and reflections. Which go along is settled first, so that
// each can refer to any other.
func (d *documentWriter) works(ctx context.Context) error {
	var items, reflections []string
	for w, err := range d.v.Works(ctx) {
		if err != nil {
			return err
		}
		d.include(w)
		if w.Type == portfolio.TypeReflection {
			reflections = append(reflections, w.ID)
		} else {
			items = append(items, w.ID)
		}
	}
	for k, err := range d.v.Kept(ctx, "files", true) {
		if err != nil {
			return err
		}
		var f File
		if err := json.Unmarshal(k.Raw, &f); err != nil {
			return err
		}
		d.keptFile[f.ID] = f
	}
	for _, part := range []struct {
		name string
		ids  []string
	}{{"items", items}, {"reflections", reflections}} {
		err := d.list(part.name, func(add func(any) error) error {
			for _, id := range part.ids {
				if err := d.work(ctx, id, part.name == "reflections", add); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *documentWriter) work(ctx context.Context, id string, reflection bool, add func(any) error) error {
	w, err := d.v.Work(ctx, id)
	if portfolio.KindOf(err) == portfolio.NotFound || (err == nil && (w.Type == portfolio.TypeReflection) != reflection) {
		return portfolio.E(portfolio.Conflict, "error.bundle.changed")
	}
	if err != nil {
		return err
	}
	it, err := d.item(ctx, w)
	if err != nil {
		return err
	}
	d.head.Counts.Items++
	if len(w.Audience) == 0 {
		d.private++
	}
	return errors.Join(add(it), d.step())
}

// step says that one more thing is done.
func (d *documentWriter) step() error {
	d.done++
	return d.tell(portfolio.Headway{Step: portfolio.StepData, Done: d.done})
}

func (d *documentWriter) assessments(ctx context.Context) error {
	return d.list("assessments", func(add func(any) error) error {
		for s, err := range d.v.Assessments(ctx) {
			if err != nil {
				return err
			}
			out, err := d.assessment(ctx, s)
			if err != nil {
				return err
			}
			d.in[out.ID] = true
			d.head.Counts.Assessments++
			if err := errors.Join(add(out), d.step()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *documentWriter) fileList(context.Context) error {
	return d.list("files", func(add func(any) error) error {
		for _, id := range d.order {
			f := d.files[id]
			d.head.Counts.Files++
			d.head.Counts.Bytes += f.Bytes
			if err := add(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// about is the bundle's own member, last because it counts.
func (d *documentWriter) about(context.Context) error {
	c := d.head.Counts
	d.head = Head{ID: urn(d.bundle.ID), Kind: d.bundle.Kind, CreatedAt: d.at, Language: d.bundle.Lang, Generator: Generator{"Kaft", cmp.Or(d.maker.Version, "devel")},
		Source: Source{Instance: d.maker.Instance, School: urn(d.v.School.ID), SigningKeys: d.signer.fingerprints()}, RequestedBy: d.head.RequestedBy, Omitted: d.v.Omitted(), Counts: c}
	return d.member("bundle", d.head)
}
