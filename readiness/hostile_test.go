package readiness

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"afterrun/readiness/physio"
)

// hostileRun has n records, each channel as bad as a file can make it.
func hostileRun(n int, step float64) *Run {
	r := recorded(nil, nil)
	noise := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		r.T = append(r.T, float64(i)*step)
		r.HR, r.Speed = append(r.HR, 40+150*noise.Float64()), append(r.Speed, 6*noise.Float64())
		r.Cadence, r.Altitude = append(r.Cadence, 90*noise.Float64()), append(r.Altitude, 100*noise.Float64())
		r.Lat, r.Lon = append(r.Lat, noise.Float64()), append(r.Lon, noise.Float64())
	}
	return r
}

// However bad a recording, what comes out are numbers or reasons.
func TestHostileRecordings(t *testing.T) {
	for name, r := range map[string]*Run{
		"noise":            hostileRun(20000, 1),
		"every 10 s":       hostileRun(5000, 10),
		"a pause a record": everSegment(hostileRun(20000, 4)),
		"stop and go":      everStopping(hostileRun(20000, 1)),
		"one record":       hostileRun(1, 1),
		"two records":      hostileRun(2, 1),
	} {
		t.Run(name, func(t *testing.T) { measured(t, r, limits(190, 50)) })
	}
}

// A summary stays small whatever the file: fractions of beats are joined, and the
// load stays what the samples say.
func TestHistogramStaysSmall(t *testing.T) {
	r := hostileRun(30000, 1)
	for i := range r.HR {
		r.HR[i] = 150 + 25*math.Sin(float64(i)/300) + math.Sin(float64(i))/4
	}
	trace, err := Observe(r)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(trace.HR); n > maxBins {
		t.Fatalf("%d heart rates kept", n)
	}
	w, _, _ := physio.Weights(r.T, r.HR, nil, 10)
	var raw []physio.HRTime
	for i := range w {
		raw = append(raw, physio.HRTime{BPM: r.HR[i], S: w[i]})
	}
	male := physio.BanisterFactors("male")
	got, want := physio.Banister(trace.HR, 190, 50, male, true), physio.Banister(raw, 190, 50, male, true)
	if math.Abs(got-want) > 1e-6*want {
		t.Errorf("trimp %v, from the samples %v", got, want)
	}
}

func everSegment(r *Run) *Run {
	r.Format = "gpx"
	for i := 1; i < len(r.T); i++ {
		r.Segments = append(r.Segments, i)
	}
	return r
}

func everStopping(r *Run) *Run {
	for i := range r.T {
		r.TimerEvents = append(r.TimerEvents, TimerEvent{T: float64(i), Stop: i%2 == 0})
	}
	return r
}

func TestObserveRefusesWhatNoWatchWrites(t *testing.T) {
	far := recorded([]float64{3, 3}, []float64{150, 150})
	far.T[1] = 1e9
	endless := recorded([]float64{3, 3}, []float64{150, 150})
	endless.T[1] = math.Inf(1)
	short := recorded([]float64{3, 3}, []float64{150})
	for name, r := range map[string]*Run{
		"no sample": recorded(nil, nil), "a column too short": short, "thirty years": far, "for ever": endless,
		"a thousand records a second": hostileRun(5000, 0.001),
	} {
		if _, err := Observe(r); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
