package bus

import (
	"fmt"
	"math"

	"afterrun/readiness"
)

// maxSamples bounds the length of a column: 24 days at 1 Hz.
const maxSamples = 1 << 21

// grid is a set of numbers n/scale − offset, n an integer, on which a recorder
// writes a channel.
type grid struct {
	kind          Column_Grid
	scale, offset float64
}

// semicircle is FIT's unit of angle: half a turn in 2^31 parts.
const semicircle = 1 << 31

// grids lists what recorders use, the coarser before the finer: powers of ten,
// FIT's altitude, FIT's fractional cadence, FIT's positions.
func grids() []grid {
	var g []grid
	for scale := 1.0; scale <= 1e9; scale *= 10 {
		g = append(g, grid{Column_LINEAR, scale, 0})
		if scale == 10 {
			g = append(g, grid{Column_LINEAR, 5, 500}, grid{Column_LINEAR, 128, 0})
		}
	}
	g = append(g, grid{Column_SEMICIRCLES, 0, 0})
	for scale := 1e10; scale <= 1e15; scale *= 10 {
		g = append(g, grid{Column_LINEAR, scale, 0})
	}
	return g
}

// value returns the number at n.
func (g grid) value(n int64) float64 {
	if g.kind == Column_SEMICIRCLES {
		return float64(n) * 180 / semicircle
	}
	return float64(n)/g.scale - g.offset
}

// exact is the limit up to which every integer is a float64.
const exact = 1 << 53

// index returns the n of v, false when v does not lie on the grid bit by bit.
func (g grid) index(v float64) (int64, bool) {
	x := (v + g.offset) * g.scale
	if g.kind == Column_SEMICIRCLES {
		x = v / 180 * semicircle
	}
	if !(math.Abs(x) < exact) {
		return 0, false
	}
	n := int64(math.Round(x))
	return n, math.Float64bits(g.value(n)) == math.Float64bits(v)
}

// deltas returns the differences of neighbouring indices, false when a value
// does not lie on the grid.
func (g grid) deltas(v []float64) ([]int64, bool) {
	var out []int64
	last := int64(0)
	for _, x := range v {
		n, ok := g.index(x)
		if !ok {
			return nil, false
		}
		out = append(out, n-last)
		last = n
	}
	return out, true
}

// encodeColumn returns nil for an empty column.
func encodeColumn(v []float64) *Column {
	if len(v) == 0 {
		return nil
	}
	mask, there := maskOf(v)
	c := &Column{Length: uint32(len(v)), Mask: mask}
	for _, g := range grids() {
		if d, ok := g.deltas(there); ok {
			c.Grid, c.Scale, c.Offset, c.Deltas = g.kind, g.scale, g.offset, d
			return c
		}
	}
	c.Grid, c.Raw = Column_RAW, planes(there)
	return c
}

// maskOf returns the lengths of runs of values and of NaN in turn, none when
// there is no NaN, and the values without the NaN.
func maskOf(v []float64) (mask []uint32, there []float64) {
	run, missing := uint32(0), false
	for _, x := range v {
		if math.IsNaN(x) != missing {
			mask = append(mask, run)
			run, missing = 0, !missing
		}
		run++
		if !missing {
			there = append(there, x)
		}
	}
	if mask == nil {
		return nil, there
	}
	return append(mask, run), there
}

// planes sorts the bytes of the differences of neighbouring bit patterns by
// significance: what hardly changes lies together and compresses well.
func planes(v []float64) []byte {
	out := make([]byte, 8*len(v))
	last := uint64(0)
	for i, x := range v {
		b := math.Float64bits(x)
		d := b - last
		last = b
		for k := range 8 {
			out[k*len(v)+i] = byte(d >> (8 * k))
		}
	}
	return out
}

// decodeColumn restores a column; the error wraps readiness.ErrInvalid.
func decodeColumn(c *Column) ([]float64, error) {
	if c == nil {
		return nil, nil
	}
	if c.Length == 0 || c.Length > maxSamples {
		return nil, fmt.Errorf("column of %d samples: %w", c.Length, readiness.ErrInvalid)
	}
	if n := max(len(c.Deltas), len(c.Raw)/8); n > int(c.Length) {
		return nil, fmt.Errorf("column of %d samples has %d values: %w", c.Length, n, readiness.ErrInvalid)
	}
	there, err := decodeValues(c)
	if err != nil {
		return nil, err
	}
	return unmask(c, there)
}

func decodeValues(c *Column) ([]float64, error) {
	g := grid{c.Grid, c.Scale, c.Offset}
	switch c.Grid {
	case Column_LINEAR, Column_SEMICIRCLES:
		return g.restore(c.Deltas), nil
	case Column_RAW:
		if len(c.Raw)%8 != 0 {
			return nil, fmt.Errorf("raw column of %d bytes: %w", len(c.Raw), readiness.ErrInvalid)
		}
		return unplanes(c.Raw), nil
	}
	return nil, fmt.Errorf("column on unknown grid %d: %w", c.Grid, readiness.ErrInvalid)
}

func (g grid) restore(deltas []int64) []float64 {
	out := make([]float64, len(deltas))
	n := int64(0)
	for i, d := range deltas {
		n += d
		out[i] = g.value(n)
	}
	return out
}

func unplanes(raw []byte) []float64 {
	out := make([]float64, len(raw)/8)
	bits := uint64(0)
	for i := range out {
		d := uint64(0)
		for k := range 8 {
			d |= uint64(raw[k*len(out)+i]) << (8 * k)
		}
		bits += d
		out[i] = math.Float64frombits(bits)
	}
	return out
}

// unmask puts the missing samples between the values.
func unmask(c *Column, there []float64) ([]float64, error) {
	wrong := fmt.Errorf("column of %d samples: mask does not fit %d values: %w", c.Length, len(there), readiness.ErrInvalid)
	if len(c.Mask) == 0 {
		if len(there) != int(c.Length) {
			return nil, wrong
		}
		return there, nil
	}
	out := make([]float64, 0, c.Length)
	for i, run := range c.Mask {
		switch missing := i%2 == 1; {
		case int(run) > int(c.Length)-len(out), !missing && int(run) > len(there):
			return nil, wrong
		case missing:
			for range run {
				out = append(out, math.NaN())
			}
		default:
			out, there = append(out, there[:run]...), there[run:]
		}
	}
	if len(out) != int(c.Length) || len(there) != 0 {
		return nil, wrong
	}
	return out, nil
}
