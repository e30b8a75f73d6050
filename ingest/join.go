package ingest

import (
	"math"

	"afterrun/readiness"
)

// join puts together what a recorder wrote of one instant in parts, the position
// in one record and the heart rate in the next (Suunto, Bryton): of several
// samples of one instant only the last counts. Samples that both say the same
// thing are no parts, and stay as they are.
func join(r *readiness.Run) {
	columns := [][]float64{r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude, r.Lat, r.Lon, r.Power}
	for i := 1; i < len(r.T); i++ {
		if r.T[i] == r.T[i-1] && apart(columns, i) {
			move(columns, i)
		}
	}
}

// apart reports whether no column is known of both sample i and the one before.
func apart(columns [][]float64, i int) bool {
	for _, c := range columns {
		if c != nil && !math.IsNaN(c[i-1]) && !math.IsNaN(c[i]) {
			return false
		}
	}
	return true
}

// move takes what is known of the sample before i to sample i.
func move(columns [][]float64, i int) {
	for _, c := range columns {
		if c != nil && !math.IsNaN(c[i-1]) {
			c[i-1], c[i] = math.NaN(), c[i-1]
		}
	}
}
