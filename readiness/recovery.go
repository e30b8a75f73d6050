package readiness

import (
	"slices"
	"sort"
	"strings"

	"afterrun/readiness/physio"
)

// pauseMetric is the recovery over a pause of the timer, the last to be compared.
const pauseMetric = "hrr60_pause"

// recovery is one value of one run that may be compared with others of its key.
type recovery struct {
	key   string // metric/mode/band/source
	date  Date
	point physio.HRRPoint
	run   string // run id
}

// recoverySeries holds all recoveries, by key and by date.
type recoverySeries struct {
	byKey  map[string][]recovery // by date, then start
	byDate map[Date][][]string   // keys of each run, in order of preference; runs by start
}

func newRecoverySeries(sessions []*session) recoverySeries {
	r := recoverySeries{byKey: map[string][]recovery{}, byDate: map[Date][][]string{}}
	for _, s := range sessions {
		if s.counts() {
			r.add(s.date, s.recoveries())
		}
	}
	for _, values := range r.byKey {
		slices.SortStableFunc(values, func(a, b recovery) int { return int(a.date - b.date) })
	}
	return r
}

// add takes in the values of a run, in the order of preference hrr60, hrr120,
// hrr120_device, hrr60_pause. Runs come in order of start.
func (r *recoverySeries) add(d Date, run []recovery) {
	var keys []string
	for _, v := range run {
		r.byKey[v.key] = append(r.byKey[v.key], v)
		keys = append(keys, v.key)
	}
	if keys != nil {
		r.byDate[d] = append(r.byDate[d], keys)
	}
}

// recoveryKey names a series; false when the end heart rate is too low.
func (s *session) recoveryKey(metric, mode string, end float64) (string, bool) {
	hrmax, ok := s.params.HRMax.Float()
	if !ok || hrmax <= 0 {
		return "", false
	}
	band, ok := physio.EndBand(end, hrmax)
	return strings.Join([]string{metric, mode, band, s.trace.HRSource}, "/"), ok
}

// recoveryTest is a morning's comparison of the newest recoveries.
type recoveryTest struct {
	key string
	age int // days since the newest run of the test
	n   int // runs of the test
	physio.HRRComparison
	base, tests []recovery
}

// pause reports the metric that is shown but never warned of (§4.7).
func (t *recoveryTest) pause() bool { return t != nil && strings.HasPrefix(t.key, pauseMetric+"/") }

// test compares on the morning of d with the first key of §4.5 that has a usable
// baseline; nil and the reason without one.
func (r recoverySeries) test(d Date) (*recoveryTest, Reason) {
	keys := r.keys(d)
	for _, key := range keys {
		if t, ok := r.testKey(key, d); ok {
			return t, ""
		}
	}
	if len(keys) == 0 {
		return nil, "recent_short"
	}
	return nil, "baseline_short"
}

// keys lists the series with a value dated d−14..d−1, newest run first, the
// pause's after all others.
func (r recoverySeries) keys(d Date) []string {
	var keys, pauses []string
	seen := map[string]bool{}
	for day := d - 1; day >= d-14; day-- {
		for _, run := range slices.Backward(r.byDate[day]) {
			for _, key := range run {
				switch {
				case seen[key]:
				case strings.HasPrefix(key, pauseMetric+"/"):
					pauses = append(pauses, key)
				default:
					keys = append(keys, key)
				}
				seen[key] = true
			}
		}
	}
	return append(keys, pauses...)
}

func (r recoverySeries) testKey(key string, d Date) (*recoveryTest, bool) {
	values := r.byKey[key]
	hi := sort.Search(len(values), func(i int) bool { return values[i].date >= d })
	lo := hi
	for lo > 0 && hi-lo < 2 && values[lo-1].date >= d-14 {
		lo--
	}
	first := lo
	for first > 0 && lo-first < 10 && values[first-1].date >= d-60 {
		first--
	}
	c, ok := physio.CompareHRR(points(values[first:lo]), points(values[lo:hi]))
	if !ok {
		return nil, false
	}
	return &recoveryTest{key: key, age: int(d - values[hi-1].date), n: hi - lo, HRRComparison: c, base: values[first:lo], tests: values[lo:hi]}, true
}

func points(values []recovery) []physio.HRRPoint {
	out := make([]physio.HRRPoint, len(values))
	for i, v := range values {
		out[i] = v.point
	}
	return out
}

// fillRecovery writes the hrr columns of a day.
func fillRecovery(t *recoveryTest, reason Reason, row Row) {
	names := []string{"hrr_key", "hrr_test_bpm", "hrr_expected_bpm", "hrr_dev_bpm", "hrr_z", "hrr_age_days"}
	if t == nil {
		for _, name := range names {
			row[name] = Null(reason)
		}
		return
	}
	q := Quality("")
	if t.n < 2 || t.pause() {
		q = Low
	}
	row["hrr_key"] = Text(t.key)
	for i, v := range []float64{t.Test, t.Expected, t.Dev, t.Z} {
		row[names[i+1]] = Num(v).With(q, "", t.n)
	}
	row["hrr_age_days"] = Num(float64(t.age))
}
