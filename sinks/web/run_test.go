package web_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/readiness/physio"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

// recorded is one recorded run: 20 minutes at 3 m/s and 150 bpm, a pause of two
// minutes after ten, then four minutes of walking while the heart rate falls.
type recorded struct{}

func (recorded) Course(_ context.Context, _ readiness.AthleteID, key string) (*readiness.Course, error) {
	if key != "walked" {
		return nil, fmt.Errorf("run %s is not stored: %w", key, readiness.ErrInvalid)
	}
	start := today.Time().Add(7 * time.Hour)
	r := &readiness.Run{Sport: "running", Format: "fit", Part: -1, Start: start, First: start, HRSource: "chest"}
	r.TimerEvents = []readiness.TimerEvent{{T: 600, Stop: true}, {T: 720}}
	d := 0.0
	for s := range 1561 {
		if s > 600 && s < 720 {
			continue
		}
		speed, bpm := 3.0, 150.0
		if s >= 1320 {
			speed, bpm = 1.4, 100+50*math.Exp(-float64(s-1320)/60)
		}
		if s > 0 && s != 720 {
			d += speed
		}
		r.T, r.HR, r.Speed, r.Distance = append(r.T, float64(s)), append(r.HR, bpm), append(r.Speed, speed), append(r.Distance, d)
	}
	return readiness.CourseOf(r, physio.DefaultRules().Samples())
}

// withRun stores the recorded run beside the season.
func withRun(t *testing.T) http.Handler {
	return page(t, func(o *web.Options) {
		o.Samples = recorded{}
		run := sinktest.RunAt(sinktest.Athlete, "walked", "running", today.Time().Add(7*time.Hour))
		for name, x := range map[string]float64{"hrmax_bpm": 190, "effort_end_s": 1320, "hrr_tau_s": 60, "hrr_hr_inf": 100, "hrr_amp": 50} {
			run.Run.Row[name] = readiness.Num(x)
		}
		run.Run.Row["hrr60_bpm"] = readiness.Null("recording_stopped")
		run.Run.Row["hrmax_source"], run.Run.Row["load"], run.Run.Row["load_quality"] = readiness.Text("estimate"), readiness.Num(50), readiness.Text("low")
		twin := sinktest.RunAt(sinktest.Athlete, "twin", "running", today.Time().Add(7*time.Hour+time.Second))
		twin.Run.DuplicateOf, twin.Run.Source.File = run.Run.RunID, "phone/copy.gpx"
		if err := o.Reader.(*store.Store).Write(t.Context(), []readiness.Result{run, twin}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRunPage(t *testing.T) {
	h := withRun(t)
	text := strings.Join(strings.Fields(body(t, ask(h, "GET", "/run?id=id-walked", nil))), " ")
	for _, want := range []string{
		"<th scope=\"row\">2</th><td>1.00</td><td>5:33</td><td>5:33</td><td>150</td>", // 334 s for 1002 m, the pause left out
		"keep the watch recording",
		`title="phone/copy.gpx">copy.gpx<`, "not counted twice",
		"Timer paused <b>1:59</b>",
		"<th scope=\"row\">Zone 3</th><td>133–152</td>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	twin := body(t, ask(h, "GET", "/run?id=id-twin", nil))
	if !strings.Contains(twin, "counts instead") || !strings.Contains(twin, `href="run?id=id-walked"`) {
		t.Error("the duplicate does not point to the run that counts")
	}
	if strings.Contains(twin, `id="course"`) {
		t.Error("a picture without samples")
	}
}

func TestRunPageOfNothing(t *testing.T) {
	h := withRun(t)
	for _, target := range []string{"/run", "/run?id=", "/run?id=../../etc", "/run?id=id-walked&athlete=eve", "/api/v1/athletes/ada/runs/none/course", "/api/v1/athletes/ada/runs/id-twin/course", "/why"} {
		if r := ask(h, "GET", target, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", target, r.StatusCode)
		}
	}
}

func TestCourseOfARun(t *testing.T) {
	var c struct {
		Start    string     `json:"start"`
		Step     int        `json:"step_s"`
		HR       []*float64 `json:"hr_bpm"`
		Motion   []string   `json:"motion"`
		Recovery struct {
			From int                `json:"from_s"`
			HR   []float64          `json:"hr_bpm"`
			Fit  map[string]float64 `json:"fit"`
		} `json:"recovery"`
	}
	decode(t, ask(withRun(t), "GET", "/api/v1/athletes/ada/runs/id-walked/course", nil), &c)
	if c.Step != 1 || len(c.HR) != 1561 || len(c.Motion) != 1561 || c.Start != "2024-02-29T07:00:00Z" {
		t.Fatalf("%d values every %d s from %s", len(c.HR), c.Step, c.Start)
	}
	if c.Motion[300] != "run" || c.Motion[660] != "pause" || c.Motion[1500] != "walk" || c.HR[660] != nil || *c.HR[300] != 150 {
		t.Errorf("motions %s %s %s, heart rate %v %v", c.Motion[300], c.Motion[660], c.Motion[1500], c.HR[660], *c.HR[300])
	}
	if c.Recovery.From != -60 || len(c.Recovery.HR) != 301 || c.Recovery.Fit["tau_s"] != 60 {
		t.Errorf("recovery from %d, %d values, fit %v", c.Recovery.From, len(c.Recovery.HR), c.Recovery.Fit)
	}
}

// What is an estimate says so, where it is shown and where it counts.
func TestEstimatesAreNamed(t *testing.T) {
	h := withRun(t)
	for target, want := range map[string]string{
		"/run?id=id-walked": "maximum heart rate of 190 bpm, an estimate.",
		"/":                 "Load rests on estimates, until the configuration says better: maximum heart rate 190 bpm.",
	} {
		if text := body(t, ask(h, "GET", target, nil)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", target, want)
		}
	}
}
