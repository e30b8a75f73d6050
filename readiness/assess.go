package readiness

// Assess computes what follows from a history: every run's metrics, every day
// from the first datum to the last (or o.Through), and every step of an alert.
// It is a pure function of the set: canonical order, no clock, no randomness.
// src is asked only for runs whose samples the history no longer holds and whose
// metrics must be computed again; it may be nil when there are none. The history
// is not changed.
func Assess(h *History, src SampleSource, o Options) (*Assessment, error) {
	return assess(h, src, o, skipDay)
}

// visitor looks at a day while it is computed: with what the days before handed
// on, and what it hands on itself.
type visitor func(a *almanac, before walk, m *morning, after *walk)

func skipDay(*almanac, walk, *morning, *walk) {}

func assess(h *History, src SampleSource, o Options, visit visitor) (*Assessment, error) {
	rules := h.Rules()
	if o.Rules != nil {
		rules = *o.Rules
	}
	f := h.facts()
	undated, err := f.undatedRuns(src, rules)
	if err != nil || !f.any {
		return &Assessment{Runs: undated}, err
	}
	a := newAlmanac(f, min(max(f.last, o.Through), latest), rules)
	a.lines.last = h.lines
	out, err := a.assess(src, visit)
	if err != nil {
		return nil, err
	}
	h.lines = a.lines.now
	out.Runs = append(undated, out.Runs...)
	return out, nil
}

func (a *almanac) assess(src SampleSource, visit visitor) (*Assessment, error) {
	f := a.f
	for _, s := range f.sessions {
		if err := s.observe(src, a.rules.Samples()); err != nil {
			return nil, err
		}
	}
	f.resolveParams(a)
	unmatched := f.attachRunFields()
	for _, s := range f.sessions {
		if err := s.measure(src); err != nil {
			return nil, err
		}
	}
	assignLoads(f.sessions)
	for _, s := range f.sessions {
		if s.counts() {
			s.answerCooldown()
			s.weigh()
		}
	}
	out := &Assessment{Unmatched: unmatched}
	a.prepare()
	out.Days, out.Transitions = a.days(visit)
	for _, s := range f.sessions {
		out.Runs = append(out.Runs, s.summary(a.judged))
	}
	return out, nil
}

// resolveParams finds the athlete's limits on the date of every run (§6).
func (f *facts) resolveParams(a *almanac) {
	var traces []*Trace
	var dates []Date
	var counting []*session
	for _, s := range f.sessions {
		if s.counts() {
			traces, dates, counting = append(traces, s.trace), append(dates, s.date), append(counting, s)
		}
	}
	for i, p := range ResolveParams(traces, dates, a.restingMedian, f.profile) {
		p.TRIMP = a.rules.Load.Factors()
		counting[i].params = p
	}
}
