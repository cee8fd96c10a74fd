// Package chat is where students, parents and staff talk. It has no network:
// package app brings its frames to browsers and back (PROTOCOL.md).
//
// A conversation has members, each in one hat and for a time, and messages with
// numbers from 1 without gaps: the same order for everyone. The log in the
// store is the truth. A message is stored, then handed to whoever is there,
// then acknowledged; who was away catches up by number.
//
// Who reads a message is decided by the one rule (portfolio.Listener), for each
// reader and at each reading: a member, at the instant it was said, who is in
// touch with the student it is about, now and then. So who loses custody, duty
// or class has left every conversation about the student from that instant,
// without anybody writing it down, and whoever gets it back has not heard what
// was said in between.
//
// Nobody is written down as being in a conversation of a whole class or school:
// the facts tell (portfolio.TalkGroup), each day anew, and everybody in it is
// gathered once and again when a fact changes. The one of a class, and the one of
// its parents, has an id that follows from the class, so that two who start it
// speak in the same. An announcement is read only: a question about it is a
// conversation of its own with who sent it.
//
// Two of a student's family are in a conversation about the student only while
// each says yes of the other (portfolio.Together); taking that back ends it for
// both from that instant, and what was said before stays theirs to read. A
// conversation of all parents of a class is not about their child: separated
// parents may both be in it. But from whom a court order keeps where the child
// is, is in nothing that is said to the class, and in none with others of the
// family.
//
// Where the school does not let parents talk with parents, only staff speaks in
// the conversation of a class's parents, and they are told of each other by
// number; who reads an announcement is told by name to staff alone. No member of
// staff is alone with a student, unless the school lets them: a second one joins
// before anything is said, chosen by who works nearest to the student.
//
// Starting or reading a conversation leaves no line in the student's log: both
// parents read that log, and that one of them talks with school is not for the
// other to know.
//
// # Words
//
// conversation, member, message: the three documents that make a conversation ·
// edit: a message that says what became of another · mark: how far a member read ·
// draft: what a member is writing · later: a message that waits for a time · wide: of a
// whole class or school · talk: a conversation as
// one reader sees it · line: somebody who is there now, with a queue of frames ·
// hub: all lines · room: a conversation in which something happens now · crowd:
// who hears what is said in it
//
// # Documents
//
// A message is never changed: an edit is a message of the same log, of another
// one, with the next number. So the log has one order and no second way to be
// told of a change, and what was said first stays the school's.
//
// Each write is one document and nothing spans two. A message claims its number
// by being created under it; the loser of a race takes the next. Members are
// written before their conversation, which makes them visible. A client's own
// key for a message is an index key (hashed), and is looked for in all earlier
// messages before a number is claimed, so a repeat finds the first one, whichever
// process stored it.
package chat
