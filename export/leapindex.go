package export

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"kaft/portfolio"
)

// leapRole is what an entry becomes.
type leapRole byte

const (
	leapPassed leapRole = iota // nothing: somebody else, an organization that nothing leans on
	leapSelf
	leapWork
	leapReflection
	leapAssessment
	leapComment
	leapCollection
	leapGoal
	leapSchool
	leapEnrolment
	leapAttached // a file of other entries
)

// leapIndex is what is held of a feed: ids, titles of what is referred to by its
// title, and who refers to whom.
type leapIndex struct {
	bundle *Bundle
	nodes  map[string]*leapNode // by id, see key
	order  []string             // of nodes
	files  map[string]*leapFile // of the zip, by path
	links  int
	notes  map[string]bool
	gone   map[string]bool // what is referred to and not there
}

type leapNode struct {
	role      leapRole
	kind      string
	title     string   // of a file, an organization, an ability
	alt       string   // of a file
	by        []string // who is named as the author of an achievement
	words     bool     // it has a text of its own
	education bool
	comment   bool
	reflects  bool // marked as a look back
	refs      []leapRef
	enclosed  []leapEnclosure
	about     []string // works, for a look back, an assessment or a comment
	attached  []string // entries of files that go with it
	goals     []string
	parts     []string
	school    string
}

type (
	leapRef struct {
		rel, to string // to: a key
		order   int
	}
	leapEnclosure struct {
		to        string // a key, when the address is an entry's id
		file      *leapFile
		name      string // to show
		mediaType string
	}
)

// key is how an entry's id is held: ids can be of any length.
func key(id string) string { return portfolio.DeriveID("leap2a entry", id) }

// heldRels are the relations that are looked at.
var heldRels = map[string]bool{"has_part": true, "is_part_of": true, "reflects_on": true, "reflected_on_by": true, "has_evidence": true,
	"is_evidence_of": true, "related": true, "relation": true, "supports": true, "supported_by": true}

// web is an address elsewhere: nothing is fetched.
var web = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

// add notes an entry. One whose id was there already is passed over.
func (x *leapIndex) add(it *leapItem) error {
	k := key(it.id)
	if it.id == "" || x.nodes[k] != nil {
		x.notes["bundle.note.leap2a.twice"] = true
		return nil
	}
	n := &leapNode{kind: it.kind, words: !it.text.empty() && it.text.words() != it.title || !it.summary.empty(), comment: it.comment,
		education: it.is("life_area", "Education"), reflects: it.is("learning_cycle", "Reflecting")}
	x.nodes[k], x.order = n, append(x.order, k)
	if it.kind == "resource" || it.kind == "organization" || it.kind == "ability" {
		n.title = it.title
	}
	if it.kind == "achievement" {
		n.by = it.authors
	}
	if it.kind == "resource" {
		n.alt = cut(oneLine(it.text.words()), 500)
	}
	if it.kind == "person" && it.is("person_type", "Self") {
		n.role = leapSelf
	}
	for _, l := range it.links {
		if x.links++; x.links > maxFeedLinks {
			return errLong
		}
		switch {
		case l.rel == "enclosure" && !web.MatchString(l.href):
			n.enclosed = append(n.enclosed, leapEnclosure{to: key(l.href), file: x.find(l.href), mediaType: mediaType(l.mediaType),
				name: cut(portfolio.CleanName(cmp.Or(oneLine(l.title), x.named(l.href))), 200)})
		case heldRels[l.rel] && l.href != "":
			n.refs = append(n.refs, leapRef{l.rel, key(l.href), l.order})
		}
	}
	return nil
}

// named is a file's name, by a link to it.
func (x *leapIndex) named(href string) string {
	if f := x.find(href); f != nil {
		return f.path
	}
	return href
}

var plainType = regexp.MustCompile(`^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}$`)

func mediaType(s string) string {
	if s = strings.ToLower(s); plainType.MatchString(s) {
		return s
	}
	return "application/octet-stream"
}

func (it *leapItem) is(scheme, term string) bool {
	return slices.ContainsFunc(it.terms, func(t leapTerm) bool { return t.scheme == scheme && t.term == term })
}

// resolve says what each entry becomes, once all are known. A circle of
// relations is only a list of pairs: nothing here follows more than one.
func (x *leapIndex) resolve(owner string) {
	x.gone = map[string]bool{}
	for _, n := range x.nodes {
		n.first()
	}
	x.bothWays()
	for _, k := range x.order { // what files go with, and what leans on what
		n := x.nodes[k]
		for _, e := range n.enclosed {
			if to := x.nodes[e.to]; to != nil && to != n && to.role == leapAttached {
				n.attached = append(n.attached, e.to)
			}
		}
		for _, r := range n.refs {
			to := x.nodes[r.to]
			if to == nil || to == n {
				continue
			}
			switch {
			case to.role == leapAttached && n.holdsFiles() && r.rel != "is_part_of":
				n.attached = append(n.attached, r.to)
			case to.kind == "organization" && r.rel == "supported_by" && n.school == "":
				n.school = r.to
			case to.kind == "ability" && r.rel == "supports":
				n.goals, to.role = append(n.goals, r.to), leapGoal
			}
		}
	}
	x.settle(owner)
}

// first is what an entry becomes by what it says of itself.
func (n *leapNode) first() {
	switch {
	case n.role == leapSelf:
	case n.kind == "person", n.kind == "organization":
		n.role = leapPassed
	case n.kind == "selection":
		n.role = leapCollection
	case n.kind == "ability" && !n.words:
		n.role = leapGoal
	case n.kind == "resource" && len(n.enclosed) > 0:
		n.role = leapAttached
	default:
		n.role = leapWork
	}
}

// holdsFiles: an entry whose files are its own. A selection only shows them.
func (n *leapNode) holdsFiles() bool { return n.role == leapWork }

// byAnother tells whether somebody is named, and not the owner.
func (n *leapNode) byAnother(owner string) bool {
	return len(n.by) > 0 && !slices.ContainsFunc(n.by, func(name string) bool { return strings.EqualFold(name, owner) })
}

// other are the relations as they are from the other side.
var other = map[string]string{"is_part_of": "has_part", "reflected_on_by": "reflects_on", "is_evidence_of": "has_evidence", "supported_by": "supports",
	"has_part": "is_part_of", "reflects_on": "reflected_on_by", "has_evidence": "is_evidence_of", "supports": "supported_by", "related": "related", "relation": "related"}

// bothWays gives each relation to both who are in it: many programs write one
// side.
func (x *leapIndex) bothWays() {
	type pair struct{ from, rel, to string }
	seen := map[pair]bool{}
	for _, k := range x.order {
		x.nodes[k].refs = slices.DeleteFunc(x.nodes[k].refs, func(r leapRef) bool {
			p := pair{k, r.rel, r.to}
			was := seen[p]
			seen[p] = true
			return was || x.nodes[r.to] == nil
		})
	}
	back := map[string][]leapRef{}
	for _, k := range x.order {
		for _, r := range x.nodes[k].refs {
			if p := (pair{r.to, other[r.rel], k}); !seen[p] {
				seen[p] = true
				back[r.to] = append(back[r.to], leapRef{p.rel, k, r.order})
			}
		}
	}
	for k, refs := range back {
		x.nodes[k].refs = append(x.nodes[k].refs, refs...)
	}
}

// settle finds what is about what. A file that goes with nothing becomes a work
// of its own.
func (x *leapIndex) settle(owner string) {
	used := map[string]bool{}
	for _, k := range x.order {
		n := x.nodes[k]
		n.attached, n.goals = once(n.attached), once(n.goals)
		for _, a := range n.attached {
			used[a] = true
		}
	}
	for _, k := range x.order {
		if n := x.nodes[k]; n.role == leapAttached && !used[k] {
			n.role = leapWork
		}
	}
	for _, k := range x.order { // looks back, before what is about them
		n := x.nodes[k]
		if n.role == leapWork && n.kind == "entry" && !n.comment && (n.reflects || len(x.about(n, "reflects_on", leapWork, leapReflection)) > 0) {
			n.role, n.about = leapReflection, x.about(n, "reflects_on", leapWork, leapReflection)
		}
	}
	for _, k := range x.order {
		n := x.nodes[k]
		switch about := x.about(n, "has_evidence", leapWork, leapReflection); {
		case n.kind == "achievement" && n.byAnother(owner) && len(about) > 0 && n.role == leapWork:
			n.role, n.about = leapAssessment, about
		case n.kind == "activity" && n.education && n.school != "" && !n.words && len(n.enclosed)+len(n.attached) == 0:
			n.role = leapEnrolment
		}
	}
	for _, k := range x.order {
		n := x.nodes[k]
		if about := x.about(n, "reflects_on", leapWork, leapReflection, leapAssessment, leapCollection); n.comment && n.role == leapWork && len(about) > 0 {
			n.role, n.about = leapComment, about[:1]
		}
		if (n.role == leapEnrolment || n.role == leapAssessment) && n.school != "" {
			x.nodes[n.school].role = leapSchool
		}
	}
	for _, k := range x.order {
		if n := x.nodes[k]; n.role == leapCollection {
			refs := slices.DeleteFunc(slices.Clone(n.refs), func(r leapRef) bool { return r.rel != "has_part" })
			slices.SortStableFunc(refs, func(a, b leapRef) int { return cmp.Compare(a.order, b.order) })
			for _, r := range refs {
				if to := x.nodes[r.to]; to.role == leapWork || to.role == leapReflection {
					n.parts = append(n.parts, r.to)
				}
			}
			n.parts = once(n.parts)
		}
	}
}

// about are the entries with one of some roles that an entry has a relation to.
func (x *leapIndex) about(n *leapNode, rel string, roles ...leapRole) (out []string) {
	for _, r := range n.refs {
		if to := x.nodes[r.to]; r.rel == rel && to != n && slices.Contains(roles, to.role) {
			out = append(out, r.to)
		}
	}
	return once(out)
}
