package worker

import (
	"encoding/json"
	"fmt"
	"hash/maphash"

	"afterrun/readiness"
)

// fingerprint tells a result that changed from one that did not, far cheaper
// than its JSON: ten years are compared after every few files of an import.
type fingerprint uint64

// printer makes fingerprints, which only it can compare.
type printer struct{ seed maphash.Seed }

func newPrinter() printer { return printer{maphash.MakeSeed()} }

// all returns the fingerprints of results by their keys.
func (p printer) all(runs []readiness.RunSummary, days []readiness.Day) (map[resultKey]fingerprint, error) {
	out := make(map[resultKey]fingerprint, len(runs)+len(days))
	at := stamps(runs)
	for i := range runs {
		r := &runs[i]
		f, err := p.run(r)
		if err != nil {
			return nil, err
		}
		out[resultKey{readiness.ResultRun, r.Key}] = f + fingerprint(maphash.Comparable(p.seed, at[r.Key].Sub(r.Trace.Start)))
	}
	for i := range days {
		f, err := p.day(&days[i])
		if err != nil {
			return nil, err
		}
		out[resultKey{readiness.ResultDay, days[i].Date.String()}] = f
	}
	return out, nil
}

func (p printer) day(d *readiness.Day) (fingerprint, error) {
	rest := *d
	rest.Row = nil
	f, err := p.json(rest)
	return f + p.row(d.Row), err
}

// run leaves out the trace: the content's digest and the version of the
// formulas, which is in InputsHash, settle it.
func (p printer) run(r *readiness.RunSummary) (fingerprint, error) {
	rest := *r
	rest.Row, rest.Interim, rest.Trace = nil, nil, readiness.Trace{}
	f, err := p.json(rest)
	f += p.row(r.Row)
	for k, row := range r.Interim {
		f += fingerprint(k+2) * p.row(row)
	}
	return f, err
}

// row adds up its values, so that their order does not count.
func (p printer) row(row readiness.Row) (f fingerprint) {
	type named struct {
		name  string
		value readiness.Value
	}
	for name, v := range row {
		f += fingerprint(maphash.Comparable(p.seed, named{name, v}))
	}
	return f
}

// json serves what is small.
func (p printer) json(v any) (fingerprint, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return 0, fmt.Errorf("fingerprint: %w", err)
	}
	return fingerprint(maphash.Bytes(p.seed, b)), nil
}
