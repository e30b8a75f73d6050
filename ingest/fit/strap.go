package fit

import (
	"cmp"
	"math"
	"slices"

	"github.com/muktihari/fit/profile/mesgdef"
	"github.com/muktihari/fit/proto"
)

// A chest strap that was out of reach, under water or on a watch that read its
// wrist meanwhile, keeps the beats and hands them over at the end: messages
// `hr`, often in parts of their own. The watch's makers merge them into the
// records, and so does this file, by the same rules.

// beat is one heartbeat of the strap's memory: its time in Unix seconds and the
// heart rate the strap gave with it.
type beat struct{ at, bpm float64 }

// strap collects the beats of the messages `hr`. The clock of the strap counts
// 1024ths of a second in 32 bits; a message with a timestamp anchors it.
type strap struct {
	beats    []beat
	anchor   float64 // Unix s
	event    uint32  // the strap's clock at the anchor
	last     uint32  // the strap's clock at the last beat
	anchored bool
}

// Between two beats farther apart than carryStep the former one holds, for at
// most carryMax, s.
const (
	carryStep = 0.25
	carryMax  = 5
	maxBeats  = 2_000_000
)

// add reads a message `hr`. Beats before the first anchor have no time and are
// left out.
func (s *strap) add(m *proto.Message) {
	h := mesgdef.NewHr(m)
	events := slices.Concat(h.EventTimestamp, s.unpack(h))
	if at := seconds(h.Timestamp); at != unset && len(events) > 0 {
		s.anchor, s.event, s.anchored = float64(at), events[0], true
		if h.FractionalTimestamp != math.MaxUint16 {
			s.anchor += float64(h.FractionalTimestamp) / 32768
		}
	}
	if !s.anchored || len(events) != len(h.FilteredBpm) || len(s.beats) > maxBeats {
		return
	}
	for i, e := range events {
		// The difference is taken modulo 2^32: the clock may wrap around.
		s.put(beat{s.anchor + float64(int32(e-s.event))/1024, float64(h.FilteredBpm[i])})
	}
}

// unpack restores the times of which the message holds the lower 12 bits.
func (s *strap) unpack(h *mesgdef.Hr) []uint32 {
	if len(h.EventTimestamp) > 0 {
		s.last = h.EventTimestamp[len(h.EventTimestamp)-1]
	}
	var out []uint32
	b := h.EventTimestamp12
	for i := 0; i+2 < len(b); i += 3 {
		for _, v := range [2]uint32{uint32(b[i]) | uint32(b[i+1]&15)<<8, uint32(b[i+1]>>4) | uint32(b[i+2])<<4} {
			s.last += (v - s.last) & 0xFFF
			out = append(out, s.last)
		}
	}
	return out
}

// put appends a beat and what the beat before it means until then.
func (s *strap) put(b beat) {
	if b.bpm == 0 || b.bpm == math.MaxUint8 {
		return
	}
	if n := len(s.beats); n > 0 {
		before := s.beats[n-1]
		for d := carryStep; d <= carryMax && d < math.Abs(b.at-before.at); d += carryStep {
			s.beats = append(s.beats, beat{before.at + d, before.bpm})
		}
	}
	s.beats = append(s.beats, b)
}

// mergeStrap gives every record the mean of the beats since the record before
// it, rounded; records without beats keep what they have.
func (c *content) mergeStrap() {
	beats := c.strap.beats
	slices.SortStableFunc(beats, func(a, b beat) int { return cmp.Compare(a.at, b.at) })
	from := int64(unset)
	for i := range c.records {
		r := &c.records[i]
		if r.time == unset {
			continue
		}
		if from == unset || from >= r.time {
			from = r.time - 1
		}
		if bpm, ok := meanBeat(beats, float64(from), float64(r.time)); ok {
			r.hr = bpm
		}
		from = r.time
	}
}

// meanBeat returns the rounded mean of the beats in (from, to].
func meanBeat(beats []beat, from, to float64) (float64, bool) {
	after := func(t float64) int {
		i, _ := slices.BinarySearchFunc(beats, t, func(b beat, t float64) int {
			if b.at <= t {
				return -1
			}
			return 1
		})
		return i
	}
	sum, lo, hi := 0.0, after(from), after(to)
	for _, b := range beats[lo:hi] {
		sum += b.bpm
	}
	return math.Round(sum / float64(hi-lo)), hi > lo
}
