package chat

import (
	"sync"
	"time"
)

// Pace lets each key do Burst things at once, and after that one every so
// often.
type Pace struct {
	burst int
	every time.Duration

	mu    sync.Mutex
	whole map[string]time.Time // when the allowance of a key is whole again
	swept time.Time
}

// NewPace makes a Pace of burst at once and one every after that.
func NewPace(burst int, every time.Duration) *Pace {
	return &Pace{burst: burst, every: every, whole: map[string]time.Time{}}
}

// Take counts one more for a key. When there is none left it counts nothing and
// says how long to wait first.
func (p *Pace) Take(key string, now time.Time) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := time.Duration(p.burst) * p.every
	if now.Sub(p.swept) > all { // who is whole again needs no memory
		for k, t := range p.whole {
			if !t.After(now) {
				delete(p.whole, k)
			}
		}
		p.swept = now
	}
	whole := p.whole[key]
	if whole.Before(now) {
		whole = now
	}
	whole = whole.Add(p.every)
	if w := whole.Sub(now) - all; w > 0 {
		return w
	}
	p.whole[key] = whole
	return 0
}
