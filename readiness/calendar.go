package readiness

// maybe is a number that may be unknown.
type maybe struct {
	v  float64
	ok bool
}

func known(v float64) maybe { return maybe{v, true} }

// ptr returns nil for unknown.
func (m maybe) ptr() *float64 {
	if !m.ok {
		return nil
	}
	return &m.v
}

func (m maybe) value(r Reason) Value {
	if !m.ok {
		return Null(r)
	}
	return Num(m.v)
}

// or returns m, or o when m is unknown.
func (m maybe) or(o maybe) maybe {
	if m.ok {
		return m
	}
	return o
}

// number reads a numeric column of a row.
func (r Row) number(name string) maybe {
	v, ok := r[name].Float()
	return maybe{v, ok}
}

// track is a daily series over the days of an assessment.
type track struct {
	from Date
	days []maybe
}

func newTrack(from, to Date) *track { return &track{from, make([]maybe, max(0, int(to-from)+1))} }

func (t *track) set(d Date, v float64) {
	if i := int(d - t.from); i >= 0 && i < len(t.days) {
		t.days[i] = known(v)
	}
}

func (t *track) add(d Date, v float64) { t.set(d, t.at(d).v+v) }

func (t *track) at(d Date) maybe {
	if i := int(d - t.from); i >= 0 && i < len(t.days) {
		return t.days[i]
	}
	return maybe{}
}

// window returns the values that exist from a to b, in order.
func (t *track) window(a, b Date) []float64 {
	_, y := t.points(a, b)
	return y
}

// points returns day numbers and values that exist from a to b.
func (t *track) points(a, b Date) (x, y []float64) {
	lo, hi := max(0, int(a-t.from)), min(len(t.days)-1, int(b-t.from))
	for i := lo; i <= hi; i++ {
		if t.days[i].ok {
			x, y = append(x, float64(i)), append(y, t.days[i].v)
		}
	}
	return x, y
}

// count returns how many values exist from a to b.
func (t *track) count(a, b Date) int { return len(t.window(a, b)) }

// winner returns the series with the most days in d−34..d, ties by precedence,
// also that of none (§5.1).
func winner(series []*track, d Date) *track {
	best := series[0]
	most := best.count(d-34, d)
	for _, t := range series[1:] {
		if n := t.count(d-34, d); n > most {
			best, most = t, n
		}
	}
	return best
}
