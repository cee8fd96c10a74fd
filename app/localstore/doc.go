// Package localstore is the embedded default engine: documents in one SQLite
// file ([Store]) and blobs as files in a folder ([Files]). A school that runs
// one process needs no other database.
//
// # Why SQLite, and why modernc's
//
// One file, one process, no server to install, and durable when it says so.
// modernc.org/sqlite is SQLite translated to Go: Kaft stays one static binary
// that cross-compiles, and the race detector sees through it. Its price is
// about twice the CPU of the C library for a query, some 6 MB of binary, and a
// pinned modernc.org/libc. At a school's size the disk's flush is the cost of a
// write and a page of fifty documents takes well under a millisecond, so the
// price is never met.
//
// # How a write becomes durable
//
// All writes go through one goroutine. It takes every write that waits, runs
// them in one transaction, commits (WAL, synchronous=FULL: the log is flushed),
// and only then answers each of them. A write is one statement that compares
// the revision by itself, so a write that is refused leaves its neighbours
// alone. A blob is written under a temporary name, flushed, renamed, and its
// folders are flushed. Both survive SIGKILL (tested) and a power cut, if the
// disk keeps what it says it flushed.
//
// # Layout of a data folder
//
//	store.db, -wal, -shm   the documents
//	store.lock             held while the documents are open; holds the pid.
//	                       Who only reads ([OpenToRead]) does without
//	blobs/                 one file per blob, its ID is its path
//	incoming/              blobs being written; emptied at start
//	files.lock             held while the blobs are open
package localstore
