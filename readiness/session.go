package readiness

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"afterrun/readiness/physio"
)

// session is one run of a history under assessment.
type session struct {
	key, id string
	version *version
	trace   *Trace
	date    Date
	offset  int // s, local − UTC

	ruling      Ruling
	duplicateOf string
	kept        int // order among the kept, see markDuplicates

	params   Params
	row      Row // of measured, filled up by the assessment
	measured Measured
	card     Row
	fields   map[string]maybe // run fields of check-ins

	load, ratio, hourly maybe // HRSS units; HRSS per AU; HRSS per hour
	source              string
	locked              bool
	hash                string
}

func newSession(v *version, zone *time.Location) *session {
	s := &session{key: v.event.Key, version: v, trace: v.trace, date: v.trace.Date(zone), fields: map[string]maybe{}}
	s.id, s.offset = RunIDOf(v.event.Key), v.trace.Offset(zone)
	return s
}

func (s *session) end() time.Time { return s.trace.First.Add(s.elapsed()) }

func (s *session) elapsed() time.Duration { return seconds(s.trace.ElapsedS) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// timer returns the timer time in s.
func (s *session) timer() float64 { return s.trace.TimerS }

// forgotten reports a watch left running (§2).
func (s *session) forgotten() bool { return s.timer() > 48*3600 }

// running reports a session that counts as a run (§3.1).
func (s *session) running() bool { return s.trace.Sport == "running" && !s.trace.NotRunning }

// counts reports that the session is no duplicate.
func (s *session) counts() bool { return s.duplicateOf == "" }

// measure fills the row: that of an earlier assessment when it rests on the same
// inputs, else from the samples.
func (s *session) measure(src SampleSource) error {
	if !s.counts() {
		s.measured = Measured{Row: s.duplicateRow()}
		s.identify()
		return nil
	}
	if old := s.version.summary; old != nil && strings.HasPrefix(old.InputsHash, s.measureHash()) {
		s.measured = Measured{maps.Clone(old.Row), old.Interim, old.Blocks, old.SteadyHR}
		s.identify()
		s.unanswerCooldown()
		return nil
	}
	run, err := s.samples(src)
	if err != nil {
		return fmt.Errorf("measure run %s: %w", s.key, err)
	}
	s.measured = Measure(run, s.trace, s.params)
	s.identify()
	return nil
}

// samples are those of the history, else those of the source.
func (s *session) samples(src SampleSource) (*Run, error) {
	if run := s.version.event.Run; run != nil {
		return run, nil
	}
	if src == nil {
		return nil, errors.New("no samples and no source of them")
	}
	return src.Run(s.key)
}

// observe finds the trace under the rules: the history's, that of an earlier
// assessment, else from the samples.
func (s *session) observe(src SampleSource, rules physio.SampleRules) error {
	if s.trace.sampleRules() == rules {
		return nil
	}
	if old := s.version.summary; old != nil && old.Trace.sampleRules() == rules {
		s.trace = &old.Trace
		return nil
	}
	run, err := s.samples(src)
	if err == nil {
		var t Trace
		t, err = observe(run, rules)
		s.trace = &t
	}
	if err != nil {
		return fmt.Errorf("observe run %s: %w", s.key, err)
	}
	return nil
}

// identify fills the columns that depend on the run's name and the athlete's time
// zone.
func (s *session) identify() {
	s.row = s.measured.Row
	s.row["run_id"], s.row["date"] = Text(s.id), Text(s.date.String())
	s.row["utc_offset_s"] = Num(float64(s.offset))
}

// duplicateRow identifies a duplicate; it has no metrics.
func (s *session) duplicateRow() Row {
	row := Row{}
	for _, c := range RunColumns {
		row[c.Name] = Null("duplicate")
	}
	row["start_time_utc"] = Text(s.trace.Start.UTC().Truncate(time.Second).Format(time.RFC3339))
	row["sport"], row["format"] = sportText(s.trace.Sport), Text(s.trace.Format)
	row["title"], row["hr_source"] = Text(s.trace.Title), Text(s.trace.HRSource)
	row["flags"] = Text("")
	return row
}

// measureHash covers what Measure sees.
func (s *session) measureHash() string {
	parts := []any{FormulaVersion, s.id, s.version.event.Digest, s.duplicateOf, s.params}
	if rules := s.trace.Rules; rules != nil {
		parts = append(parts, rules)
	}
	return shortHash(parts...)
}

// inputsHash covers also what the columns of this package rest on; all of them
// are filled when it is first asked for.
func (s *session) inputsHash() string {
	if s.hash != "" {
		return s.hash
	}
	var rest []any
	for _, name := range assessedColumns {
		rest = append(rest, s.row[name])
	}
	s.hash = s.measureHash() + shortHash(rest...)
	return s.hash
}

// shortHash returns 32 hex digits of the SHA-256 of the JSON of its arguments.
func shortHash(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		b = fmt.Appendf(nil, "%#v", parts) // no part can fail to marshal; a hash is needed all the same
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}

// assessedColumns are the run's columns that depend on other runs, check-ins and
// days; Measure leaves them to the assessment.
var assessedColumns = []string{
	"date", "utc_offset_s",
	"srpe_load", "load", "load_source", "load_quality", "cooldown_s", "cooldown_verdict",
	"hrex_bpm", "hrex_dev_bpm", "hrex_speed_mps",
	"sweat_l", "sweat_rate_l_h", "dehydration_pct", "fluid_target_l",
	"run_type", "window_days", "next_easy_after", "next_hard_after",
}

func (s *session) summary(by Judged) RunSummary {
	return RunSummary{
		Key: s.key, RunID: s.id, Digest: s.version.event.Digest, Source: s.version.event.Source,
		DuplicateOf: s.duplicateOf, Trace: *s.trace, Params: s.params, Row: s.row, Card: s.card,
		Interim: s.measured.Interim, Blocks: s.measured.Blocks, SteadyHR: s.measured.SteadyHR, InputsHash: s.inputsHash(), Judged: by,
	}
}
