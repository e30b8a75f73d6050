package web_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

func TestSeriesAreListsOfEqualLength(t *testing.T) {
	h := page(t, nil)
	var days struct {
		Date []string   `json:"date"`
		RHR  []*float64 `json:"rhr_bpm"`
		HRV  []*float64 `json:"hrv_rmssd_ms"`
		Band []string   `json:"band"`
	}
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/series?columns=rhr_bpm,hrv_rmssd_ms,band&from=2024-01-01&to=2024-01-10", nil), &days)
	if len(days.Date) != 10 || len(days.RHR) != 10 || len(days.HRV) != 10 || len(days.Band) != 10 {
		t.Fatalf("lengths %d %d %d %d", len(days.Date), len(days.RHR), len(days.HRV), len(days.Band))
	}
	if days.Date[2] != "2024-01-03" || *days.RHR[2] != 48.25 || days.HRV[2] != nil || days.Band[2] != "steady" {
		t.Errorf("third day %s %v %v %s", days.Date[2], *days.RHR[2], days.HRV[2], days.Band[2])
	}
	var short struct {
		RHR []float64 `json:"rhr_bpm"`
	}
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/series?columns=rhr_bpm&digits=3&from=2024-01-03&to=2024-01-03", nil), &short)
	if len(short.RHR) != 1 || short.RHR[0] != 48.2 { // 48.25, to even
		t.Errorf("three digits of 48.25: %v", short.RHR)
	}
	var runs struct {
		Date []string   `json:"date"`
		HRR  []*float64 `json:"hrr60_bpm"`
	}
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/series?kind=runs&columns=hrr60_bpm&from=2024-01-01&to=2024-01-10", nil), &runs)
	if len(runs.Date) != 5 || len(runs.HRR) != 5 || *runs.HRR[0] != 31.5 {
		t.Errorf("runs %+v", runs)
	}
	for _, bad := range []string{"", "?columns=", "?columns=rhr_bpm,", "?columns=secret", "?columns=rhr_bpm&kind=files", "?columns=rhr_bpm&digits=0", "?columns=rhr_bpm&digits=many", "?kind=runs&columns=rhr_bpm"} {
		if r := ask(h, "GET", "/api/v1/athletes/ada/series"+bad, nil); r.StatusCode != http.StatusBadRequest {
			t.Errorf("series%s: status %d", bad, r.StatusCode)
		}
	}
}

func TestDaysAsTable(t *testing.T) {
	r := ask(page(t, nil), "GET", "/api/v1/athletes/ada/days.csv?from=2024-01-03&to=2024-01-04", nil)
	if got := r.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	lines, err := csv.NewReader(r.Body).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	cell := map[string]string{}
	for i, name := range lines[0] {
		cell[name] = lines[1][i]
	}
	if len(lines[0]) != len(readiness.DayColumns) || cell["date"] != "2024-01-03" || cell["rhr_bpm"] != "48.25" || cell["hrv_rmssd_ms"] != "" || cell["band"] != "steady" {
		t.Errorf("cells %v", cell)
	}
}

func TestAlertsOverTheAPI(t *testing.T) {
	var alerts []struct{ Date, Rule, Kind, Since, Text string }
	decode(t, ask(page(t, nil), "GET", "/api/v1/athletes/ada/alerts?from=2024-01-01&to=2024-01-31", nil), &alerts)
	if len(alerts) != 1 || alerts[0].Date != "2024-01-11" || alerts[0].Rule != "under_recovery" || alerts[0].Kind != "enter" || alerts[0].Text == "" {
		t.Errorf("alerts %+v", alerts)
	}
}

func TestTrendsSumWeeksFromMonday(t *testing.T) {
	h := page(t, nil)
	text := strings.Join(strings.Fields(body(t, ask(h, "GET", "/trends?span=6m", nil))), " ")
	// 2024-01-01 was a Monday; its week has runs on Monday, Wednesday, Friday and Sunday.
	want := `<th scope="row"><time datetime="2024-01-01">1 Jan 2024</time></th><td>4</td><td>40.0</td>`
	if !strings.Contains(text, want) {
		t.Errorf("the page lacks %s", want)
	}
	if n := strings.Count(text, `<th scope="row">`); n != 9 {
		t.Errorf("%d weeks of 60 days, want 9", n)
	}
	if r := ask(h, "GET", "/trends?span=century", nil); r.StatusCode != http.StatusBadRequest {
		t.Errorf("unknown span: status %d", r.StatusCode)
	}
}

// The load of a day without heart rate is not known, and so its week's sum.
func TestALoadThatIsNotKnownIsNoRest(t *testing.T) {
	h := page(t, func(o *web.Options) {
		day := sinktest.Day(sinktest.Athlete, 3)
		day.Day.Row["daily_load"] = readiness.Null("load_incomplete")
		if err := o.Reader.(*store.Store).Write(t.Context(), []readiness.Result{day}); err != nil {
			t.Fatal(err)
		}
	})
	text := strings.Join(strings.Fields(body(t, ask(h, "GET", "/trends?span=6m", nil))), " ")
	if want := `1 Jan 2024</time></th><td>4</td><td>40.0</td><td>–</td>`; !strings.Contains(text, want) {
		t.Errorf("the page lacks %s", want)
	}
}
