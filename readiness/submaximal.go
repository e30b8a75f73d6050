package readiness

import (
	"crypto/sha256"
	"slices"
	"sort"
	"strings"

	"afterrun/readiness/physio"
)

// hrexRun is a run whose heart rate at usual speed can be compared (§9.6).
type hrexRun struct {
	date   Date
	at     *session
	blocks []physio.Block
	digest string // of the blocks
}

// hrexSeries holds them by key and by date.
type hrexSeries struct {
	byKey  map[string][]hrexRun // by date, then start
	byDate map[Date][]string
}

// lineCache remembers the baselines of this assessment and the last one by the
// blocks they rest on; an entry that is missing costs time, never a result.
type lineCache struct{ last, now map[string]physio.HRexLine }

func (c *lineCache) line(base []hrexRun) (line physio.HRexLine, ok bool) {
	var digests strings.Builder
	blocks := make([][]physio.Block, 0, len(base))
	for _, r := range base {
		digests.WriteString(r.digest)
		blocks = append(blocks, r.blocks)
	}
	name := digests.String()
	if line, ok = c.now[name]; ok {
		return line, true
	}
	if line, ok = c.last[name]; !ok {
		line, ok = physio.HRexBaseline(blocks)
	}
	if ok {
		c.now[name] = line
	}
	return line, ok
}

func blocksDigest(blocks []physio.Block) string {
	d := digester{sha256.New()}
	for _, b := range blocks {
		d.floats(b.V, b.H)
	}
	return string(d.Sum(nil))
}

func newHRexSeries(sessions []*session) hrexSeries {
	h := hrexSeries{byKey: map[string][]hrexRun{}, byDate: map[Date][]string{}}
	for _, s := range sessions {
		key := s.row["hrex_key"].String()
		if !s.counts() || key == "" || s.measured.Blocks == nil {
			continue
		}
		h.byKey[key] = append(h.byKey[key], hrexRun{s.date, s, s.measured.Blocks, blocksDigest(s.measured.Blocks)})
		h.byDate[s.date] = append(h.byDate[s.date], key)
	}
	for _, runs := range h.byKey {
		slices.SortStableFunc(runs, func(a, b hrexRun) int { return int(a.date - b.date) })
	}
	return h
}

// baseline fits the up to 20 runs before runs[to] dated from or later; false with
// too few of them.
func (h hrexSeries) baseline(key string, to int, from Date, cache *lineCache) (physio.HRexLine, []hrexRun, bool) {
	runs := h.byKey[key]
	lo := to
	for lo > 0 && to-lo < 20 && runs[lo-1].date >= from {
		lo--
	}
	base := runs[lo:to]
	line, ok := cache.line(base)
	return line, base, ok
}

// compareRuns writes the submaximal heart rate of every run that has one.
func (a *almanac) compareRuns() {
	for key, runs := range a.hrex.byKey {
		before := 0 // runs of earlier dates
		for i, r := range runs {
			if i > 0 && runs[i-1].date < r.date {
				before = i
			}
			line, base, ok := a.hrex.baseline(key, before, r.date-60, &a.lines)
			if !ok {
				r.at.noHRex("baseline_short")
				continue
			}
			value := line.Value(r.blocks)
			r.at.row["hrex_bpm"] = Num(value).With("", "", len(base))
			r.at.row["hrex_dev_bpm"] = Num(value-line.Centre).With("", "", len(base))
			r.at.row["hrex_speed_mps"] = Num(line.Reference).With("", "", len(base))
		}
	}
}

func (s *session) noHRex(r Reason) {
	for _, name := range []string{"hrex_bpm", "hrex_dev_bpm", "hrex_speed_mps"} {
		s.row[name] = Null(r)
	}
}

// hrexTest is a morning's comparison of the newest runs.
type hrexTest struct {
	key            string
	age, n         int
	test, expected float64
	dev, spread, z float64
	line           physio.HRexLine
	base, tests    []hrexRun
	values         []float64 // of the tests, bpm
}

func (t *hrexTest) high(least float64) bool {
	return t != nil && physio.HRexHigh(t.dev, t.spread, least, t.n)
}

// test compares on the morning of d; nil and the reason when it cannot.
func (h hrexSeries) test(d Date, cache *lineCache) (*hrexTest, Reason) {
	reason := Reason("recent_short")
	seen := map[string]bool{}
	for day := d - 1; day >= d-10; day-- {
		for _, key := range slices.Backward(h.byDate[day]) {
			if seen[key] {
				continue
			}
			seen[key], reason = true, "baseline_short"
			if t := h.testKey(key, d, cache); t != nil {
				return t, ""
			}
		}
	}
	return nil, reason
}

func (h hrexSeries) testKey(key string, d Date, cache *lineCache) *hrexTest {
	runs := h.byKey[key]
	hi := sort.Search(len(runs), func(i int) bool { return runs[i].date >= d })
	lo := hi
	for lo > 0 && hi-lo < 2 && runs[lo-1].date >= d-10 {
		lo--
	}
	line, base, ok := h.baseline(key, lo, d-60, cache)
	if !ok {
		return nil
	}
	var values []float64
	for _, r := range runs[lo:hi] {
		values = append(values, line.Value(r.blocks))
	}
	t := &hrexTest{
		key: key, age: int(d - runs[hi-1].date), n: hi - lo, expected: line.Centre, spread: line.Spread,
		line: line, base: base, tests: runs[lo:hi], values: values,
	}
	t.test, _ = physio.Mean(values)
	t.dev = t.test - t.expected
	t.z = t.dev / t.spread
	return t
}

// fillHRex writes the hrex columns of a day.
func fillHRex(t *hrexTest, reason Reason, row Row) {
	names := []string{"hrex_key", "hrex_test_bpm", "hrex_expected_bpm", "hrex_dev_bpm", "hrex_z", "hrex_age_days"}
	if t == nil {
		for _, name := range names {
			row[name] = Null(reason)
		}
		return
	}
	q := Quality("")
	if t.n < 2 {
		q = Low
	}
	row["hrex_key"] = Text(t.key)
	for i, v := range []float64{t.test, t.expected, t.dev, t.z} {
		row[names[i+1]] = Num(v).With(q, "", t.n)
	}
	row["hrex_age_days"] = Num(float64(t.age))
}

// efRun is a run that qualifies for the comparison of efficiency (§9.2).
type efRun struct {
	date      Date
	tag       string
	ef        float64
	hr, hrmax float64 // mean of the steady part; maximum
}

// efLow judges on the morning of d; known is false without enough runs.
func efLow(runs []efRun, d Date) (low, known bool) {
	hi := sort.Search(len(runs), func(i int) bool { return runs[i].date >= d })
	lo := sort.Search(len(runs), func(i int) bool { return runs[i].date >= d-60 })
	if lo == hi {
		return false, false
	}
	ref := runs[hi-1]
	var kept []efRun
	var ef []float64
	for _, r := range runs[lo:hi] {
		if r.tag == ref.tag && r.hr >= ref.hr-0.05*ref.hrmax && r.hr <= ref.hr+0.05*ref.hrmax {
			kept, ef = append(kept, r), append(ef, r.ef)
		}
	}
	if len(kept) < 2 || kept[len(kept)-2].date < d-14 {
		return false, false
	}
	return physio.EFLow(ef)
}
