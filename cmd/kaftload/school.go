package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"kaft/app/localstore"
	"kaft/chat"
	"kaft/portfolio"
)

// school is the data of a load: people who are signed in, and a conversation
// for each scenario.
type school struct {
	dir    string
	people []person
	rooms  map[string]string // of a scenario, the conversation of its first so many people
}

type person struct {
	actor portfolio.Actor
	token string // of a session
}

// makeSchool makes it before a server runs on it, through the Library. Only the
// conversations are written past it: so large a one nobody can start in Kaft.
func makeSchool(ctx context.Context, dir string, all []scenario) (*school, error) {
	store, err := localstore.Open(dir)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	lib := portfolio.NewLibrary(store, nil, nil, time.Now)
	sch, boss, err := lib.FoundSchool(ctx, portfolio.School{Name: "De Drukte"}, portfolio.Person{Name: portfolio.Name{Given: "Wim"}}, "wim", "")
	if err != nil {
		return nil, err
	}
	admin := portfolio.Actor{School: sch.ID, Person: boss.ID, Hat: portfolio.HatAdmin}
	other, err := lib.AddPerson(ctx, admin, portfolio.Person{Name: portfolio.Name{Given: "Ada"}, Hats: []string{portfolio.HatAdmin}})
	if err != nil {
		return nil, err
	}
	if _, err := lib.Vouch(ctx, sch.ID, other.ID); err != nil {
		return nil, err
	}
	second := portfolio.Actor{School: sch.ID, Person: other.ID, Hat: portfolio.HatAdmin}
	s := &school{dir: dir, rooms: map[string]string{}}
	most := 0
	for _, x := range all {
		most = max(most, x.sockets)
	}
	s.people = make([]person, most)
	err = each(most, func(i int) (err error) {
		s.people[i], err = signedIn(ctx, lib, admin, second, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		c := &chat.Conversation{Head: portfolio.Head{School: sch.ID, ID: portfolio.NewID()}, Kind: chat.StaffTalk, Title: x.name, By: s.people[0].actor.Person, CreatedAt: time.Now().UTC()}
		if err := makeRoom(ctx, store, c, s.people[:x.sockets]); err != nil {
			return nil, err
		}
		s.rooms[x.name] = c.ID
	}
	return s, nil
}

// signedIn makes a colleague with an account and a session.
func signedIn(ctx context.Context, lib *portfolio.Library, admin, second portfolio.Actor, i int) (person, error) {
	p, err := lib.AddPerson(ctx, admin, portfolio.Person{Name: portfolio.Name{Given: fmt.Sprintf("Collega %d", i)}, Hats: []string{portfolio.HatStaff}})
	if err != nil {
		return person{}, err
	}
	login := fmt.Sprintf("collega%d", i)
	if err := lib.AddAccount(ctx, admin, p.ID, login, "no password"); err != nil {
		return person{}, err
	}
	if _, err := lib.Agree(ctx, second, p.ID); err != nil {
		return person{}, err
	}
	acc, err := lib.SignIn(ctx, login, login, func(string) bool { return true })
	if err != nil {
		return person{}, err
	}
	token, _, err := lib.StartSession(ctx, acc)
	return person{portfolio.Actor{School: admin.School, Person: p.ID, Hat: portfolio.HatStaff}, token}, err
}

// makeRoom stores a conversation as package chat does: its members first.
func makeRoom(ctx context.Context, store portfolio.Store, c *chat.Conversation, people []person) error {
	create := func(kind, id string, keys map[string]string, v any) error {
		body, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return store.Create(ctx, portfolio.Doc{Ref: portfolio.Ref{School: c.School, Kind: kind, ID: id}, Keys: keys, Body: body})
	}
	err := each(len(people), func(i int) error {
		a := people[i].actor
		return create("member", c.ID+"."+a.Person+"."+a.Hat, map[string]string{"about": c.ID, "party": a.Person + "/" + a.Hat},
			&chat.Member{Person: a.Person, Hat: a.Hat, Periods: []chat.Period{{From: c.CreatedAt}}})
	})
	if err != nil {
		return err
	}
	return create("conversation", c.ID, map[string]string{"about": "/" + c.CreatedAt.Format("20060102T150405.000000000Z")}, c)
}

// stored counts what the log of a conversation has, after the server stopped,
// as its first member reads it.
func (s *school) stored(ctx context.Context, scenario string) (n int, err error) {
	store, err := localstore.OpenToRead(s.dir)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	talks := chat.New(portfolio.NewLibrary(store, nil, nil, time.Now), store, time.Now)
	for after := int64(0); ; {
		p, err := talks.Since(ctx, s.people[0].actor, s.rooms[scenario], after, 200)
		if err != nil {
			return 0, err
		}
		n += len(p.Messages)
		if after = p.Last; !p.More {
			return n, nil
		}
	}
}

// each does something for 0 to n, many at a time, and gives the first error.
func each(n int, do func(int) error) (first error) {
	var all sync.WaitGroup
	var once sync.Once
	next := make(chan int)
	for range min(n, 100) {
		all.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	return first
}
