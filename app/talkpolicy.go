package app

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kaft/portfolio"
)

// What the school decides about conversations (A7).

type talkPolicyPage struct {
	Page
	N       int
	Kinds   []talkKindRule
	History []decidedLine
	Form    Filled
}

type talkKindRule struct {
	Kind, Name          string
	On                  bool
	FromName, UntilName string
	From, Until         string
	Days                []Option
}

type decidedLine struct{ Title, Text string }

// week is the days from Monday.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func (v *visit) talkPolicy() error { return v.talkPolicyAgain(Filled{}) }

func (v *visit) talkPolicyAgain(f Filled) error {
	decided, names, err := v.lib.TalkPolicies(v.ctx(), v.actor)
	if err != nil {
		return hidden(err)
	}
	now, err := v.lib.TalkPolicy(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	if f.Values == nil {
		f.Values = policyForm(now)
	}
	p := talkPolicyPage{Page: v.frame(), N: now.N, Form: f}
	for _, k := range portfolio.TalkKinds {
		kind := string(k)
		x := talkKindRule{Kind: kind, Name: v.say("talk.kind." + kind), On: f.Has("on", kind), FromName: "from-" + kind, UntilName: "until-" + kind,
			From: f.Value("from-" + kind), Until: f.Value("until-" + kind)}
		for _, d := range week {
			value := strconv.Itoa(int(d))
			x.Days = append(x.Days, Option{Value: value, Text: v.say("talkpolicy.day." + value), Chosen: f.Has("days-"+kind, value)})
		}
		p.Kinds = append(p.Kinds, x)
	}
	for _, d := range decided {
		var on []string
		for _, k := range portfolio.TalkKinds {
			if d.On(k) {
				on = append(on, v.say("talk.kind."+string(k)))
			}
		}
		if d.OneToOne {
			on = append(on, v.say("talkpolicy.one_to_one"))
		}
		if d.Parents {
			on = append(on, v.say("talkpolicy.parents"))
		}
		p.History = append(p.History, decidedLine{v.say("talkpolicy.decided", "Date", d.DecidedAt, "Name", names[d.DecidedBy]), v.join(on)})
	}
	return v.Render("talkpolicy", p)
}

func policyForm(p *portfolio.TalkPolicy) url.Values {
	f := url.Values{}
	if p.OneToOne {
		f.Set("one_to_one", "1")
	}
	if p.Parents {
		f.Set("parents", "1")
	}
	for _, k := range portfolio.TalkKinds {
		h := p.Hours(k)
		if p.On(k) {
			f.Add("on", string(k))
		}
		f.Set("from-"+string(k), clockOf(h.From))
		f.Set("until-"+string(k), clockOf(h.Until))
		for _, d := range h.Days {
			f.Add("days-"+string(k), strconv.Itoa(int(d)))
		}
	}
	return f
}

// clockOf is minutes after midnight as a form has them, and minutesOf reads
// that; a day ends at 24:00, which a form cannot have and writes as 23:59.
func clockOf(minutes int) string {
	minutes = min(minutes, 24*60-1)
	return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
}

func minutesOf(s string) int {
	at, err := time.Parse("15:04", s)
	if err != nil {
		return -1
	}
	if m := at.Hour()*60 + at.Minute(); m < 24*60-1 {
		return m
	}
	return 24 * 60
}

func (v *visit) setTalkPolicy() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	p := portfolio.TalkPolicy{Kinds: map[portfolio.TalkKind]portfolio.TalkKindRule{}, OneToOne: f.Has("one_to_one", "1"), Parents: f.Has("parents", "1")}
	if p.N, err = strconv.Atoi(f.Value("n")); err != nil {
		p.N = -1
	}
	for _, k := range portfolio.TalkKinds {
		r := portfolio.TalkKindRule{On: f.Has("on", string(k)), Hours: portfolio.Hours{From: minutesOf(f.Value("from-" + string(k))), Until: minutesOf(f.Value("until-" + string(k)))}}
		for _, d := range week {
			if f.Has("days-"+string(k), strconv.Itoa(int(d))) {
				r.Hours.Days = append(r.Hours.Days, d)
			}
		}
		p.Kinds[k] = r
	}
	if _, err := v.lib.SetTalkPolicy(v.ctx(), v.actor, p); err != nil {
		if portfolio.KindOf(err) == portfolio.Forbidden {
			return hidden(err)
		}
		if err = v.lost(&f, err); err != nil {
			err = v.wrong(&f, err)
		}
		if err != nil {
			return err
		}
		return v.talkPolicyAgain(f)
	}
	v.done("done.talk_policy", "")
	return v.seeOther("/instellingen/gesprekken")
}

// apiTalkPolicy is the policy in the JSON API. Days are 0 (Sunday) to 6.
type apiTalkPolicy struct {
	N        int                `json:"n"`
	Kinds    map[string]apiRule `json:"kinds"`
	OneToOne bool               `json:"one_to_one"`
	Parents  bool               `json:"parents"`
}

type apiRule struct {
	On    bool  `json:"on"`
	From  int   `json:"from"`
	Until int   `json:"until"`
	Days  []int `json:"days"`
}

func (v *visit) apiTalkPolicy() error {
	if _, _, err := v.lib.TalkPolicies(v.ctx(), v.actor); err != nil {
		return hidden(err)
	}
	p, err := v.lib.TalkPolicy(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	return v.JSON(apiTalkPolicyOf(p))
}

func apiTalkPolicyOf(p *portfolio.TalkPolicy) apiTalkPolicy {
	out := apiTalkPolicy{N: p.N, Kinds: map[string]apiRule{}, OneToOne: p.OneToOne, Parents: p.Parents}
	for k, r := range p.Kinds {
		x := apiRule{On: r.On, From: r.Hours.From, Until: r.Hours.Until, Days: []int{}}
		for _, d := range slices.Sorted(slices.Values(r.Hours.Days)) {
			x.Days = append(x.Days, int(d))
		}
		out.Kinds[string(k)] = x
	}
	return out
}

func (v *visit) apiSetTalkPolicy() error {
	var in apiTalkPolicy
	if err := v.readJSON(&in); err != nil {
		return err
	}
	p := portfolio.TalkPolicy{N: in.N, Kinds: map[portfolio.TalkKind]portfolio.TalkKindRule{}, OneToOne: in.OneToOne, Parents: in.Parents}
	for k, r := range in.Kinds {
		x := portfolio.TalkKindRule{On: r.On, Hours: portfolio.Hours{From: r.From, Until: r.Until}}
		for _, d := range r.Days {
			x.Hours.Days = append(x.Hours.Days, time.Weekday(d))
		}
		p.Kinds[portfolio.TalkKind(k)] = x
	}
	made, err := v.lib.SetTalkPolicy(v.ctx(), v.actor, p)
	if err != nil {
		return hidden(err)
	}
	return v.JSON(apiTalkPolicyOf(made))
}
