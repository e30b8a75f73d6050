package web_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"afterrun/readiness"
	"afterrun/readiness/physio"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

// strict judges everybody by other borders than the specification's.
type strict struct{}

func (strict) Rules(_ context.Context, athlete readiness.AthleteID) (physio.Rules, error) {
	r := physio.DefaultRules()
	r.Bands.Easy, r.Bands.Steady, r.Bands.Ready = 30, 60, 85
	return r, athlete.Validate()
}

// TestTheGaugeHasTheAthletesBorders, as the verdict beside it.
func TestTheGaugeHasTheAthletesBorders(t *testing.T) {
	for _, c := range []struct {
		rules          web.Rules
		bands, picture string
	}{
		{nil, `<rect class="g-rest" x="0" width="39.6" height="5"/><rect class="g-easy" x="40" width="14.6" height="5"/><rect class="g-steady" x="55" width="14.6" height="5"/><rect class="g-ready" x="70" width="30.0" height="5"/>`,
			"below 40 rest, from 40 easy, from 55 steady, from 70 ready"},
		{strict{}, `<rect class="g-rest" x="0" width="29.6" height="5"/><rect class="g-easy" x="30" width="29.6" height="5"/><rect class="g-steady" x="60" width="24.6" height="5"/><rect class="g-ready" x="85" width="15.0" height="5"/>`,
			"below 30 rest, from 30 easy, from 60 steady, from 85 ready"},
	} {
		h := page(t, func(o *web.Options) { o.Rules = c.rules })
		if text := body(t, ask(h, "GET", "/", nil)); !strings.Contains(text, c.bands) {
			t.Errorf("no gauge %s", c.bands)
		}
		if text := body(t, ask(h, "GET", "/trends", nil)); !strings.Contains(text, c.picture) {
			t.Errorf("no picture with %s", c.picture)
		}
	}
}

// TestNobodyHasRules: where only a sink runs and nothing is stored, there is nobody.
func TestNobodyHasRules(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "afterrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	h := page(t, func(o *web.Options) { o.Reader, o.Rules = s, strict{} })
	for _, path := range []string{"/", "/trends"} {
		if r := ask(h, "GET", path, nil); r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
	}
}
