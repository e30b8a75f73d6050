package readiness

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"afterrun/readiness/physio"
)

// maxSamples bounds a run: a month at 1 Hz.
const maxSamples = 31 * 86400

// maxPerSecond bounds how dense a recording may be; watches write up to ten
// records a second.
const maxPerSecond = 25

// tape is a run on its own clock, cleaned and segmented: what Observe and
// Measure read. It is built from the samples alone.
type tape struct {
	run       *Run
	t         []float64 // kept records, s since the first one, ascending
	hr        []float64 // bpm, cleaned; NaN = missing
	locked    []bool    // cadence lock suspected
	speed     []float64 // m/s
	distance  []float64 // m, cumulative
	spm       []float64 // steps per minute
	altitude  []float64 // m
	pauses    []physio.Span
	reversals int
	first     time.Time
	zero      float64 // of the run's own clock at the first kept record, s

	coarse, noMotion bool
	grid             *physio.Seconds // nil when coarse or without motion
	gridHR           []float64       // bpm on the grid, locked included
	signal           *physio.Signal  // the heart rate to read recoveries from
	weights          []float64       // s of each sample's heart rate
	covered          float64
	flat             bool
}

// Observe reads everything out of a run that needs no parameter of the athlete,
// by the rules of the specification. It does not change the run. The error wraps
// ErrInvalid: columns of different lengths, no sample, more than a month of
// samples, or more than 25 in a second.
func Observe(r *Run) (Trace, error) {
	return observe(r, physio.DefaultRules().Samples())
}

// observe is [Observe] under other rules.
func observe(r *Run, rules physio.SampleRules) (Trace, error) {
	k, err := newTape(r, rules)
	if err != nil {
		return Trace{}, err
	}
	t := Trace{
		Start: r.Start.UTC(), First: k.first, UTCOffset: r.UTCOffset, HasUTCOffset: r.HasUTCOffset,
		Sport: r.Sport, SubSport: r.SubSport, Format: r.Format, Title: r.Title, Tags: r.Tags, HRSource: cmp.Or(r.HRSource, "unknown"),
		Limits: r.Limits, Samples: len(r.T), Reversals: k.reversals,
		ElapsedS: k.last(), TimerS: k.timer(), Stretches: k.stretches(), DistanceM: finite(k.total()),
		Coarse: k.coarse, NoMotion: k.noMotion, Flat: k.flat, CoveredS: k.covered, HR: k.histogram(),
	}
	if rules != physio.DefaultRules().Samples() {
		t.Rules = &rules
	}
	if k.grid != nil {
		k.observeMotion(&t)
	}
	return t, nil
}

// finite returns a pointer to a number, nil for NaN.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func (k *tape) observeMotion(t *Trace) {
	n := len(k.grid.State)
	t.MovingS, t.RunS = k.grid.CountMoving(), k.grid.CountRunning(0, n)
	if t.Sport != "running" {
		return
	}
	t.RunDistanceM = finite(k.runDistance())
	t.NotRunning = t.RunS < 120 || t.RunDistanceM != nil && physio.TooFast(*t.RunDistanceM, float64(t.RunS))
	t.LockShare = k.lockShare()
	if t.NotRunning {
		return
	}
	if bpm, ok := k.grid.Hold10(physio.OnGrid(k.t, k.unlocked(), n)); ok {
		t.Hold10 = &bpm
	}
	t.Device, _ = k.deviceRecovery()
}

func (r *Run) check() error {
	n := len(r.T)
	if n == 0 || n > maxSamples {
		return fmt.Errorf("run with %d samples: %w", n, ErrInvalid)
	}
	for _, column := range [][]float64{r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude, r.Lat, r.Lon, r.Power} {
		if column != nil && len(column) != n {
			return fmt.Errorf("run with %d times and a column of %d: %w", n, len(column), ErrInvalid)
		}
	}
	return nil
}

// timeline returns the records that count and their times on the run's own
// clock; the error wraps ErrInvalid and says why the run cannot be observed.
func (r *Run) timeline() (keep []int, t []float64, reversals int, err error) {
	if err := r.check(); err != nil {
		return nil, nil, 0, err
	}
	keep, reversals = physio.InOrder(r.T)
	if len(keep) == 0 {
		return nil, nil, 0, fmt.Errorf("run without a time: %w", ErrInvalid)
	}
	zero, last := r.T[keep[0]], r.T[keep[len(keep)-1]]
	if math.IsInf(zero, 0) || math.IsInf(last, 0) || last-zero > maxSamples {
		return nil, nil, 0, fmt.Errorf("run of more than a month: %w", ErrInvalid)
	}
	t = pick(r.T, keep, len(r.T))
	for i := range t {
		t[i] -= zero
	}
	if tooDense(t) {
		return nil, nil, 0, fmt.Errorf("run with more than %d records in a second: %w", maxPerSecond, ErrInvalid)
	}
	return keep, t, reversals, nil
}

func newTape(r *Run, rules physio.SampleRules) (*tape, error) {
	keep, t, reversals, err := r.timeline()
	if err != nil {
		return nil, err
	}
	zero := r.T[keep[0]]
	k := &tape{run: r, t: t, reversals: reversals, zero: zero, first: r.First.Add(time.Duration(zero * float64(time.Second))).UTC()}
	k.pauses = k.findPauses(keep, zero)
	k.motionChannels(keep)
	k.coarse = physio.Coarse(k.t, k.pauses)
	treadmill := none(k.speed) && none(k.distance)
	k.noMotion = treadmill && none(k.spm)
	if !k.coarse && !k.noMotion {
		k.grid = physio.Segment(k.t, k.speed, k.spm, k.pauses, treadmill)
	}
	k.heartRate(keep, rules)
	return k, nil
}

func tooDense(t []float64) bool {
	for i := maxPerSecond; i < len(t); i++ {
		if t[i]-t[i-maxPerSecond] < 1 {
			return true
		}
	}
	return false
}

// pick returns the kept samples of a column, all missing when there is none.
func pick(column []float64, keep []int, n int) []float64 {
	out := make([]float64, len(keep))
	for i, from := range keep {
		out[i] = math.NaN()
		if len(column) == n {
			out[i] = column[from]
		}
		if math.IsInf(out[i], 0) {
			out[i] = math.NaN()
		}
	}
	return out
}

// none reports a column without any value.
func none(column []float64) bool {
	return !slices.ContainsFunc(column, func(x float64) bool { return !math.IsNaN(x) })
}

func (k *tape) column(c []float64, keep []int) []float64 { return pick(c, keep, len(k.run.T)) }

func (k *tape) findPauses(keep []int, zero float64) []physio.Span {
	switch k.run.Format {
	case "fit":
		var events []physio.TimerEvent
		for _, e := range k.run.TimerEvents {
			events = append(events, physio.TimerEvent{T: e.T - zero, Stop: e.Stop})
		}
		return physio.TimerPauses(events)
	case "gpx":
		lat, lon := k.column(k.run.Lat, keep), k.column(k.run.Lon, keep)
		return physio.TrackPauses(k.t, lat, lon, renumber(k.run.Segments, keep))
	}
	return nil
}

// renumber finds the first kept sample of every segment.
func renumber(segments []int, keep []int) []int {
	var out []int
	for _, s := range segments {
		if i, _ := slices.BinarySearch(keep, s); i < len(keep) {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// motionChannels finds distance, speed and steps (§1, §2): the file's own
// distance, else along the positions, else from the speed.
func (k *tape) motionChannels(keep []int) {
	own := k.column(k.run.Speed, keep)
	lat, lon := k.column(k.run.Lat, keep), k.column(k.run.Lon, keep)
	switch recorded := k.column(k.run.Distance, keep); {
	case !none(recorded):
		k.distance = physio.Cumulative(recorded)
	case !none(lat) && !none(lon):
		k.distance = physio.AlongTrack(k.t, lat, lon, k.pauses)
	default:
		k.distance = physio.Integrate(k.t, own, k.pauses)
	}
	k.speed = physio.SpeedFrom(k.t, own, k.distance)
	k.altitude = k.column(k.run.Altitude, keep)
	k.spm = physio.StepsPerMinute(k.column(k.run.Cadence, keep), k.run.Format, k.run.Sport)
}

// heartRate cleans the heart rate (§1) and weighs it (§2).
func (k *tape) heartRate(keep []int, rules physio.SampleRules) {
	k.hr = physio.CleanHR(k.t, k.column(k.run.HR, keep), rules.HR)
	k.locked = make([]bool, len(k.t))
	if k.grid != nil && k.run.HRSource != "chest" {
		running := k.runningSamples()
		for i, flat := range physio.Flatline(k.t, k.hr, running) {
			if flat {
				k.hr[i], k.flat = math.NaN(), true
			}
		}
		k.locked = physio.CadenceLock(k.t, k.hr, k.spm, running)
	}
	k.signal = physio.NewSignal(k.t, k.hr, k.locked)
	k.weights, k.covered, _ = physio.Weights(k.t, k.hr, k.pauses, rules.MaxGapS)
	if k.grid != nil {
		k.gridHR = physio.OnGrid(k.t, k.hr, len(k.grid.State))
	}
}

// runningSamples tells for every record whether its second is running; inside a
// pause nobody runs.
func (k *tape) runningSamples() []bool {
	running := make([]bool, len(k.t))
	for i, at := range k.t {
		running[i] = k.grid.Running(int(at)) && !k.insidePause(at)
	}
	return running
}

func (k *tape) insidePause(at float64) bool { return physio.InsidePause(k.pauses, at) }

func (k *tape) last() float64 { return k.t[len(k.t)-1] }

// timer is the elapsed time less the pauses inside it, s.
func (k *tape) timer() float64 {
	timer := k.last()
	for _, p := range k.pauses {
		timer -= math.Max(0, math.Min(p.To, k.last())-math.Max(p.From, 0))
	}
	return math.Max(0, timer)
}

// longGap is longer than any pause of one training, s: the clock of the watch
// jumped, or it was left running.
const longGap = 24 * 3600

// stretches are what lies between long gaps, nil without any.
func (k *tape) stretches() []physio.Span {
	var out []physio.Span
	from := 0.0
	for i := 1; i < len(k.t); i++ {
		if k.t[i]-k.t[i-1] > longGap {
			out = append(out, physio.Span{From: from, To: k.t[i-1]})
			from = k.t[i]
		}
	}
	if out == nil {
		return nil
	}
	return append(out, physio.Span{From: from, To: k.last()})
}

// total is the whole recorded distance, m, NaN if unknown.
func (k *tape) total() float64 {
	high := math.NaN()
	for _, d := range k.distance {
		if !math.IsNaN(d) && !(d <= high) {
			high = d
		}
	}
	return high
}

// runDistance sums D(b) − D(a) over the stretches [a, b) of running seconds.
func (k *tape) runDistance() float64 {
	if none(k.distance) {
		return math.NaN()
	}
	at := physio.AtSeconds(k.t, k.distance, len(k.grid.State)+1)
	sum, from := 0.0, -1
	for g := 0; g <= len(k.grid.State); g++ {
		running := g < len(k.grid.State) && k.grid.Running(g)
		switch {
		case running && from < 0:
			from = g
		case !running && from >= 0:
			sum += at[g] - at[from]
			from = -1
		}
	}
	return sum
}

// maxBins is how many heart rates a histogram keeps exactly; files with whole
// beats have fewer than 201.
const maxBins = 2048

// histogram sums the time at each exact heart rate, ascending. Where a file has too
// many of them, those of one tenth of a beat are joined at their mean.
func (k *tape) histogram() []physio.HRTime {
	exact := k.binned(func(bpm float64) float64 { return bpm })
	if len(exact) <= maxBins {
		return exact
	}
	return k.binned(func(bpm float64) float64 { return math.Round(10 * bpm) })
}

// binned sums the time of the heart rates that share a bin, at their mean.
func (k *tape) binned(bin func(bpm float64) float64) []physio.HRTime {
	bins := map[float64]physio.HRTime{}
	for i, w := range k.weights {
		if w > 0 {
			b, ok := bins[bin(k.hr[i])]
			if !ok {
				b.BPM = k.hr[i]
			}
			b.S += w
			b.BPM += (k.hr[i] - b.BPM) * w / b.S
			bins[bin(k.hr[i])] = b
		}
	}
	return slices.SortedFunc(maps.Values(bins), func(a, b physio.HRTime) int { return cmp.Compare(a.BPM, b.BPM) })
}

// unlocked is the heart rate without the samples that may be steps.
func (k *tape) unlocked() []float64 {
	out := slices.Clone(k.hr)
	for i, locked := range k.locked {
		if locked {
			out[i] = math.NaN()
		}
	}
	return out
}

// lockShare is the cadence-locked share of the covered running time.
func (k *tape) lockShare() float64 {
	running := k.runningSamples()
	var locked, all float64
	for i, w := range k.weights {
		if running[i] {
			all += w
			if k.locked[i] {
				locked += w
			}
		}
	}
	if all == 0 {
		return 0
	}
	return locked / all
}

// stopBefore is the latest stop of the timer at or before at, NaN if none.
func (k *tape) stopBefore(at float64) float64 {
	stop := math.NaN()
	for _, e := range k.run.TimerEvents {
		if t := e.T - k.zero; e.Stop && t <= at && !(t < stop) {
			stop = t
		}
	}
	return stop
}

// deviceRecovery reads the last recovery event after the effort's end (§4.2).
func (k *tape) deviceRecovery() (*DeviceRecovery, Reason) {
	te, _, ok := k.grid.EffortEnd(k.last(), k.pauses)
	if !ok {
		return nil, "effort_too_short"
	}
	event := Marker{T: math.NaN()}
	for _, m := range k.run.RecoveryHR {
		if at := m.T - k.zero; at > float64(te) && !(at < event.T) {
			event = Marker{T: at, Value: m.Value}
		}
	}
	if math.IsNaN(event.T) {
		return nil, "no_recovery_event"
	}
	stop := k.stopBefore(event.T)
	atStop := math.NaN()
	if !math.IsNaN(stop) {
		atStop = k.signal.AtStop(stop)
	}
	drop, reason := physio.DeviceDrop(event.T, stop, atStop, event.Value)
	if reason != "" {
		return nil, Reason(reason)
	}
	return &DeviceRecovery{Drop: drop, HRAtStop: atStop, StopAfterEnd: stop - float64(te)}, ""
}
