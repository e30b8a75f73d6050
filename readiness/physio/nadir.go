package physio

import "math"

// The night's windows and what they need (§5.1), s.
const (
	nadirWindow    = 1800
	nadirMaxGap    = 300
	nadirLeast     = 1440
	nadirLeastSpan = 4 * 3600
)

// OvernightNadir returns the lowest mean heart rate over half an hour of a
// night, bpm: the time-weighted mean of the trapezoids between samples at most
// 300 s apart, in windows of 1800 s that begin at a sample and have 1440 s
// covered. t is ascending, s; bpm outside 30..230 must be left out before. Of
// equal times the last sample counts. False when the night has less than 4 h
// covered or no window (reason no_rhr).
//
// A sleeping nadir lies several beats below a resting heart rate on waking
// (Waldeck and Lambert 2003), so the two are never compared.
func OvernightNadir(t, bpm []float64) (float64, bool) {
	n := newNight(t, bpm)
	if n.total() < nadirLeastSpan {
		return 0, false
	}
	low, end := math.Inf(1), 0
	for i := range n.t {
		for end < len(n.t)-1 && n.t[end+1] <= n.t[i]+nadirWindow {
			end++
		}
		if mean, ok := n.window(i, end); ok && mean < low {
			low = mean
		}
	}
	return low, !math.IsInf(low, 1)
}

// night holds the samples of distinct times and the sums over the covered
// intervals before each of them.
type night struct{ t, bpm, area, covered []float64 }

func newNight(t, bpm []float64) *night {
	n := &night{t: make([]float64, 0, len(t)), bpm: make([]float64, 0, len(t))}
	for i := range t {
		if i+1 < len(t) && t[i+1] == t[i] {
			continue
		}
		n.t, n.bpm = append(n.t, t[i]), append(n.bpm, bpm[i])
	}
	n.area, n.covered = make([]float64, len(n.t)), make([]float64, len(n.t))
	for i := 1; i < len(n.t); i++ {
		n.area[i], n.covered[i] = n.area[i-1], n.covered[i-1]
		if d := n.t[i] - n.t[i-1]; d <= nadirMaxGap {
			n.area[i] += d * (n.bpm[i] + n.bpm[i-1]) / 2
			n.covered[i] += d
		}
	}
	return n
}

func (n *night) total() float64 {
	if len(n.t) == 0 {
		return 0
	}
	return n.covered[len(n.t)-1]
}

// window returns the mean of the window that begins at sample i; end is the
// last sample within it, after which an interval is cut at the window's end.
func (n *night) window(i, end int) (float64, bool) {
	area, covered := n.area[end]-n.area[i], n.covered[end]-n.covered[i]
	if end+1 < len(n.t) && n.t[end+1]-n.t[end] <= nadirMaxGap {
		d := n.t[i] + nadirWindow - n.t[end]
		rise := (n.bpm[end+1] - n.bpm[end]) / (n.t[end+1] - n.t[end])
		area += d * (n.bpm[end] + rise*d/2)
		covered += d
	}
	if covered < nadirLeast {
		return 0, false
	}
	return area / covered, true
}
