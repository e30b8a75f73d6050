package readiness

import (
	"cmp"
	"time"
)

// Prefer reports whether a counts rather than b, another content of the same
// event. A run in FIT goes before TCX before Polar's own before GPX, then the one
// with more samples, then the earlier start, then the one that knows its local
// time, which a file that is cut has lost; the later order of a check-in, a
// profile, a choice or rules counts; the last tie-break is the greater digest,
// never arrival. The order is strict and total over contents, so everybody who
// applies it to the same set picks the same one.
func Prefer(a, b Event) bool {
	return cmp.Or(byContent(a, b), cmp.Compare(b.Digest, a.Digest)) < 0
}

// byContent is negative when a's content counts rather than b's.
func byContent(a, b Event) int {
	switch {
	case a.Run != nil && b.Run != nil:
		return a.Run.merits().compare(b.Run.merits())
	case a.CheckIn != nil && b.CheckIn != nil:
		return cmp.Compare(b.CheckIn.Order, a.CheckIn.Order)
	case a.Profile != nil && b.Profile != nil:
		return cmp.Compare(b.Profile.Order, a.Profile.Order)
	case a.Choice != nil && b.Choice != nil:
		return cmp.Compare(b.Choice.Order, a.Choice.Order)
	case a.Rules != nil && b.Rules != nil:
		return cmp.Compare(b.Rules.Order, a.Rules.Order)
	}
	return 0
}

// merits are what decides between two recordings of one run; the samples need
// not be at hand.
type merits struct {
	format  string
	samples int
	start   time.Time
	local   bool // it knows its local time
}

func (r *Run) merits() merits { return merits{r.Format, len(r.T), r.Start, r.HasUTCOffset} }

func (t *Trace) merits() merits { return merits{t.Format, t.Samples, t.Start, t.HasUTCOffset} }

// compare is negative when m counts rather than o.
func (m merits) compare(o merits) int {
	return cmp.Or(
		cmp.Compare(rankOfFormat(m.format), rankOfFormat(o.format)),
		cmp.Compare(o.samples, m.samples),
		m.start.Compare(o.start),
		-compareBool(m.local, o.local),
	)
}

func rankOfFormat(format string) int {
	switch format {
	case "fit":
		return 0
	case "tcx":
		return 1
	case "polar":
		return 2
	}
	return 3
}
