package portfolio

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
)

// Lengths of sessions, and the shortest password in characters: long beats
// complicated (NIST SP 800-63B).
const (
	SessionIdle = 2 * time.Hour  // a session that nobody uses ends
	SessionLife = 12 * time.Hour // a session ends, used or not
	MinPassword = 8
)

// pace is how wrong passwords slow down: so many are free, then the wait
// doubles from one second up to longest; tries older than memory are forgotten.
type pace struct {
	free            int
	longest, memory time.Duration
}

// An address may be a whole school behind one router, so it is given more.
var (
	accountPace = pace{free: 5, longest: 15 * time.Minute, memory: 24 * time.Hour}
	addressPace = pace{free: 100, longest: time.Minute, memory: time.Hour}
)

// Account is how one adult or student signs in, for all the hats they have.
// The document's id is a keyed hash of the sign-in name, which makes the name
// unique without an index that would show it.
type Account struct {
	Head
	Login    string      `json:"login"`
	Password string      `json:"password"` // an encoded argon2id hash
	Wears    []Wearer    `json:"wears"`
	Prefs    Preferences `json:"prefs"`
	Tries    tries       `json:"tries"`

	Own      time.Time `json:"own,omitzero"`       // when it was made its owner's own (ownlogin.go)
	Name     string    `json:"name,omitempty"`     // the id of the sign-in name, where that is another than it began with
	Recovery string    `json:"recovery,omitempty"` // a keyed hash of the recovery code

	For string `json:"for,omitempty"` // of a sign-in name: the account to which it leads, and nothing else is filled in
}

// Wearer is a person at a school, of whom an account wears the hats.
type Wearer struct {
	School string `json:"school"`
	Person string `json:"person"`
}

func (w Wearer) key() string { return w.School + "/" + w.Person }

// keys lists an account under the first person whose hats it wears: nobody gets
// a second account, with which somebody else could be them.
func (a *Account) keys() map[string]string {
	if a.For != "" {
		return nil
	}
	return map[string]string{"party": a.Wears[0].key()}
}

// Preferences are how somebody wants to see Kaft. Empty fields follow the
// browser.
type Preferences struct {
	Lang  string `json:"lang,omitempty"`  // nl, en
	Theme string `json:"theme,omitempty"` // light, dark
	Size  string `json:"size,omitempty"`  // young
}

// tries counts passwords that were not, or not yet, right.
type tries struct {
	Count int       `json:"count,omitempty"`
	Last  time.Time `json:"last,omitzero"`
}

// charge counts one more try, or says how long to wait first.
func (t *tries) charge(now time.Time, p pace) error {
	if now.Sub(t.Last) > p.memory {
		t.Count = 0
	}
	if t.Count >= p.free {
		pause := min(time.Second<<min(t.Count-p.free, 20), p.longest)
		if w := t.Last.Add(pause).Sub(now); w > 0 {
			return Wait(w)
		}
	}
	t.Count, t.Last = t.Count+1, now.UTC()
	return nil
}

// Wait says to wait for so long.
func Wait(w time.Duration) *Error {
	if w > 2*time.Minute {
		return E(TooMany, "error.wait_minutes", "Count", int(w.Minutes())+1)
	}
	return E(TooMany, "error.wait", "Count", int(w.Seconds())+1)
}

// WaitOf is how long an error says to wait; 0 for one that does not.
func WaitOf(err error) time.Duration {
	var e *Error
	if !errors.As(err, &e) || e.Kind != TooMany {
		return 0
	}
	n, _ := e.Args["Count"].(int)
	if e.Msg == "error.wait_minutes" {
		return time.Duration(n) * time.Minute
	}
	return time.Duration(n) * time.Second
}

// knock counts tries from one network address, or for a login that is not there.
type knock struct {
	Head
	Tries tries `json:"tries"`
}

// pepper is the installation's key for keyed hashes.
type pepper struct {
	Head
	Key []byte `json:"key"`
}

// keyed is a keyed hash: the same for the same text, and useless to who reads
// the store without the key.
func (l *Library) keyed(ctx context.Context, use, text string) (string, error) {
	p, err := load[pepper](ctx, l, "pepper", Installation, "1")
	if isKind(err, NotFound) {
		p = &pepper{Head: Head{School: Installation, ID: "1"}, Key: make([]byte, 32)}
		rand.Read(p.Key)
		if err = create(ctx, l, "pepper", p, nil); isKind(err, Exists) {
			p, err = load[pepper](ctx, l, "pepper", Installation, "1")
		}
	}
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, p.Key)
	h.Write([]byte(use + "\x00" + text))
	return hex.EncodeToString(h.Sum(nil)), nil
}

func normalLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func checkLogin(login string) error {
	login = normalLogin(login)
	if err := needText(login, "login", 200); err != nil {
		return err
	}
	if strings.ContainsAny(login, " \t\r\n") {
		return E(Invalid, "error.login")
	}
	return nil
}

// AddAccount gives a person of the actor's school a way to sign in. The hats of
// who works for the school wait from then on: a second agrees with who signs in
// (Agree). The actor is an administrator. Error kinds: Forbidden, NotFound,
// Invalid, Exists (the login is taken).
func (l *Library) AddAccount(ctx context.Context, a Actor, person, login, passwordHash string) error {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return err
	}
	p, err := l.person(ctx, a.School, person)
	if err != nil {
		return err
	}
	acc, err := l.newAccount(ctx, login, passwordHash, Wearer{a.School, person})
	if err != nil {
		return err
	}
	if err := l.askAgain(ctx, a, p); err != nil { // first: nobody signs in before a second must agree
		return err
	}
	line := lineOf(a, person, Line{Act: "account"})
	return l.createAccount(ctx, acc, &line)
}

// newAccount checks that there can be an account, and makes it, not stored yet.
func (l *Library) newAccount(ctx context.Context, login, passwordHash string, w Wearer) (*Account, error) {
	if err := checkLogin(login); err != nil {
		return nil, err
	}
	id, err := l.keyed(ctx, "login", normalLogin(login))
	if err != nil {
		return nil, err
	}
	acc := &Account{Head: Head{School: Installation, ID: id}, Login: normalLogin(login), Password: passwordHash, Wears: []Wearer{w}}
	worn, err := l.store.List(ctx, Query{School: Installation, Kind: "account", Index: "party", From: w.key(), To: w.key() + "\x01", Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(worn) > 0 {
		return nil, E(Exists, "error.account_there")
	}
	if _, err := load[Account](ctx, l, "account", Installation, id); !isKind(err, NotFound) {
		return nil, cmp.Or(err, error(E(Exists, "error.login_taken")))
	}
	return acc, nil
}

// createAccount stores an account, with its line in the log unless it is the
// school's first.
func (l *Library) createAccount(ctx context.Context, acc *Account, line *Line) (err error) {
	if line == nil {
		err = create(ctx, l, "account", acc, acc.keys())
	} else {
		err = createLogged(ctx, l, "account", acc, acc.keys(), *line, nil)
	}
	if isKind(err, Exists) {
		return E(Exists, "error.login_taken")
	}
	return err
}

// SignIn checks a login and password by verify, which compares a password with
// a hash, in the same time for a login that does not exist (hash ""). A try is
// counted against the account and the address before it is looked at, so that
// many at once gain nothing; a right one is given back. Error kinds: Unsigned
// (wrong), TooMany (WaitOf says how long).
func (l *Library) SignIn(ctx context.Context, login, address string, verify func(hash string) bool) (*Account, error) {
	return l.tryLogin(ctx, login, address, func(acc *Account) bool { return verify(acc.Password) })
}

// tryLogin is SignIn by whatever proves whose an account is; of a login that is
// not there the account is empty.
func (l *Library) tryLogin(ctx context.Context, login, address string, right func(*Account) bool) (*Account, error) {
	aid, err := l.keyed(ctx, "address", address)
	if err != nil {
		return nil, err
	}
	err = l.chargeKnock(ctx, aid, func(t *tries) error { return t.charge(l.now(), addressPace) })
	if err != nil {
		return nil, err
	}
	id, err := l.keyed(ctx, "login", normalLogin(login))
	if err != nil {
		return nil, err
	}
	charge := func(t *tries) error { return t.charge(l.now(), accountPace) }
	acc, err := l.chargeAccount(ctx, id, charge)
	if isKind(err, NotFound) { // slowed down like one that exists: nobody learns who has an account
		acc, err = &Account{}, l.chargeKnock(ctx, "login-"+id, charge)
	}
	if err != nil {
		return nil, err
	}
	if !right(acc) || acc.ID == "" {
		return nil, E(Unsigned, "error.signin")
	}
	err = l.chargeKnock(ctx, aid, func(t *tries) error { t.Count = max(0, t.Count-1); return nil })
	if err != nil {
		return nil, err
	}
	return l.chargeAccount(ctx, id, func(t *tries) error { *t = tries{}; return nil })
}

// chargeAccount counts a try for the account that is found under a name.
func (l *Library) chargeAccount(ctx context.Context, id string, charge func(*tries) error) (*Account, error) {
	return l.chargeFound(ctx, charge, func() (*Account, error) { return l.accountNamed(ctx, id) })
}

// chargeDirect counts a try for an account.
func (l *Library) chargeDirect(ctx context.Context, account string, charge func(*tries) error) (*Account, error) {
	return l.chargeFound(ctx, charge, func() (*Account, error) { return load[Account](ctx, l, "account", Installation, account) })
}

func (l *Library) chargeFound(ctx context.Context, charge func(*tries) error, find func() (*Account, error)) (*Account, error) {
	for {
		acc, err := find()
		if err != nil {
			return nil, err
		}
		if err := charge(&acc.Tries); err != nil {
			return nil, err
		}
		if err := replace(ctx, l, "account", acc, acc.keys()); !isKind(err, Conflict) {
			return acc, err
		}
	}
}

func (l *Library) chargeKnock(ctx context.Context, id string, charge func(*tries) error) error {
	for {
		k, err := load[knock](ctx, l, "knock", Installation, id)
		if isKind(err, NotFound) {
			k, err = &knock{Head: Head{School: Installation, ID: id}}, nil
		}
		if err != nil {
			return err
		}
		if err := charge(&k.Tries); err != nil {
			return err
		}
		save := replace[knock]
		if k.Rev == 0 {
			save = create[knock]
		}
		if err := save(ctx, l, "knock", k, nil); !isKind(err, Conflict) && !isKind(err, Exists) {
			return err
		}
	}
}

// Session is one signed-in browser. Its document's id is a hash of the token
// in the cookie, so that the store does not hold a token.
type Session struct {
	Head
	Account string    `json:"account"`
	Wearer  Wearer    `json:"wearer"` // who is here now
	Hat     string    `json:"hat"`    // "" until chosen
	Began   time.Time `json:"began"`
	Used    time.Time `json:"used"`
}

func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// StartSession begins a session for an account and gives the token for the
// cookie. With one hat in all it is put on at once.
func (l *Library) StartSession(ctx context.Context, acc *Account) (token string, s *Session, err error) {
	var b [32]byte
	rand.Read(b[:])
	token = base64.RawURLEncoding.EncodeToString(b[:])
	now := l.now().UTC()
	s = &Session{Head: Head{School: Installation, ID: sessionID(token)}, Account: acc.ID, Began: now, Used: now}
	hats, err := l.Hats(ctx, acc)
	if err != nil {
		return "", nil, err
	}
	if len(hats) == 0 {
		return "", nil, l.noHats(ctx, acc)
	}
	if len(hats) == 1 {
		s.Wearer, s.Hat = Wearer{hats[0].School.ID, hats[0].Person.ID}, hats[0].Hat
	}
	return token, s, create(ctx, l, "session", s, map[string]string{"about": acc.ID})
}

// noHats says why there is nothing that an account can be.
func (l *Library) noHats(ctx context.Context, acc *Account) error {
	for _, w := range acc.Wears {
		p, err := l.person(ctx, w.School, w.Person)
		if err != nil {
			return err
		}
		if len(p.Asked) > 0 {
			return E(Forbidden, "error.hats_wait")
		}
	}
	return E(Forbidden, "error.no_hats")
}

// HatChoice is one hat an account can wear.
type HatChoice struct {
	School *School
	Person *Person
	Hat    string
}

// Hats lists what an account can be, at which school. A blocked person has
// none.
func (l *Library) Hats(ctx context.Context, acc *Account) ([]HatChoice, error) {
	var out []HatChoice
	for _, w := range acc.Wears {
		p, err := l.person(ctx, w.School, w.Person)
		if err != nil {
			return nil, err
		}
		s, err := l.SchoolByID(ctx, w.School)
		if err != nil {
			return nil, err
		}
		for _, h := range p.Hats {
			if !p.Blocked {
				out = append(out, HatChoice{s, p, h})
			}
		}
	}
	return out, nil
}

// Session finds the session of a token. A session that was not used for
// SessionIdle, or is older than SessionLife, is gone; so is one whose person
// was blocked. Error kind: Unsigned.
func (l *Library) Session(ctx context.Context, token string) (*Session, *Account, error) {
	s, err := load[Session](ctx, l, "session", Installation, sessionID(token))
	if isKind(err, NotFound) {
		return nil, nil, E(Unsigned, "error.unsigned")
	}
	if err != nil {
		return nil, nil, err
	}
	now := l.now()
	if now.Sub(s.Used) > SessionIdle || now.Sub(s.Began) > SessionLife {
		return nil, nil, E(Unsigned, "error.session_over")
	}
	acc, err := load[Account](ctx, l, "account", Installation, s.Account)
	if isKind(err, NotFound) {
		return nil, nil, E(Unsigned, "error.unsigned")
	}
	if err != nil {
		return nil, nil, err
	}
	if s.Hat != "" {
		p, err := l.person(ctx, s.Wearer.School, s.Wearer.Person)
		if err != nil {
			return nil, nil, err
		}
		if p.Blocked || !p.Wears(s.Hat) {
			return nil, nil, E(Unsigned, "error.unsigned")
		}
	}
	// Used is kept to the minute: not every page is a write.
	if now.Sub(s.Used) > time.Minute {
		s.Used = now.UTC()
		if err := replace(ctx, l, "session", s, map[string]string{"about": s.Account}); err != nil && !isKind(err, Conflict) {
			return nil, nil, err
		}
	}
	return s, acc, nil
}

// PutOn changes the hat of a session to one its account has. Error kinds:
// NotFound, Conflict.
func (l *Library) PutOn(ctx context.Context, s *Session, acc *Account, w Wearer, hat string) error {
	hats, err := l.Hats(ctx, acc)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(hats, func(c HatChoice) bool {
		return c.School.ID == w.School && c.Person.ID == w.Person && c.Hat == hat
	}) {
		return E(NotFound, "error.not_found")
	}
	before := s.Wearer.Person
	s.Wearer, s.Hat = w, hat
	if err := replace(ctx, l, "session", s, map[string]string{"about": s.Account}); err != nil {
		return err
	}
	l.Changed(Change{School: Installation, What: "session", ID: s.ID, Persons: []string{before}})
	return nil
}

// EndSession signs one browser out.
func (l *Library) EndSession(ctx context.Context, s *Session) error {
	cur, err := load[Session](ctx, l, "session", Installation, s.ID)
	if err == nil {
		err = l.store.Delete(ctx, Ref{Installation, "session", s.ID}, cur.Rev)
	}
	if isKind(err, NotFound) {
		err = nil
	}
	l.Changed(Change{School: Installation, What: "session", ID: s.ID, Persons: []string{s.Wearer.Person}})
	return err
}

// EndSessions signs an account out everywhere at once.
func (l *Library) EndSessions(ctx context.Context, account string) error {
	all, err := l.sessionsOf(ctx, account)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := l.EndSession(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (l *Library) sessionsOf(ctx context.Context, account string) ([]*Session, error) {
	return list[Session](ctx, l, Query{School: Installation, Kind: "session", Index: "about", From: account, To: account + "\x01"})
}

// SetPassword gives an account another password and ends its sessions. Error
// kinds: NotFound, Conflict.
func (l *Library) SetPassword(ctx context.Context, account, passwordHash string) error {
	acc, err := load[Account](ctx, l, "account", Installation, account)
	if err != nil {
		return err
	}
	acc.Password = passwordHash
	if err := replace(ctx, l, "account", acc, acc.keys()); err != nil {
		return err
	}
	return l.EndSessions(ctx, account)
}

// SetPreferences keeps how somebody wants to see Kaft. Error kinds: NotFound,
// Conflict.
func (l *Library) SetPreferences(ctx context.Context, account string, p Preferences) error {
	acc, err := load[Account](ctx, l, "account", Installation, account)
	if err != nil {
		return err
	}
	acc.Prefs = p
	return replace(ctx, l, "account", acc, acc.keys())
}
