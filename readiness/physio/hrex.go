package physio

import (
	"cmp"
	"slices"
)

// Block is one minute of steady running: speed in m/s and heart rate in bpm
// (§9.6).
type Block struct{ V, H float64 }

// HRexSpreadFloor is the smallest spread of a submaximal-heart-rate baseline,
// bpm.
const HRexSpreadFloor = 3

// HRexLine is how a runner's heart rate depends on speed in the baseline runs.
type HRexLine struct {
	Slope          float64 // bpm per m/s
	Reference      float64 // m/s
	Centre, Spread float64 // of the baseline runs' values, bpm
}

// HRexBaseline fits the baseline runs, oldest first, each with its blocks in
// order; false with fewer than five runs (baseline_short).
func HRexBaseline(runs [][]Block) (line HRexLine, ok bool) {
	if len(runs) < 5 {
		return line, false
	}
	var v, h []float64
	for _, run := range runs {
		for _, b := range run {
			v, h = append(v, b.V), append(h, b.H)
		}
	}
	line.Reference, _ = Median(v)
	line.Slope = hrexSlope(v, h)
	var values []float64
	for _, run := range runs {
		values = append(values, line.Value(run))
	}
	line.Centre, line.Spread, ok = RobustBaseline(values, HRexSpreadFloor)
	return line, ok
}

// hrexSlope is the slope over the newest 300 blocks, only pairs at least 0.3
// m/s apart; 10 bpm per m/s with fewer than 30 of them.
func hrexSlope(v, h []float64) float64 {
	blocks := make([]Block, 0, 300)
	for i := max(0, len(v)-300); i < len(v); i++ {
		blocks = append(blocks, Block{v[i], h[i]})
	}
	slopes := distantSlopes(blocks)
	if len(slopes) < 30 {
		return 10
	}
	return clamp(quickMedian(slopes), 0, 40)
}

// distantSlopes returns the slopes of all pairs at least 0.3 m/s apart. Sorted by
// speed, the partners of a block are all those from some place on.
func distantSlopes(blocks []Block) []float64 {
	slices.SortFunc(blocks, func(a, b Block) int { return cmp.Compare(a.V, b.V) })
	from, pairs := make([]int, len(blocks)), 0
	j := 0
	for i, a := range blocks {
		for j < len(blocks) && blocks[j].V-a.V < 0.3 {
			j++
		}
		from[i] = max(i, j)
		pairs += len(blocks) - from[i]
	}
	slopes := make([]float64, 0, pairs)
	for i, a := range blocks {
		for _, b := range blocks[from[i]:] {
			slopes = append(slopes, (b.H-a.H)/(b.V-a.V))
		}
	}
	return slopes
}

// Value is a run's heart rate at the reference speed: the median over its
// blocks, bpm.
func (l HRexLine) Value(run []Block) float64 {
	x := make([]float64, len(run))
	for i, b := range run {
		x[i] = b.H - l.Slope*(b.V-l.Reference)
	}
	m, _ := Median(x)
	return m
}

// HRexHigh reports a heart rate at least as far above expected as the spread and
// least (bpm), over two runs.
func HRexHigh(dev, spread, least float64, tests int) bool {
	return tests >= 2 && dev >= max(spread, least)
}
