package readiness

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Merged is a recording that counts nowhere because another one of the same run
// does, or one about which the athlete decided.
type Merged struct {
	Run         string    `json:"run"`
	Start       time.Time `json:"start"`
	Sport       string    `json:"sport"`
	Format      string    `json:"format"`
	File        string    `json:"file"`
	DuplicateOf string    `json:"duplicate_of,omitempty"` // "" = it counts
	OtherFile   string    `json:"other_file,omitempty"`
	Overlap     float64   `json:"overlap"` // of the shorter recording, 0–1
	Why         string    `json:"why"`
	Ruling      Ruling    `json:"ruling,omitempty"`
}

// ExplainMerged tells which recordings were merged and why, by start.
func ExplainMerged(h *History) []Merged {
	f := h.facts()
	byID := map[string]*session{}
	for _, s := range f.sessions {
		byID[s.id] = s
	}
	var out []Merged
	for _, s := range f.sessions {
		if s.duplicateOf == "" && s.ruling == RulingNone {
			continue
		}
		m := Merged{
			Run: s.id, Start: s.trace.Start.UTC(), Sport: s.trace.Sport, Format: s.trace.Format,
			File: s.version.event.Source.File, DuplicateOf: s.duplicateOf, Ruling: s.ruling,
		}
		m.Why = map[Ruling]string{RulingApart: "you set it apart", RulingFirst: "you chose it"}[s.ruling]
		if other := byID[s.duplicateOf]; other != nil {
			m.OtherFile, m.Overlap = other.version.event.Source.File, overlap(other, s)
			m.Why = fmt.Sprintf("the same %.0f %% of the time; %s", 100*m.Overlap, whyFirst(other, s))
		}
		out = append(out, m)
	}
	return out
}

// whyFirst says why a counts rather than b.
func whyFirst(a, b *session) string {
	switch {
	case a.ruling == RulingFirst && b.ruling != RulingFirst:
		return "you chose the other"
	case rankOfFormat(a.trace.Format) != rankOfFormat(b.trace.Format):
		return strings.ToUpper(a.trace.Format) + " goes before " + strings.ToUpper(b.trace.Format)
	case a.trace.Samples != b.trace.Samples:
		return fmt.Sprintf("the other has more records, %d to %d", a.trace.Samples, b.trace.Samples)
	case cmp.Compare(a.trace.Start.Unix(), b.trace.Start.Unix()) != 0:
		return "the other began earlier"
	}
	return "nothing tells them apart, so the lesser id counts"
}
