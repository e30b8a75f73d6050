package physio

// bandNames are the bands of readiness, worst first (§13.3).
var bandNames = [...]string{"rest", "easy", "steady", "ready"}

// Bands walks the band of readiness from scored day to scored day.
type Bands struct {
	borders Borders
	started bool
	present int
	last    float64 // capped score of the previous scored day
}

// NewBands returns a walk that has not begun.
func NewBands(b Borders) Bands { return Bands{borders: b} }

// Next returns the band of the next scored day (§13.3), scores 0–100: it changes only when the score
// is 3 (the hysteresis) beyond a border or the day before was beyond it too, except that a
// binding cap lowers it at once.
func (b *Bands) Next(uncapped, capped float64) string {
	if !b.started {
		b.present = b.borders.naive(capped)
	} else {
		b.walk(uncapped)
	}
	if capped < uncapped {
		b.present = min(b.present, b.borders.naive(capped))
	}
	b.started, b.last = true, capped
	return bandNames[b.present]
}

func (b *Bands) walk(score float64) {
	target := b.borders.naive(score)
	for b.present < target {
		border := b.borders.below(b.present + 1)
		if score < border+b.borders.Hysteresis && b.last < border {
			return
		}
		b.present++
	}
	for b.present > target {
		border := b.borders.below(b.present)
		if score > border-b.borders.Hysteresis && b.last >= border {
			return
		}
		b.present--
	}
}

// Naive returns the band of a score without memory.
func (b Borders) Naive(score float64) string { return bandNames[b.naive(score)] }

func (b Borders) naive(score float64) int {
	band := 0
	for i := range bandNames {
		if score >= b.below(i) {
			band = i
		}
	}
	return band
}

// below is the border below a band.
func (b Borders) below(band int) float64 { return [...]float64{0, b.Easy, b.Steady, b.Ready}[band] }

// Present returns the band of the last scored day, "" before the first.
func (b *Bands) Present() string {
	if !b.started {
		return ""
	}
	return bandNames[b.present]
}
