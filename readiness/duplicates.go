package readiness

import (
	"cmp"
	"slices"
	"time"
)

// rulings returns what the athlete decided, by the key of the run.
func (h *History) rulings() map[string]Ruling {
	out := map[string]Ruling{}
	for _, v := range h.winners(KindChoice) {
		out[v.event.Choice.Run] = v.event.Choice.Ruling
	}
	return out
}

// markDuplicates finds recordings of one run that came from two sources (§0):
// in the order of preference, a run that overlaps one already kept, of the same
// sport, by more than half of the shorter one. A run that the athlete set apart
// takes no part; one put first goes before all others.
func markDuplicates(sessions []*session) {
	order := slices.Clone(sessions)
	slices.SortFunc(order, func(a, b *session) int {
		return cmp.Or(
			-compareBool(a.ruling == RulingFirst, b.ruling == RulingFirst),
			cmp.Compare(rankOfFormat(a.trace.Format), rankOfFormat(b.trace.Format)),
			cmp.Compare(b.trace.Samples, a.trace.Samples),
			a.trace.Start.Compare(b.trace.Start),
			cmp.Compare(a.id, b.id),
		)
	})
	kept := map[string]*timeline{}
	for _, s := range order {
		if s.ruling == RulingApart {
			continue
		}
		k := kept[s.trace.Sport]
		if k == nil {
			k = &timeline{}
			kept[s.trace.Sport] = k
		}
		if of := k.overlapped(s); of != nil {
			s.duplicateOf = of.id
			continue
		}
		k.insert(s)
	}
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// timeline holds sessions by their first sample.
type timeline struct {
	sessions []*session
	longest  time.Duration
}

// overlapped returns the kept session, the most preferred of several, that s is
// a second recording of.
func (t *timeline) overlapped(s *session) *session {
	lo, _ := slices.BinarySearchFunc(t.sessions, s.trace.First.Add(-t.longest), byFirst)
	var best *session
	for _, k := range t.sessions[lo:] {
		if k.trace.First.After(s.end()) {
			break
		}
		if sameTime(k, s) && (best == nil || k.kept < best.kept) {
			best = k
		}
	}
	return best
}

func (t *timeline) insert(s *session) {
	i, _ := slices.BinarySearchFunc(t.sessions, s.trace.First, byFirst)
	s.kept = len(t.sessions)
	t.sessions = slices.Insert(t.sessions, i, s)
	t.longest = max(t.longest, s.elapsed())
}

func byFirst(s *session, at time.Time) int { return s.trace.First.Compare(at) }

// sameTime reports an overlap of more than half of the shorter session.
func sameTime(a, b *session) bool {
	return shared(a, b).Seconds() > 0.5*min(a.elapsed(), b.elapsed()).Seconds()
}

// shared is how long both sessions last at once; negative when they do not meet.
func shared(a, b *session) time.Duration {
	from, to := a.trace.First, a.end()
	if b.trace.First.After(from) {
		from = b.trace.First
	}
	if b.end().Before(to) {
		to = b.end()
	}
	return to.Sub(from)
}

// overlap is the part of the shorter session that both share.
func overlap(a, b *session) float64 {
	return shared(a, b).Seconds() / min(a.elapsed(), b.elapsed()).Seconds()
}
