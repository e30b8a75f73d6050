package web_test

import (
	"context"
	"strings"
	"testing"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/web"
)

// explainer explains a history of its own.
type explainer struct{ h *readiness.History }

func (x explainer) Explain(_ context.Context, _ readiness.AthleteID, d readiness.Date) (*readiness.DayExplanation, error) {
	return readiness.ExplainDay(x.h, nil, readiness.Options{}, d)
}

// whyUnder is the page behind a check-in under own rules.
func whyUnder(t *testing.T, own map[string]string) string {
	t.Helper()
	var h readiness.History
	for _, e := range []readiness.Event{
		{Kind: readiness.KindRules, Key: "config", Rules: &readiness.OwnRules{Values: own}},
		{Kind: readiness.KindCheckIn, Key: "day", CheckIn: &readiness.CheckIn{Date: today, Part: readiness.PartDay, Numbers: map[string]float64{"rhr_bpm": 50, "sleep_h": 7}}},
	} {
		e.Athlete, e.Digest = sinktest.Athlete, e.ContentDigest()
		if _, err := h.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return body(t, ask(page(t, func(o *web.Options) { o.Explainer = explainer{&h} }), "GET", "/why?date="+today.String(), nil))
}

func TestWhyTellsOwnRules(t *testing.T) {
	text := whyUnder(t, map[string]string{"weights.sleep": "0.3", "pmc.alpha": "inv"})
	for _, want := range []string{"Other numbers than the specification", "<li>weights.sleep 0.3 (0.15)</li>", "<li>pmc.alpha inv (exp)</li>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if text := whyUnder(t, nil); strings.Contains(text, "Other numbers") {
		t.Errorf("the specification's rules are worth a word:\n%s", text)
	}
}
