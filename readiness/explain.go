package readiness

import (
	"errors"
	"fmt"

	"afterrun/readiness/physio"
)

// ErrUnknown is returned when nothing is known of the day or run asked for.
var ErrUnknown = errors.New("unknown")

// DayExplanation is everything behind the answer of one day.
type DayExplanation struct {
	Date       Date                   `json:"date"`
	Verdict    Verdict                `json:"verdict"`
	Components []ComponentExplanation `json:"components"` // all seven, known or not
	Score      ScoreExplanation       `json:"score"`
	Caps       []CapExplanation       `json:"caps"` // all six, whether they hold or not
	Band       BandExplanation        `json:"band"`
	Detector   DetectorExplanation    `json:"detector"`
	Windows    []WindowExplanation    `json:"windows"` // recovery windows that still run this morning
	Advice     []Advice               `json:"advice"`  // what the day's numbers suggest beside the verdict
	Figures    []Figure               `json:"figures"` // every column of the day
	Rules      RulesExplanation       `json:"rules"`
}

// RulesExplanation tells by which numbers a result came about.
type RulesExplanation struct {
	Version  string              `json:"version"`
	PMCAlpha string              `json:"pmc_alpha"`
	Changes  []physio.RuleChange `json:"changes"` // those that are not the specification's
}

func explainRules(r physio.Rules) RulesExplanation {
	return RulesExplanation{r.Version(), string(r.PMC.Alpha), append([]physio.RuleChange{}, r.Changes()...)}
}

// ComponentExplanation is one component of readiness (PHYSIOLOGY §13.1).
type ComponentExplanation struct {
	Name     string    `json:"name"`
	Formula  string    `json:"formula"`
	Inputs   []Input   `json:"inputs"`
	Baseline *Baseline `json:"baseline"`
	G        *float64  `json:"g"`        // own standard deviations, + = good
	SubScore *float64  `json:"subscore"` // 0-100, 75 = my normal
	Weight   float64   `json:"weight"`   // of the rules
	Counted  float64   `json:"counted"`  // aged, half for low quality, 0 = not available
	Quality  Quality   `json:"quality,omitempty"`
	Note     string    `json:"note,omitempty"`   // what limited it
	Reason   Reason    `json:"reason,omitempty"` // why it is not available
	Why      string    `json:"why,omitempty"`    // the reason in words
	Hint     string    `json:"hint,omitempty"`   // how to get it
}

// Input is a number or text something was computed from.
type Input struct {
	Name   string   `json:"name"`
	Value  *float64 `json:"value,omitempty"`
	Text   string   `json:"text,omitempty"`
	Unit   string   `json:"unit,omitempty"`
	From   Date     `json:"from"` // the date it is of, or the first of its window
	To     Date     `json:"to"`   // the last of its window, From for a single date
	N      int      `json:"n,omitempty"`
	Source string   `json:"source,omitempty"`
	Run    string   `json:"run,omitempty"` // run id
}

// Baseline is what is usual for the athlete.
type Baseline struct {
	Method string  `json:"method"`
	Centre float64 `json:"centre"`
	Spread float64 `json:"spread"`
	Unit   string  `json:"unit,omitempty"`
	N      int     `json:"n"`
	From   Date    `json:"from"`
	To     Date    `json:"to"`
}

// ScoreExplanation is how the components become readiness.
type ScoreExplanation struct {
	Formula    string   `json:"formula"`
	Uncapped   *float64 `json:"uncapped"`
	Value      *float64 `json:"value"`
	Confidence float64  `json:"confidence"`
	Label      string   `json:"label,omitempty"` // high medium low
	Reason     Reason   `json:"reason,omitempty"`
	Why        string   `json:"why,omitempty"`
}

// CapExplanation is one cap of §13.2.
type CapExplanation struct {
	Name    string  `json:"name"`
	Limit   float64 `json:"limit"`
	Holds   bool    `json:"holds"` // its condition holds
	Acted   bool    `json:"acted"` // it lowered the score
	Because string  `json:"because"`
}

// BandExplanation is how the score became a band (§13.3).
type BandExplanation struct {
	Band   string `json:"band"`
	Naive  string `json:"naive"`  // of the score alone
	Before string `json:"before"` // of the scored day before
	Acted  string `json:"acted"`  // "" | hysteresis | cap
	Text   string `json:"text"`
}

// DetectorExplanation is the under-recovery detector's day (§14).
type DetectorExplanation struct {
	Evaluated  bool                   `json:"evaluated"`
	Conditions []ConditionExplanation `json:"conditions"` // those that hold
	Points     int                    `json:"points"`
	Families   string                 `json:"families"`
	Before     string                 `json:"before"` // state of the day before
	State      string                 `json:"state"`
	Event      string                 `json:"event,omitempty"`
	Since      *Date                  `json:"since"` // entry of the open episode
	Text       string                 `json:"text"`
}

// ConditionExplanation is one line of §14's table that holds.
type ConditionExplanation struct {
	ID     string `json:"id"`
	Family string `json:"family"` // autonomic load subjective performance
	Points int    `json:"points"`
	Text   string `json:"text"`
}

// WindowExplanation is a recovery window that still runs (§15).
type WindowExplanation struct {
	Run      string `json:"run"` // run id
	Date     Date   `json:"date"`
	RunType  string `json:"run_type"`
	Days     int    `json:"days"`
	NextEasy Date   `json:"next_easy_after"`
	NextHard Date   `json:"next_hard_after"`
	Counts   bool   `json:"counts"` // it is the one in the load component
}

// Figure is one column with everything that belongs to it.
type Figure struct {
	Name    string   `json:"name"`
	Value   *float64 `json:"value,omitempty"`
	Text    string   `json:"text,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Meaning string   `json:"meaning"`
	Section string   `json:"section"`
	Formula string   `json:"formula,omitempty"` // "" for what is recorded or said
	Quality Quality  `json:"quality,omitempty"`
	Source  string   `json:"source,omitempty"`
	N       int      `json:"n,omitempty"`
	Reason  Reason   `json:"reason,omitempty"`
	Why     string   `json:"why,omitempty"`

	Inputs []FigureInput `json:"inputs,omitempty"` // columns of the same row that the formula reads
}

// FigureInput is a column a figure rests on.
type FigureInput struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value,omitempty"`
	Text  string   `json:"text,omitempty"`
	Unit  string   `json:"unit,omitempty"`
}

// RunExplanation is everything behind the numbers of one run.
type RunExplanation struct {
	RunID       string   `json:"run_id"`
	Date        Date     `json:"date"`
	File        string   `json:"file,omitempty"`
	DuplicateOf string   `json:"duplicate_of,omitempty"`
	Card        []Advice `json:"card"`    // the recovery card in words
	Limits      []Figure `json:"limits"`  // HRmax, HRrest, LTHR, threshold speed on that date
	Figures     []Figure `json:"figures"` // every column of the run

	Rules RulesExplanation `json:"rules"`
}

// ExplainDay tells everything behind the answer of a day. Like [Assess] it is a
// pure function of the history; the error wraps ErrUnknown for a day outside it.
func ExplainDay(h *History, src SampleSource, o Options, d Date) (*DayExplanation, error) {
	var e *DayExplanation
	o.Through = max(o.Through, d)
	a, err := assess(h, src, o, func(a *almanac, before walk, m *morning, after *walk) {
		if m.d == d {
			e = a.explain(&before, m, after)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case len(a.Days) == 0:
		return nil, fmt.Errorf("day %s: no data yet: %w", d, ErrUnknown)
	case e == nil:
		return nil, fmt.Errorf("day %s: data begin on %s: %w", d, a.Days[0].Date, ErrUnknown)
	}
	return e, nil
}

// ExplainRun tells everything behind the numbers of a run, as assessed by the
// rules.
func ExplainRun(r RunSummary, rules physio.Rules) *RunExplanation {
	e := &RunExplanation{
		RunID: r.RunID, Date: dateOfRow(r.Row), File: r.Source.File, DuplicateOf: r.DuplicateOf,
		Card: CardAdvice(r), Figures: figures(RunColumns, r.Row, runFormulas(r.Params)), Rules: explainRules(rules),
	}
	for _, l := range []struct {
		column Column
		value  Value
	}{
		{Column{"hrmax_bpm", TypeNum, "bpm", "§6"}, r.Params.HRMax},
		{Column{"hrrest_bpm", TypeNum, "bpm", "§6"}, r.Params.HRRest},
		{Column{"lthr_bpm", TypeNum, "bpm", "§6"}, r.Params.LTHR},
		{Column{"threshold_speed_mps", TypeNum, "m/s", "§7.5"}, r.Params.ThresholdSpeed},
	} {
		e.Limits = append(e.Limits, figure(l.column, l.value))
	}
	return e
}

func dateOfRow(row Row) Date {
	d, err := ParseDate(row["date"].String())
	if err != nil {
		return 0
	}
	return d
}

func figures(columns []Column, row Row, worded map[string]string) []Figure {
	out := make([]Figure, 0, len(columns))
	for _, c := range columns {
		out = append(out, derived(c, row, columns, worded))
	}
	return out
}

func figure(c Column, v Value) Figure {
	f := Figure{
		Name: c.Name, Text: v.String(), Unit: c.Unit, Meaning: Meaning(c.Name), Section: c.Help,
		Quality: v.Quality, Source: v.Source, N: v.N, Reason: v.Reason, Why: v.Reason.Text(),
	}
	if x, ok := v.Float(); ok {
		f.Value = &x
		if f.Quality == "" {
			f.Quality = Good
		}
	}
	return f
}

// explain describes the day m between what came before and what it handed on.
func (a *almanac) explain(before *walk, m *morning, after *walk) *DayExplanation {
	e := &DayExplanation{
		Date: m.d, Verdict: m.verdict(a, after), Components: a.explainComponents(m), Score: a.explainScore(m), Caps: a.explainCaps(m),
		Band: a.explainBand(before, m), Detector: a.explainDetector(before, m, after), Advice: append([]Advice{}, DayAdvice(m.row)...), Figures: figures(DayColumns, m.row, ruleFormulas(a.rules)),
		Windows: []WindowExplanation{}, Rules: explainRules(a.rules),
	}
	for _, x := range before.windows.open {
		if m.d < x.hard && x.days > 0 {
			e.Windows = append(e.Windows, WindowExplanation{
				Run: x.run, Date: x.date, RunType: x.kind, Days: x.days, NextEasy: x.easy, NextHard: x.hard,
				Counts: m.within != nil && m.within.run == x.run,
			})
		}
	}
	return e
}

func (a *almanac) explainScore(m *morning) ScoreExplanation {
	s := ScoreExplanation{
		Formula:  "Σ weight × (75 + 25·g, kept in 0..100) / Σ weight over the components that are available; confidence = Σ weight, at most 1",
		Uncapped: m.uncapped.ptr(), Value: m.score.ptr(), Confidence: m.conf,
	}
	need := a.rules.Evidence
	if !m.score.ok {
		s.Reason = "insufficient_components"
		s.Why = fmt.Sprintf("a score needs two components, one of them personal (not only load and sleep), and a confidence of %g (%g with hrex)",
			need.Least, need.LeastWithHRex)
		return s
	}
	s.Label = physio.ConfidenceLabel(m.conf)
	if m.conf < need.Least {
		s.Formula += fmt.Sprintf("; the weight missing to %g counts as normal (75)", need.Least)
	}
	return s
}

func (a *almanac) explainCaps(m *morning) []CapExplanation {
	l, c := m.limits(), a.rules.Caps
	said := func(name string) string {
		if m.said == nil {
			return "no check-in of today or yesterday"
		}
		return fmt.Sprintf("%s %s in the check-in of %s", name, yes(m.said.flag(name)), m.said.Date)
	}
	all := []CapExplanation{
		{Name: "limping", Limit: c.Limping, Holds: l.Limping, Because: said("limping")},
		{Name: "swelling", Limit: c.Swelling, Holds: l.Swelling, Because: said("swelling")},
		{Name: "illness", Limit: c.Illness, Holds: l.Illness, Because: said("illness")},
		{Name: "pain", Limit: c.Pain, Holds: l.PainDays >= 3 || l.Sharp, Because: fmt.Sprintf("pain for %d days (3 cap), %s", l.PainDays, said("sharp"))},
		{Name: "rhr_marked", Limit: c.RHRMarked, Holds: l.RHRMarked, Because: "resting heart rate " + a.markedText(m)},
		{Name: "sleep_short", Limit: c.SleepShort, Holds: l.SleepH != nil && *l.SleepH < 5, Because: "last night " + hours(m.sleep) + " (below 5 h caps)"},
	}
	for i := range all {
		all[i].Acted = all[i].Name == m.cappedBy
	}
	return all
}

func (a *almanac) markedText(m *morning) string {
	limits := a.rules.RestingHR
	if !m.rhr.HasZ() {
		return "not comparable today"
	}
	return fmt.Sprintf("%+.1f bpm and %+.1f SD from usual (from %+g and %+g on it caps)", m.rhr.Delta, m.rhr.Z, limits.MarkedBPM, limits.MarkedZ)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func hours(x maybe) string {
	if !x.ok {
		return "unknown"
	}
	return fmt.Sprintf("%.1f h", x.v)
}

func (a *almanac) explainBand(before *walk, m *morning) BandExplanation {
	b := BandExplanation{Band: m.band, Before: before.bands.Present()}
	if !m.score.ok {
		b.Text = "no score, no band; the band before stays for the next scored day"
		return b
	}
	b.Naive = a.rules.Bands.Naive(m.score.v)
	switch {
	case m.cappedBy != "":
		b.Acted = "cap"
		b.Text = fmt.Sprintf("the cap %s lowers the score, and the band at once", m.cappedBy)
	case b.Band != b.Naive:
		b.Acted = "hysteresis"
		b.Text = fmt.Sprintf("the score alone would be %s; a border is crossed at %g points beyond it, or on the second scored day beyond it",
			b.Naive, a.rules.Bands.Hysteresis)
	default:
		b.Text = "the band of the score"
	}
	return b
}

var familyNames = map[byte]string{'A': "autonomic", 'L': "load", 'S': "subjective", 'P': "performance"}

func (a *almanac) explainDetector(before *walk, m *morning, after *walk) DetectorExplanation {
	points, families := physio.Tally(m.conditions)
	e := DetectorExplanation{
		Evaluated: !m.row["points"].IsNull(), Points: points, Families: families,
		Before: before.detector.State(), State: after.detector.State(), Event: m.row["event"].String(),
		Conditions: []ConditionExplanation{},
	}
	listed := 0
	for _, c := range m.conditions {
		listed += c.Points
		e.Conditions = append(e.Conditions, ConditionExplanation{c.ID, familyNames[c.Family], c.Points, a.conditionText(m, c.ID)})
	}
	if e.State == physio.StateUnder {
		since := Date(after.detector.Entry())
		e.Since = &since
	}
	l := a.rules.Detector
	switch {
	case !e.Evaluated:
		e.Text = "not evaluated: it needs two families of evidence and a resting HR, a heart-rate test or a check-in; 14 such days in a row end all it knows"
	case e.State == physio.StateUnder:
		e.Text = fmt.Sprintf("ends after 2 evaluated days in a row with at most %d points", l.CalmPoints)
	default:
		e.Text = fmt.Sprintf("WATCH from %d points; an alert after 2 of 3 evaluated days with %d points from two families, or one with %d; load alone never",
			l.WatchPoints, l.StrongPoints, l.AtOncePoints)
	}
	if e.Evaluated && listed > points {
		e.Text = fmt.Sprintf("%d of %d points count: resting heart rate at most 4, load at most 2; ", points, listed) + e.Text
	}
	return e
}
