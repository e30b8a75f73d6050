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
func sameTime(a, b *session) bool { return overlap(a, b) > 0.5 }

// overlap is the part of the shorter session that both share, 0 if it has no
// length.
func overlap(a, b *session) float64 {
	x, y := a.stretches(), b.stretches()
	shorter := max(min(total(x), total(y)), time.Nanosecond)
	return shared(x, y).Seconds() / shorter.Seconds()
}

func total(all []stretch) (d time.Duration) {
	for _, x := range all {
		d += x.to.Sub(x.from)
	}
	return d
}

func shared(all, others []stretch) (d time.Duration) {
	for _, x := range all {
		for _, y := range others {
			d += x.shared(y)
		}
	}
	return d
}

// stretch is a time at which a session was recorded.
type stretch struct{ from, to time.Time }

// shared is how much of it another one shares.
func (x stretch) shared(y stretch) time.Duration {
	from, to := x.from, x.to
	if y.from.After(from) {
		from = y.from
	}
	if y.to.Before(to) {
		to = y.to
	}
	return max(0, to.Sub(from))
}

// stretches are the whole session, but for its gaps of more than a day: other
// runs lie in those.
func (s *session) stretches() []stretch {
	if s.trace.Stretches == nil {
		return []stretch{{s.trace.First, s.end()}}
	}
	var out []stretch
	for _, x := range s.trace.Stretches {
		out = append(out, stretch{s.trace.First.Add(seconds(x.From)), s.trace.First.Add(seconds(x.To))})
	}
	return out
}
