package web_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

// athleteDay stores one day of an athlete.
func athleteDay(t *testing.T, s *store.Store, id readiness.AthleteID, age int, change func(*readiness.Day)) {
	t.Helper()
	r := sinktest.Day(id, 59-age)
	change(r.Day)
	if err := s.Write(t.Context(), []readiness.Result{r}); err != nil {
		t.Fatal(err)
	}
}

func TestTeamShowsFirstWhoNeedsALook(t *testing.T) {
	h := page(t, func(o *web.Options) {
		s := o.Reader.(*store.Store)
		scored := func(band string, score float64) func(*readiness.Day) {
			return func(d *readiness.Day) { d.Verdict.Band, d.Verdict.Score = band, &score }
		}
		athleteDay(t, s, "fit", 0, scored("ready", 88))
		athleteDay(t, s, "soso", 0, scored("easy", 50))
		athleteDay(t, s, "tired", 0, scored("rest", 30))
		athleteDay(t, s, "quiet", 9, scored("ready", 70))
		athleteDay(t, s, "hurt", 0, func(d *readiness.Day) { scored("rest", 20)(d); d.Verdict.CappedBy = "limping" })
		athleteDay(t, s, "mute", 0, func(d *readiness.Day) {
			d.Verdict.Band, d.Verdict.Score = "", nil
			d.Verdict.Missing = []readiness.Lack{{Component: "wellness"}, {Component: "rhr"}, {Component: "hrv"}}
		})
		athleteDay(t, s, "over", 0, func(d *readiness.Day) {
			scored("easy", 45)(d)
			d.Row["recovery_state"] = readiness.Text("UNDER_RECOVERED")
		})
	})
	text := body(t, ask(h, "GET", "/team", nil))
	var order []string
	for _, m := range regexp.MustCompile(`<th scope="row"><a href="./\?athlete=([a-z]+)"`).FindAllStringSubmatch(text, -1) {
		order = append(order, m[1])
	}
	if want := []string{"over", "hurt", "tired", "soso", "quiet", "mute", "ada", "fit"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	for _, want := range []string{"Under-recovered", "Limping", "9 days old", "No verdict: check-in and resting heart rate missing"} {
		if !regexp.MustCompile(fmt.Sprintf(`concern">[^\n]*%s`, want)).MatchString(text) {
			t.Errorf("the table lacks %q", want)
		}
	}
}
