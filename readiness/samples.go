package readiness

import (
	"iter"
	"math"
	"time"

	"afterrun/readiness/physio"
)

// SampleColumns lists what is exported of every record of a run. Positions are
// not among them: they never leave the event.
var SampleColumns = []Column{
	{"run_id", TypeText, "", "§0"},
	{"time_utc", TypeTime, "", "§0"},
	{"t_s", TypeNum, "s", "§0"},
	{"hr_bpm", TypeNum, "bpm", "§1"},
	{"hr_clean_bpm", TypeNum, "bpm", "§1"},
	{"speed_mps", TypeNum, "m/s", "§2"},
	{"distance_m", TypeNum, "m", "§2"},
	{"cadence_spm", TypeNum, "1/min", "§1"},
	{"altitude_m", TypeNum, "m", "§9.3"},
}

// Samples returns the kept records of a run, oldest first: what was recorded,
// and the heart rate after cleaning. Rows are made one by one: those of a day hold
// 150 MiB together. The error wraps ErrInvalid as that of [Observe].
func Samples(r *Run, runID string, rules physio.SampleRules) (iter.Seq[Row], error) {
	k, err := newTape(r, rules)
	if err != nil {
		return nil, err
	}
	keep, _ := physio.InOrder(r.T)
	raw, altitude := k.column(r.HR, keep), k.column(r.Altitude, keep)
	row := func(i int, t float64) Row {
		at := k.first.Add(time.Duration(t * float64(time.Second)))
		return Row{
			"run_id": Text(runID), "time_utc": Text(at.Format(time.RFC3339Nano)), "t_s": Num(t),
			"hr_bpm": sample(raw[i], "no_hr"), "hr_clean_bpm": sample(k.hr[i], "no_hr"),
			"speed_mps": sample(k.speed[i], "no_motion_data"), "distance_m": sample(k.distance[i], "no_distance"),
			"cadence_spm": sample(k.spm[i], "no_motion_data"), "altitude_m": sample(altitude[i], "no_altitude"),
		}
	}
	return func(yield func(Row) bool) {
		for i, t := range k.t {
			if !yield(row(i, t)) {
				return
			}
		}
	}, nil
}

func sample(x float64, r Reason) Value {
	if math.IsNaN(x) {
		return Null(r)
	}
	return Num(x)
}
