package portfolio

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"math/big"
	"strings"
)

// A login that is its owner's own. The school gave out the name and the first
// password; who leaves makes a name and a password that no school knows, and gets
// a code for the day on which the password is forgotten. The code is shown once:
// kept is a keyed hash of it, and it works once.

// OwnLogin is what somebody fills in to make a login the own one.
type OwnLogin struct {
	Login        string // may stay what it is, unless it is an address of the school
	PasswordHash string
}

// MakeOwn makes the login of a session its owner's own, and gives the recovery
// code, which nobody can see again. verify compares the password of now with a
// hash; a wrong one is counted as when signing in. The other sessions end. Error
// kinds: Unsigned (the password of now is wrong), TooMany, Invalid, Exists (the
// name is somebody else's), Conflict.
func (l *Library) MakeOwn(ctx context.Context, a Actor, s *Session, n OwnLogin, verify func(hash string) bool) (code string, err error) {
	charge := func(t *tries) error { return t.charge(l.now(), accountPace) }
	acc, err := l.chargeDirect(ctx, s.Account, charge)
	if err != nil {
		return "", err
	}
	if !verify(acc.Password) {
		return "", E(Unsigned, "error.password_now")
	}
	if acc, err = l.chargeDirect(ctx, s.Account, func(t *tries) error { *t = tries{}; return nil }); err != nil {
		return "", err
	}
	n.Login = normalLogin(n.Login)
	if err := checkLogin(n.Login); err != nil {
		return "", err
	}
	if acc.Own.IsZero() && sameHouse(acc.Login, n.Login) {
		return "", E(Invalid, "error.login_school", "Field", "login")
	}
	old := acc.Name
	if n.Login != acc.Login {
		if acc.Name, err = l.takeName(ctx, acc, n.Login); err != nil {
			return "", err
		}
	}
	if code, err = newCode(); err != nil {
		return "", err
	}
	if acc.Recovery, err = l.keyed(ctx, "recovery", normalCode(code)); err != nil {
		return "", err
	}
	acc.Login, acc.Password, acc.Own = n.Login, n.PasswordHash, l.now().UTC()
	if err := replaceLogged(ctx, l, "account", acc, acc.keys(), lineOf(a, a.Person, Line{Act: "own-login"}), nil); err != nil {
		return "", err
	}
	if err := l.letNameGo(ctx, acc, old); err != nil {
		return "", err
	}
	return code, l.endOthers(ctx, acc.ID, s.ID)
}

// sameHouse tells whether two sign-in names are addresses of one house: the
// school's, which closes the box of who leaves.
func sameHouse(now, next string) bool {
	_, house, is := strings.Cut(now, "@")
	return is && strings.HasSuffix(next, "@"+house)
}

// takeName stores that a sign-in name leads to an account. It counts once the
// account says so: what a crash leaves is taken again by the same account, and
// lets nobody in. Error kind: Exists.
func (l *Library) takeName(ctx context.Context, acc *Account, login string) (id string, err error) {
	if id, err = l.keyed(ctx, "login", login); err != nil || id == acc.ID {
		return "", err // the name it began with
	}
	err = create(ctx, l, "account", &Account{Head: Head{School: Installation, ID: id}, For: acc.ID}, nil)
	if isKind(err, Exists) {
		there, err := load[Account](ctx, l, "account", Installation, id)
		if err == nil && there.For != acc.ID {
			err = E(Exists, "error.login_taken")
		}
		return id, err
	}
	return id, err
}

// letNameGo frees the name under which an account was found before.
func (l *Library) letNameGo(ctx context.Context, acc *Account, old string) error {
	if old == "" || old == acc.Name {
		return nil
	}
	err := l.store.Delete(ctx, Ref{Installation, "account", old}, 1)
	if isKind(err, NotFound) {
		err = nil
	}
	return err
}

// accountNamed finds the account to which a sign-in name leads, by the id of the
// name. Error kind: NotFound, also for a name that an account no longer has.
func (l *Library) accountNamed(ctx context.Context, id string) (*Account, error) {
	acc, err := load[Account](ctx, l, "account", Installation, id)
	if err == nil && acc.For != "" {
		acc, err = load[Account](ctx, l, "account", Installation, acc.For)
	}
	if err == nil && acc.ID != id && acc.Name != id || err == nil && acc.ID == id && acc.Name != "" {
		err = E(NotFound, "error.not_found")
	}
	return acc, err
}

// Recover sets a new password for who has the recovery code, and gives the next
// code: each works once. All sessions end. A try is counted like a password, in
// the same time for a login that is not there. Error kinds: Unsigned (wrong),
// TooMany.
func (l *Library) Recover(ctx context.Context, login, address, code, passwordHash string) (acc *Account, next string, err error) {
	is, err := l.keyed(ctx, "recovery", normalCode(code))
	if err != nil {
		return nil, "", err
	}
	acc, err = l.tryLogin(ctx, login, address, func(acc *Account) bool {
		return acc.Recovery != "" && hmac.Equal([]byte(acc.Recovery), []byte(is))
	})
	if isKind(err, Unsigned) {
		err = E(Unsigned, "error.recover")
	}
	if err != nil {
		return nil, "", err
	}
	if next, err = newCode(); err != nil {
		return nil, "", err
	}
	if acc.Recovery, err = l.keyed(ctx, "recovery", normalCode(next)); err != nil {
		return nil, "", err
	}
	acc.Password = passwordHash
	w := acc.Wears[0]
	p, err := l.person(ctx, w.School, w.Person)
	if err != nil {
		return nil, "", err
	}
	a := Actor{School: w.School, Person: w.Person, Hat: append(p.Hats, HatSystem)[0], Address: address}
	if err := replaceLogged(ctx, l, "account", acc, acc.keys(), lineOf(a, w.Person, Line{Act: "recover"}), nil); err != nil {
		return nil, "", err
	}
	return acc, next, l.EndSessions(ctx, acc.ID)
}

// endOthers ends all sessions of an account but one.
func (l *Library) endOthers(ctx context.Context, account, keep string) error {
	all, err := l.sessionsOf(ctx, account)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID == keep {
			continue
		}
		if err := l.EndSession(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// newCode is a recovery code, of the signs and the length that all codes have.
func newCode() (string, error) {
	code := make([]byte, codeLength)
	for i := range code {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(codeSigns))))
		if err != nil {
			return "", err
		}
		code[i] = codeSigns[n.Int64()]
	}
	return inFours(string(code)), nil
}

// MadeOwn tells whether a login is its owner's own.
func (a *Account) MadeOwn() bool { return !a.Own.IsZero() }
