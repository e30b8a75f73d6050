package readiness

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"afterrun/readiness/physio"
)

// SampleSource returns the samples of a run by its event key. Assess asks it
// only for runs whose samples the history no longer holds and whose metrics
// must be computed again (other parameters, other formulas).
type SampleSource interface {
	Run(key string) (*Run, error)
}

// Options steer an assessment.
type Options struct {
	Through Date          // last day wanted; days run from the first datum to max(last datum, Through)
	Rules   *physio.Rules // nil = those of the history
}

// History is the set of an athlete's events. The order in which they are added
// and how often does not matter. The zero value is an empty history; it is not
// safe for use by several goroutines.
type History struct {
	versions  map[identity]map[string]*version // by digest
	retracted map[identity]Retraction
	dated     *dated                     // what daily found last, nil once it may have changed
	lines     map[string]physio.HRexLine // baselines of the last assessment
}

// identity names an event whatever its content.
type identity struct {
	kind Kind
	key  string
}

// version is one content of an event.
type version struct {
	event   Event       // Run is nil once released
	trace   *Trace      // of a run
	summary *RunSummary // of a run known from an earlier assessment
}

// Dates outside these bounds are no dates; the days of a history have to be
// finite. A run before them is of no day.
var (
	earliest = DateOf(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
	latest   = DateOf(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
)

// Add puts an event into the set and reports whether that changed it. Two
// contents of one event are both kept; which one counts is decided by their
// content (see [Prefer]), so a retraction of one lets the other count. A
// run is observed at once. The error wraps ErrInvalid; the set is then
// unchanged.
func (h *History) Add(e Event) (changed bool, err error) {
	if err := e.check(); err != nil {
		return false, err
	}
	if e.Kind == KindRetraction {
		return h.retract(*e.Retraction), nil
	}
	id := identity{e.Kind, e.Key}
	if old, ok := h.versions[id][e.Digest]; ok {
		return old.meet(e), nil
	}
	v := &version{event: e}
	if e.Kind == KindRun {
		t, err := Observe(e.Run)
		if err != nil {
			return false, fmt.Errorf("observe run %s: %w", e.Key, err)
		}
		v.trace = &t
	}
	h.put(id, e.Digest, v)
	return true, nil
}

// meet takes over what a second sighting of the same content adds.
func (v *version) meet(e Event) bool {
	if v.event.Run == nil {
		v.event.Run = e.Run
	}
	if e.Source.compare(v.event.Source) >= 0 {
		return false
	}
	v.event.Source = e.Source
	return true
}

func (s Source) compare(o Source) int {
	return cmp.Or(cmp.Compare(s.File, o.File), cmp.Compare(s.SHA256, o.SHA256))
}

// AddSummary puts a run into the set that an earlier assessment summed up. Its
// metrics are used again as long as the inputs they rest on are the same; else
// Assess asks the SampleSource for the samples.
func (h *History) AddSummary(s RunSummary) {
	id := identity{KindRun, s.Key}
	if old, ok := h.versions[id][s.Digest]; ok {
		old.summary = &s
		return
	}
	e := Event{Kind: KindRun, Key: s.Key, Digest: s.Digest, Source: s.Source}
	h.put(id, s.Digest, &version{event: e, trace: &s.Trace, summary: &s})
}

// Release drops the samples of all runs; their traces stay.
func (h *History) Release() {
	for id, versions := range h.versions {
		if id.kind == KindRun {
			for _, v := range versions {
				v.event.Run = nil
			}
		}
	}
}

// LastDatum returns the last date anything is known about, false for an empty
// history.
func (h *History) LastDatum() (Date, bool) {
	f := h.facts()
	return f.last, f.any
}

// Location returns the athlete's time zone, UTC while unknown.
func (h *History) Location() *time.Location { return h.profile().Location() }

func (h *History) put(id identity, digest string, v *version) {
	if h.versions == nil {
		h.versions = map[identity]map[string]*version{}
	}
	if h.versions[id] == nil {
		h.versions[id] = map[string]*version{}
	}
	h.versions[id][digest] = v
	h.forget(id.kind)
}

func (h *History) retract(r Retraction) (changed bool) {
	id := identity{r.Kind, r.Key}
	if h.retracted == nil {
		h.retracted = map[identity]Retraction{}
	}
	all := h.retracted[id]
	for _, entry := range r.Digests {
		if !all.has(entry) {
			all.Digests, changed = append(all.Digests, entry), true
		}
	}
	h.retracted[id] = all
	h.forget(id.kind)
	return changed
}

// winners returns the content that counts of every event of a kind, by key.
func (h *History) winners(kind Kind) []*version {
	var out []*version
	for id, versions := range h.versions {
		if id.kind != kind {
			continue
		}
		var best *version
		for digest, v := range versions {
			if !h.retracted[id].Gone(digest) && (best == nil || v.beats(best)) {
				best = v
			}
		}
		if best != nil {
			out = append(out, best)
		}
	}
	slices.SortFunc(out, func(a, b *version) int { return cmp.Compare(a.event.Key, b.event.Key) })
	return out
}

// best returns the preferred event of a kind that several sources may tell of, a
// blank one without any.
func (h *History) best(kind Kind) Event {
	var best *version
	for _, v := range h.winners(kind) {
		if best == nil || v.beats(best) {
			best = v
		}
	}
	if best == nil {
		return Event{}
	}
	return best.event
}

// profile returns the athlete's profile, nil without one.
func (h *History) profile() *Profile { return h.best(KindProfile).Profile }

// Rules returns the rules the history is judged by: the specification's, changed
// by the event that says so.
func (h *History) Rules() physio.Rules {
	own := h.best(KindRules).Rules
	if own == nil {
		return physio.DefaultRules()
	}
	r, _ := own.rules() // checked when it was added
	return r
}

// Validate reports an event that no history takes; the error wraps ErrInvalid.
// Whoever stores events asks before: one that was stored all the same would be
// refused at each reading.
func (e Event) Validate() error {
	err := e.check()
	if err == nil && e.Run != nil {
		_, _, _, err = e.Run.timeline()
	}
	return err
}

// check reports an event that cannot be part of a history, whatever its samples.
func (e Event) check() error {
	bad := func(what string) error { return fmt.Errorf("%s event %q: %s: %w", e.Kind, e.Key, what, ErrInvalid) }
	set := map[Kind]bool{
		KindRun: e.Run != nil, KindWellness: e.Wellness != nil, KindCheckIn: e.CheckIn != nil,
		KindProfile: e.Profile != nil, KindRetraction: e.Retraction != nil, KindChoice: e.Choice != nil, KindRules: e.Rules != nil,
	}
	switch {
	case !set[e.Kind]:
		return bad("no content of its kind")
	case e.Key == "" || e.Digest == "" && e.Kind != KindRetraction:
		return bad("no identity")
	case !e.dated():
		return bad("date out of bounds")
	case e.Choice != nil && !e.Choice.Ruling.Known():
		return bad("unknown ruling")
	case e.Rules != nil:
		if _, err := e.Rules.rules(); err != nil {
			return bad(err.Error())
		}
	}
	return nil
}

// dated reports whether the event's date can be true.
func (e Event) dated() bool {
	d := earliest
	switch e.Kind {
	case KindRun:
		return Recordable(e.Run.Start.UTC()) && Recordable(e.Run.First.UTC())
	case KindWellness:
		d = e.Wellness.Date
	case KindCheckIn:
		d = e.CheckIn.Date
	}
	return d >= earliest && d < latest
}

// beats is [Prefer], also where the samples have been let go.
func (v *version) beats(o *version) bool {
	if v.trace != nil && o.trace != nil {
		return cmp.Or(v.trace.merits().compare(o.trace.merits()), cmp.Compare(o.event.Digest, v.event.Digest)) < 0
	}
	return Prefer(v.event, o.event)
}
