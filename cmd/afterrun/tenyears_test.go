package main

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

const tenYears = 3650

// longStory is the page of somebody with ten years of days.
func longStory(t *testing.T) *httptest.Server {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "afterrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	story := sinktest.Season(sinktest.Athlete, tenYears)
	for i, r := range story {
		if r.Day != nil {
			fill(r.Day.Row, i)
		}
	}
	if err := s.Write(t.Context(), story); err != nil {
		t.Fatal(err)
	}
	last := sinktest.Monday + tenYears - 1
	h, err := web.New(web.Options{Reader: s, Now: func() time.Time { return last.Noon() }})
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(h)
	t.Cleanup(served.Close)
	return served
}

// fill gives a day a value of every number, so that every chart has ten years.
func fill(row readiness.Row, n int) {
	for _, c := range readiness.DayColumns {
		if c.Numeric() {
			row[c.Name] = readiness.Num(50 + 10*math.Sin(float64(n)/9) + float64(n%7)/3)
		}
	}
}

// measured asks a page when it was painted and complete (ms after the first
// byte was asked for), and for how long at most it did not listen.
const measured = `new Promise(done => {
  let longest = 0, tasks = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => { tasks++; longest = Math.max(longest, e.duration); })).observe({ type: "longtask", buffered: true });
  setTimeout(() => {
    const seen = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1, page = performance.getEntriesByType("navigation")[0];
    const data = performance.getEntriesByType("resource").filter(r => r.name.includes("/series"));
    done("answered after " + Math.round(page.responseEnd) + " ms, painted after " + Math.round(seen) + " ms, usable after " + Math.round(page.domInteractive) + " ms, numbers there after "
      + Math.round(Math.max(...data.map(r => r.responseEnd))) + " ms (" + Math.round(data.reduce((sum, r) => sum + r.encodedBodySize, 0) / 1024) + " KiB), charts drawn after "
      + Math.round(performance.getEntriesByName("complete")[0].startTime) + " ms; " + tasks + " tasks over 50 ms, the longest " + Math.round(longest) + " ms");
  }, 200);
})`

// countLines counts the strokes of the charts from now on.
const countLines = `(() => {
  window.lines = 0;
  const line = Path2D.prototype.lineTo;
  Path2D.prototype.lineTo = function (...at) { window.lines++; return line.apply(this, at); };
})()`

// The work of a chart does not grow with its days: a picture of ten years is
// drawn with little more than one of a single year.
func TestTenYearsAreDrawnLikeOne(t *testing.T) {
	b, served := startBrowser(t), longStory(t)
	drawn := func(span string) int {
		p := b.open(t, served.URL+"/trends?span="+span, look{width: 1280})
		p.behaves()
		t.Logf("%s at 1280 px: %s", span, ask[string](p, measured))
		ask[any](p, countLines)
		p.do(chromedp.EmulateViewport(1000, 800))
		p.await(`window.lines > 0`)
		// two frames later everything of this size is drawn
		n := ask[int](p, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(window.lines))))`)
		if n < 1000 {
			t.Fatalf("%s: %d strokes", span, n)
		}
		return n
	}
	one, ten := drawn("1y"), drawn("all")
	if ten > one*2 {
		t.Errorf("ten years take %d strokes, one takes %d", ten, one)
	}
}

// A day of a picture is a few numbers on the wire, not the whole day.
func TestTenYearsTravelAsLists(t *testing.T) {
	c := counter{longStory(t), t, nil}
	from, to := sinktest.Monday, sinktest.Monday+tenYears-1
	size := func(what string) int {
		status, text := c.send(http.MethodGet, fmt.Sprintf("/api/v1/athletes/%s/%sfrom=%s&to=%s", sinktest.Athlete, what, from, to), "", nil)
		if status != http.StatusOK {
			t.Fatalf("%s: status %d", what, status)
		}
		return len(text)
	}
	if lists, days := size("series?digits=5&columns=readiness,rhr_bpm,ctl,atl,tsb&"), size("days?"); lists > 70*tenYears || lists*10 > days {
		t.Errorf("%d bytes of lists, %d of days", lists, days)
	}
}
