package worker

import (
	"encoding/json"
	"testing"

	"afterrun/readiness"
)

func TestFingerprintSurvivesStorageAndSeesEveryChange(t *testing.T) {
	p := newPrinter()
	score := 70.5
	d := readiness.Day{Date: date(t, "2026-06-10"), InputsHash: "ab", Verdict: readiness.Verdict{Band: "ready", Score: &score}, Row: readiness.Row{
		"rhr_bpm": readiness.Num(50).With(readiness.Low, "manual", 3), "rhr_z": readiness.Null("baseline_short"), "event": readiness.Text(""),
	}}
	of := func(d readiness.Day) fingerprint {
		t.Helper()
		f, err := p.day(&d)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var stored readiness.Day
	if err := json.Unmarshal(b, &stored); err != nil {
		t.Fatal(err)
	}
	if of(stored) != of(d) {
		t.Error("a stored day looks changed")
	}
	for name, v := range map[string]readiness.Value{
		"number": readiness.Num(51).With(readiness.Low, "manual", 3), "quality": readiness.Num(50).With(readiness.Good, "manual", 3),
		"source": readiness.Num(50).With(readiness.Low, "device_day", 3), "n": readiness.Num(50).With(readiness.Low, "manual", 4), "null": readiness.Null("no_rhr"),
	} {
		changed := d
		changed.Row = readiness.Row{"rhr_bpm": v, "rhr_z": d.Row["rhr_z"], "event": d.Row["event"]}
		if of(changed) == of(d) {
			t.Errorf("another %s looks the same", name)
		}
	}
	spoken := d
	spoken.Verdict.Headline = "other words"
	if of(spoken) == of(d) {
		t.Error("other words look the same")
	}
}

func TestFingerprintSeesEveryPartOfARun(t *testing.T) {
	p := newPrinter()
	of := func(change func(*readiness.RunSummary)) fingerprint {
		t.Helper()
		r := readiness.RunSummary{Key: "k", Row: readiness.Row{"load": readiness.Num(50)}, Interim: []readiness.Row{{"hrr60_bpm": readiness.Num(30)}}}
		change(&r)
		f, err := p.run(&r)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	same := of(func(*readiness.RunSummary) {})
	for name, change := range map[string]func(*readiness.RunSummary){
		"row":       func(r *readiness.RunSummary) { r.Row["load"] = readiness.Num(51) },
		"interim":   func(r *readiness.RunSummary) { r.Interim[0]["hrr60_bpm"] = readiness.Num(31) },
		"card":      func(r *readiness.RunSummary) { r.Card = readiness.Row{"red_flag": readiness.Num(1)} },
		"params":    func(r *readiness.RunSummary) { r.Params.HRMax = readiness.Num(190) },
		"duplicate": func(r *readiness.RunSummary) { r.DuplicateOf = "x" },
		"source":    func(r *readiness.RunSummary) { r.Source.File = "other.fit" },
		"inputs":    func(r *readiness.RunSummary) { r.InputsHash = "other" },
	} {
		if of(change) == same {
			t.Errorf("another %s looks the same", name)
		}
	}
}
