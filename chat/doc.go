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
// Starting or reading a conversation leaves no line in the student's log: both
// parents read that log, and that one of them talks with school is not for the
// other to know.
//
// # Words
//
// conversation, member, message: the three documents that make a conversation ·
// edit: a message that says what became of another · mark: how far a member read ·
// draft: what a member is writing · later: a message that waits for a time · talk: a conversation as
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
