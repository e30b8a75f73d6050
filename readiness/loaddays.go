package readiness

import (
	"cmp"

	"afterrun/readiness/physio"
)

// loadDays is the daily load and what is filtered from it, from the date of the
// first session of any sport on (§7.8, §8.1–8.3).
type loadDays struct {
	first      Date
	some       bool // there is a session
	knownFrom  int  // first index with a known load, len(loads) without one
	loads      []float64
	unknown    []bool    // no session of the date has a load although there is one
	incomplete []int     // prefix sums of incomplete dates, incomplete[i] = before index i
	weak       []float64 // part of loads from time_personal or cadence-locked hrss
	shaky      []float64 // weak, and the part from an estimated HRmax or HRrest
	ctl, atl   []float64
	acute      []float64 // EWMA of §8.2
	chronic    []float64
	monotony   []maybe
	strain     *track
}

func newLoadDays(f *facts, to Date, rules physio.LoadFilters) loadDays {
	l := loadDays{}
	for _, s := range f.sessions {
		if s.counts() && (!l.some || s.date < l.first) {
			l.first, l.some = s.date, true
		}
	}
	if !l.some {
		return l
	}
	l.sumUp(f, int(to-l.first)+1)
	seed := physio.Seed(l.loads)
	l.ctl = physio.Filter(l.loads, *cmp.Or(rules.SeedCTL, &seed), rules.Alpha.Weight(physio.ChronicDays))
	l.atl = physio.Filter(l.loads, *cmp.Or(rules.SeedATL, &seed), rules.Alpha.Weight(physio.AcuteDays))
	l.acute = physio.Filter(l.loads, seed, physio.EMA.Weight(7))
	l.chronic = physio.Filter(l.loads, seed, physio.EMA.Weight(28))
	l.strains(to)
	return l
}

func (l *loadDays) sumUp(f *facts, n int) {
	l.loads, l.weak, l.shaky = make([]float64, n), make([]float64, n), make([]float64, n)
	l.unknown, l.incomplete, l.knownFrom = make([]bool, n), make([]int, n+1), n
	for i := range n {
		sessions := f.byDate[l.first+Date(i)]
		missing := 0
		for _, s := range sessions {
			if !s.load.ok {
				missing++
				continue
			}
			l.knownFrom = min(l.knownFrom, i)
			l.loads[i] += s.load.v
			weak := s.source == "time_personal" || s.source == "hrss" && s.locked
			if weak {
				l.weak[i] += s.load.v
			}
			if weak || s.source == "hrss" && s.estimated() {
				l.shaky[i] += s.load.v
			}
		}
		l.unknown[i] = missing > 0 && missing == len(sessions)
		l.incomplete[i+1] = l.incomplete[i] + min(missing, 1)
	}
}

// index returns the place of a date, false before the first session.
func (l *loadDays) index(d Date) (int, bool) {
	i := int(d - l.first)
	return i, l.some && i >= 0 && i < len(l.loads)
}

// incompleteOver counts the incomplete dates of the n days ending with index i.
func (l *loadDays) incompleteOver(i, n int) int {
	return l.incomplete[max(0, i+1)] - l.incomplete[max(0, min(i+1, i+1-n))]
}

// holey reports that too many dates up to index i have sessions without a load.
func (l *loadDays) holey(i int) bool {
	return l.incompleteOver(i, 7) > 1 || l.incompleteOver(i, 28) > 3
}

func (l *loadDays) strains(to Date) {
	l.monotony, l.strain = make([]maybe, len(l.loads)), newTrack(l.first, to)
	for i := 6; i < len(l.loads); i++ {
		if l.holey(i) {
			continue
		}
		if m, s, ok := physio.Monotony(l.loads[i-6 : i+1]); ok {
			l.monotony[i] = known(m)
			l.strain.set(l.first+Date(i), s)
		}
	}
}

// mostly reports whether more than half of the load of the 42 days before index
// i is of the part.
func (l *loadDays) mostly(part []float64, i int) bool {
	some, all := 0.0, 0.0
	for j := max(0, i-42); j < i; j++ {
		some, all = some+part[j], all+l.loads[j]
	}
	return some > 0.5*all
}

// quality grades the filtered load of index i.
func (l *loadDays) quality(i int) Quality {
	switch {
	case l.mostly(l.weak, i):
		return Low
	case i+1 < physio.ChronicDays:
		return Partial
	}
	return Good
}

// form is the morning's freshness (§8.1).
type form struct {
	tsb, frac Value
	low       bool
}

// morning returns the form of the morning of d: yesterday's filters.
func (l *loadDays) morning(d Date) form {
	i, ok := l.index(d)
	null := func(r Reason) form { return form{tsb: Null(r), frac: Null(r)} }
	switch {
	case !ok || i < physio.SeedDays:
		return null("load_history_short")
	case l.holey(i - 1):
		return null("load_incomplete")
	case l.knownFrom > i-1:
		return null("no_load_source")
	}
	q := l.quality(i)
	tsb := l.ctl[i-1] - l.atl[i-1]
	fm := form{tsb: Num(tsb).With(q, "", 0), frac: Null("chronic_load_too_low"), low: q == Low}
	if l.ctl[i-1] >= 5 {
		fm.frac = Num(tsb/l.ctl[i-1]).With(q, "", 0)
	}
	return fm
}

// fill writes the evening columns of d.
func (l *loadDays) fill(d Date, row Row) {
	row["daily_load"], row["load_incomplete"] = Null("load_history_short"), Flag(false)
	i, ok := l.index(d)
	if ok {
		row["daily_load"] = Num(l.loads[i])
		missing := l.incompleteOver(i, 1) > 0
		row["load_incomplete"] = Flag(missing)
		if missing {
			row["daily_load"] = row["daily_load"].With(Partial, "", 0)
		}
		if l.unknown[i] {
			row["daily_load"] = Null("load_incomplete")
		}
	}
	l.fillFilters(i, ok, row)
	l.fillRatios(i, ok, row)
	l.fillStrain(i, ok, d, row)
}

func (l *loadDays) fillFilters(i int, ok bool, row Row) {
	switch {
	case !ok || i < physio.SeedDays-1:
		row["ctl"], row["atl"] = Null("load_history_short"), Null("load_history_short")
	case l.knownFrom > i:
		row["ctl"], row["atl"] = Null("no_load_source"), Null("no_load_source")
	default:
		q := l.quality(i)
		if l.mostly(l.shaky, i) {
			q = Low
		}
		row["ctl"], row["atl"] = Num(l.ctl[i]).With(q, "", 0), Num(l.atl[i]).With(q, "", 0)
	}
}

func (l *loadDays) fillRatios(i int, ok bool, row Row) {
	set := func(name string, r float64, ok bool) { row[name] = maybe{r, ok}.value("chronic_load_too_low") }
	var reason Reason
	switch {
	case !ok || i < 27:
		reason = "load_history_short"
	case l.holey(i):
		reason = "load_incomplete"
	default:
		r, ok := physio.Ratio(l.acute[i], l.chronic[i])
		set("acwr_ewma", r, ok)
		r, ok = physio.Coupled(l.loads[i-27 : i+1])
		set("acwr_coupled", r, ok)
		r, ok = physio.Uncoupled(l.loads[i-27 : i+1])
		set("acwr_uncoupled", r, ok)
		return
	}
	for _, name := range []string{"acwr_ewma", "acwr_coupled", "acwr_uncoupled"} {
		row[name] = Null(reason)
	}
}

func (l *loadDays) fillStrain(i int, ok bool, d Date, row Row) {
	reason := Reason("no_load")
	switch {
	case !ok || i < 6:
		reason = "load_history_short"
	case l.holey(i):
		reason = "load_incomplete"
	}
	row["monotony_7d"], row["strain_7d"] = Null(reason), Null(reason)
	if reason == "no_load" {
		row["monotony_7d"], row["strain_7d"] = l.monotony[i].value(reason), l.strain.at(d).value(reason)
	}
}

// strainKnown reports whether d has a strain.
func (l *loadDays) strainKnown(d Date) bool {
	i, ok := l.index(d)
	return ok && l.monotony[i].ok
}

// strained reports on day d a week of a monotony above the limit, with a strain above the athlete's
// own 90th percentile.
func (l *loadDays) strained(d Date, monotonous float64) bool {
	i, ok := l.index(d)
	if !ok || !l.monotony[i].ok || l.monotony[i].v <= monotonous {
		return false
	}
	limit, ok := physio.StrainLimit(l.strain.window(d-182, d-1))
	return ok && l.strain.at(d).v > limit
}
