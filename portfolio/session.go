package portfolio

import "context"

// Stands tells whether a session that was found earlier would still be found,
// for somebody who stays connected without asking for anything: it is no use
// of the session, so a page that is left open does not keep it from ending.
// Error kinds: Unsigned (it ended), Forbidden (another hat was put on).
func (l *Library) Stands(ctx context.Context, s *Session) error {
	cur, err := load[Session](ctx, l, "session", Installation, s.ID)
	if isKind(err, NotFound) {
		return E(Unsigned, "error.unsigned")
	}
	if err != nil {
		return err
	}
	now := l.now()
	if now.Sub(cur.Used) > SessionIdle || now.Sub(cur.Began) > SessionLife {
		return E(Unsigned, "error.session_over")
	}
	if cur.Wearer != s.Wearer || cur.Hat != s.Hat {
		return E(Forbidden, "error.other_hat")
	}
	p, err := l.person(ctx, s.Wearer.School, s.Wearer.Person)
	if isKind(err, NotFound) || err == nil && (p.Blocked || !p.Wears(s.Hat)) {
		return E(Unsigned, "error.unsigned")
	}
	return err
}
