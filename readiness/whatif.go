package readiness

import (
	"slices"

	"afterrun/readiness/physio"
)

// WhatIf is what other rules would have said about a history.
type WhatIf struct {
	From   Date          `json:"from"`
	To     Date          `json:"to"`
	Days   []DayChange   `json:"days"`   // days whose band or state differs
	Alerts []AlertChange `json:"alerts"` // every message of either
}

// DayChange is a day that other rules judge otherwise.
type DayChange struct {
	Date        Date     `json:"date"`
	Band        string   `json:"band"`
	BandWould   string   `json:"band_would_be"`
	Score       *float64 `json:"readiness"`
	ScoreWould  *float64 `json:"readiness_would_be"`
	State       string   `json:"recovery_state"`
	StateWould  string   `json:"recovery_state_would_be"`
	CappedBy    string   `json:"capped_by,omitempty"`
	CappedWould string   `json:"capped_by_would_be,omitempty"`
}

// AlertChange is a message that one or both sets of rules would have sent.
type AlertChange struct {
	Date  Date   `json:"date"`
	Rule  string `json:"rule"`
	Kind  string `json:"kind"`
	Now   bool   `json:"now"`   // under the present rules
	Would bool   `json:"would"` // under the other ones
}

// CompareRules assesses the history under the rules of o and under other ones
// and returns the difference. It changes nothing.
func CompareRules(h *History, src SampleSource, o Options, other physio.Rules) (*WhatIf, error) {
	now, err := Assess(h, src, o)
	if err != nil {
		return nil, err
	}
	o.Rules = &other
	would, err := Assess(h, src, o)
	if err != nil || len(now.Days) == 0 {
		return &WhatIf{}, err
	}
	w := &WhatIf{From: now.Days[0].Date, To: now.Days[len(now.Days)-1].Date}
	for i, d := range now.Days {
		if c := changeOf(d, would.Days[i]); c.Band != c.BandWould || c.State != c.StateWould {
			w.Days = append(w.Days, c)
		}
	}
	w.Alerts = alertChanges(now.Transitions, would.Transitions)
	return w, nil
}

func changeOf(now, would Day) DayChange {
	return DayChange{
		Date: now.Date, Band: now.Verdict.Band, BandWould: would.Verdict.Band, Score: now.Verdict.Score, ScoreWould: would.Verdict.Score,
		State: now.Row["recovery_state"].String(), StateWould: would.Row["recovery_state"].String(),
		CappedBy: now.Verdict.CappedBy, CappedWould: would.Verdict.CappedBy,
	}
}

// alertChanges merges the messages of both, ascending by date.
func alertChanges(now, would []Transition) []AlertChange {
	var out []AlertChange
	at := map[AlertChange]int{} // place of a message, by date, rule and kind
	place := func(t Transition) *AlertChange {
		key := AlertChange{Date: t.Date, Rule: t.Rule, Kind: t.Kind}
		i, known := at[key]
		if !known {
			i, at[key] = len(out), len(out)
			out = append(out, key)
		}
		return &out[i]
	}
	for _, t := range sent(now) {
		place(t).Now = true
	}
	for _, t := range sent(would) {
		place(t).Would = true
	}
	slices.SortStableFunc(out, func(a, b AlertChange) int { return int(a.Date - b.Date) })
	return out
}

// sent leaves out what an episode closes with in silence.
func sent(all []Transition) (out []Transition) {
	for _, t := range all {
		if t.Kind != "lapsed" {
			out = append(out, t)
		}
	}
	return out
}
