// Package storetest is the contract of portfolio.Store and portfolio.Files, as
// tests. Every adapter runs them in its own test:
//
//	func TestStore(t *testing.T) {
//		storetest.TestStore(t, func(t *testing.T) (portfolio.Store, func() portfolio.Store) { … })
//	}
//
// What the comments in portfolio/store.go promise and these tests do not hold
// is a gap in the tests. The suites are themselves tested: faults_test.go breaks
// an engine in one way after another, and each must be noticed.
package storetest

import "testing"

// Opener opens a new, empty engine for one test, and sees to it that it is
// closed when the test ends. reopen closes it and opens the same data again; it
// is nil when the engine is a server that the test cannot restart.
type Opener[T any] func(t *testing.T) (engine T, reopen func() T)
