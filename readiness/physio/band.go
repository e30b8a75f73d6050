package physio

// The bands of readiness, worst first, and the border below each (§13.3).
var (
	bandNames   = [...]string{"rest", "easy", "steady", "ready"}
	bandBorders = [...]float64{0, 40, 55, 70}
)

// Bands walks the band of readiness from scored day to scored day. The zero
// value is ready for the first one.
type Bands struct {
	started bool
	present int
	last    float64 // capped score of the previous scored day
}

// Next returns the band of the next scored day: it changes only when the score
// is 3 beyond a border or the day before was beyond it too, except that a
// binding cap lowers it at once.
func (b *Bands) Next(uncapped, capped float64) string {
	if !b.started {
		b.present = naive(capped)
	} else {
		b.walk(uncapped)
	}
	if capped < uncapped {
		b.present = min(b.present, naive(capped))
	}
	b.started, b.last = true, capped
	return bandNames[b.present]
}

func (b *Bands) walk(score float64) {
	target := naive(score)
	for b.present < target {
		border := bandBorders[b.present+1]
		if score < border+3 && b.last < border {
			return
		}
		b.present++
	}
	for b.present > target {
		border := bandBorders[b.present]
		if score > border-3 && b.last >= border {
			return
		}
		b.present--
	}
}

// naive is the band of a score without memory.
func naive(score float64) int {
	band := 0
	for i, border := range bandBorders {
		if score >= border {
			band = i
		}
	}
	return band
}
