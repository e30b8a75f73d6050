package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

// today is the last day of the stored season.
var today = sinktest.Monday + 59

func now() time.Time { return today.Noon() }

// filled is a real store with sixty days of an athlete.
func filled(t *testing.T) *store.Store {
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
	if err := s.Write(t.Context(), sinktest.Season(sinktest.Athlete, 60)); err != nil {
		t.Fatal(err)
	}
	file := readiness.File{
		Athlete: sinktest.Athlete, Path: `2024/<b>.fit`, State: readiness.FileRefused, Reason: "checksum is wrong",
		ModTime: now(), Seen: now(),
	}
	if err := s.WriteFiles(t.Context(), []readiness.File{file}); err != nil {
		t.Fatal(err)
	}
	return s
}

// page is the page's handler on a filled store.
func page(t *testing.T, change func(*web.Options)) http.Handler {
	t.Helper()
	o := web.Options{Reader: filled(t), Now: now, Version: "v1.2.3"}
	if change != nil {
		change(&o)
	}
	h, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends a request for localhost.
func ask(h http.Handler, method, target string, change func(*http.Request)) *http.Response {
	r := httptest.NewRequest(method, "http://localhost:8017"+target, nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHostileRequests(t *testing.T) {
	h := page(t, func(o *web.Options) { o.Hosts = []string{"run.example.org"} })
	long := strings.Repeat("9", 200_000)
	for name, c := range map[string]struct {
		method, target string
		change         func(*http.Request)
		want           int
	}{
		"the page":                  {"GET", "/", nil, http.StatusOK},
		"head":                      {"HEAD", "/", nil, http.StatusOK},
		"its athlete":               {"GET", "/?athlete=ada", nil, http.StatusOK},
		"unknown athlete":           {"GET", "/?athlete=eve", nil, http.StatusNotFound},
		"athlete as script":         {"GET", "/?athlete=%3Cscript%3Ealert(1)%3C/script%3E", nil, http.StatusNotFound},
		"athlete as path":           {"GET", "/api/v1/athletes/..%2f..%2fetc/days", nil, http.StatusNotFound},
		"athlete with zero byte":    {"GET", "/api/v1/athletes/a%00b/days", nil, http.StatusNotFound},
		"unknown path":              {"GET", "/admin", nil, http.StatusNotFound},
		"static file":               {"GET", "/static/style.css", nil, http.StatusOK},
		"static folder":             {"GET", "/static/", nil, http.StatusNotFound},
		"static traversal":          {"GET", "/static/..%2fpage.html", nil, http.StatusNotFound},
		"static double traversal":   {"GET", "/static/%2e%2e%2f%2e%2e%2fweb.go", nil, http.StatusNotFound},
		"static backslash":          {"GET", `/static/..%5cpage.html`, nil, http.StatusNotFound},
		"post":                      {"POST", "/", nil, http.StatusMethodNotAllowed},
		"delete":                    {"DELETE", "/api/v1/athletes/ada/days", nil, http.StatusMethodNotAllowed},
		"trace":                     {"TRACE", "/", nil, http.StatusMethodNotAllowed},
		"made-up method":            {"JEFF", "/", nil, http.StatusMethodNotAllowed},
		"days":                      {"GET", "/api/v1/athletes/ada/days?from=2024-01-01&to=2024-02-01", nil, http.StatusOK},
		"date that is none":         {"GET", "/api/v1/athletes/ada/days?from=2024-02-30", nil, http.StatusBadRequest},
		"date as SQL":               {"GET", "/api/v1/athletes/ada/days?from=1'%20OR%201=1", nil, http.StatusBadRequest},
		"dates the wrong way round": {"GET", "/api/v1/athletes/ada/days?from=2024-02-01&to=2024-01-01", nil, http.StatusBadRequest},
		"a thousand years":          {"GET", "/api/v1/athletes/ada/runs?from=1024-01-01&to=2024-01-01", nil, http.StatusBadRequest},
		"oversized date":            {"GET", "/api/v1/athletes/ada/days?from=" + long, nil, http.StatusBadRequest},
		"broken escape":             {"GET", "/api/v1/athletes/ada/days?from=%zz", nil, http.StatusOK}, // as if not given
		"foreign host":              {"GET", "/", func(r *http.Request) { r.Host = "evil.example" }, http.StatusMisdirectedRequest},
		"foreign host with port":    {"GET", "/", func(r *http.Request) { r.Host = "evil.example:8017" }, http.StatusMisdirectedRequest},
		"host that ends like ours":  {"GET", "/", func(r *http.Request) { r.Host = "localhost.evil.example" }, http.StatusMisdirectedRequest},
		"no host":                   {"GET", "/", func(r *http.Request) { r.Host = "" }, http.StatusMisdirectedRequest},
		"configured host":           {"GET", "/", func(r *http.Request) { r.Host = "Run.example.org" }, http.StatusOK},
		"IPv6 loopback":             {"GET", "/", func(r *http.Request) { r.Host = "[::1]:8017" }, http.StatusOK},
		"own origin":                {"GET", "/", head("Origin", "http://localhost:8017"), http.StatusOK},
		"foreign origin":            {"GET", "/api/v1/athletes", head("Origin", "http://evil.example"), http.StatusForbidden},
		"null origin":               {"GET", "/api/v1/athletes", head("Origin", "null"), http.StatusForbidden},
		"script of another site":    {"GET", "/api/v1/athletes", head("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(h, c.method, c.target, c.change)
			if r.StatusCode != c.want {
				t.Fatalf("status %d, want %d: %.300s", r.StatusCode, c.want, body(t, r))
			}
			answersStrictly(t, r)
		})
	}
}

func head(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// answersStrictly checks the headers that every answer carries.
func answersStrictly(t *testing.T, r *http.Response) {
	t.Helper()
	policy := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q allows inline code", policy)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := r.Header.Get("Cache-Control"); got != "no-store" && got != "no-cache" && got != "private, no-cache" {
		t.Errorf("Cache-Control: %q", got)
	}
}

func TestAnUnknownAddressLeadsBack(t *testing.T) {
	h := page(t, nil)
	r := ask(h, "GET", "/admin", nil)
	if text := body(t, r); r.StatusCode != http.StatusNotFound || !strings.Contains(text, "There is no such page") || !strings.Contains(text, `<a href=".">`) {
		t.Errorf("status %d: %s", r.StatusCode, text)
	}
	r = ask(h, "DELETE", "/api/v1/athletes", nil)
	if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Content-Type") != "application/problem+json" || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("another method: status %d, %s, allowed %s", r.StatusCode, r.Header.Get("Content-Type"), r.Header.Get("Allow"))
	}
	r = ask(h, "GET", "/api/v1/nothing", nil)
	if r.StatusCode != http.StatusNotFound || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("of the API: status %d, %s", r.StatusCode, r.Header.Get("Content-Type"))
	}
}

func TestFollowingALinkFromAnotherSiteIsAllowed(t *testing.T) {
	r := ask(page(t, nil), "GET", "/", func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
	})
	if r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
}

func TestOpenAddressNeedsAPassword(t *testing.T) {
	for address, open := range map[string]bool{"127.0.0.1": false, "::1": false, "0.0.0.0": true, "192.168.1.4": true, "::": true} {
		o := web.Options{Reader: filled(t), Listen: &net.TCPAddr{IP: net.ParseIP(address), Port: 8017}}
		if _, err := web.New(o); (err != nil) != open {
			t.Errorf("%s without a password: %v", address, err)
		}
		o.Password = "s3cret"
		if _, err := web.New(o); err != nil {
			t.Errorf("%s with a password: %v", address, err)
		}
	}
	if _, err := web.New(web.Options{}); err == nil {
		t.Error("a page without a reader was made")
	}
}

// hostileTexts writes titles, paths and messages that try to be markup.
func hostileTexts(t *testing.T, s *store.Store) {
	t.Helper()
	const markup = `"><script src=//evil.example></script><img src=x onerror=alert(1)>`
	run := sinktest.RunAt(sinktest.Athlete, "evil", "running", today.Time().Add(8*time.Hour))
	run.Run.Row["title"] = readiness.Text(markup)
	run.Run.Source.File = markup + ".fit"
	alert := sinktest.Alert(sinktest.Athlete, "under_recovery", "enter", 58)
	alert.Alert.Text = markup
	day := sinktest.Day(sinktest.Athlete, 59)
	day.Day.Verdict.Headline, day.Day.Verdict.Reasons[0].Text, day.Day.Verdict.Missing[0].Hint = markup, markup, markup
	if err := s.Write(t.Context(), []readiness.Result{run, alert, day}); err != nil {
		t.Fatal(err)
	}
}

func TestTextsOfFilesStayText(t *testing.T) {
	h := page(t, func(o *web.Options) { hostileTexts(t, o.Reader.(*store.Store)) })
	text := body(t, ask(h, "GET", "/", nil))
	for _, bad := range []string{"<script src=//", "<img src=x"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if n := strings.Count(text, "&lt;script src=//evil.example&gt;"); n < 4 {
		t.Errorf("the hostile text is shown %d times, want it as text in headline, reason, hint, alert and title", n)
	}
	r := ask(h, "GET", "/api/v1/athletes/ada/runs", nil)
	if got := r.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
}

// What the command line lists, the page does, sorted and filtered as there.
func TestFilesAreSortedAndFiltered(t *testing.T) {
	s := filled(t)
	for i, f := range []readiness.File{
		{Path: "b/Run.fit", State: readiness.FilePublished, Size: 1, Events: []readiness.EventRef{{Kind: readiness.KindRun, Key: "r"}}},
		{Path: "a/night.fit", State: readiness.FilePublished, Size: 3, Events: []readiness.EventRef{{Kind: readiness.KindWellness, Key: "w"}}},
		{Path: "a/half.fit", State: readiness.FilePending, Size: 2, Reason: "incomplete"},
	} {
		f.Athlete, f.Seen = sinktest.Athlete, now().Add(time.Duration(i+1)*time.Minute)
		if err := s.WriteFiles(t.Context(), []readiness.File{f}); err != nil {
			t.Fatal(err)
		}
	}
	h := page(t, func(o *web.Options) { o.Reader = s })
	row := regexp.MustCompile(`<span title="([^"]*)">`)
	for query, want := range map[string]string{
		"":                               "a/half.fit a/night.fit b/Run.fit 2024/&lt;b&gt;.fit",
		"?sort=path":                     "2024/&lt;b&gt;.fit a/half.fit a/night.fit b/Run.fit",
		"?sort=size":                     "a/night.fit a/half.fit b/Run.fit 2024/&lt;b&gt;.fit",
		"?kind=run":                      "b/Run.fit",
		"?kind=nothing&sort=path":        "2024/&lt;b&gt;.fit a/half.fit",
		"?q=RUN":                         "b/Run.fit",
		"?state=published&kind=night":    "a/night.fit",
		"?state=published&kind=nothing":  "",
		"?kind=%3Cscript%3E&sort=%3C%22": "",
	} {
		var got []string
		for _, m := range row.FindAllStringSubmatch(body(t, ask(h, "GET", "/files"+query, nil)), -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	if shown := body(t, ask(h, "GET", "/files?kind=nothing&sort=size", nil)); !strings.Contains(shown, "kind=nothing&amp;sort=size&amp;state=pending") {
		t.Error("a state's address forgets the rest of the filter")
	}
}

func TestAPITellsValuesAndReasons(t *testing.T) {
	h := page(t, nil)
	var athletes []string
	decode(t, ask(h, "GET", "/api/v1/athletes", nil), &athletes)
	if len(athletes) != 1 || athletes[0] != "ada" {
		t.Errorf("athletes %v", athletes)
	}
	type row struct {
		Date    string            `json:"date"`
		Values  map[string]any    `json:"values"`
		Reasons map[string]string `json:"reasons"`
		Verdict struct{ Band, Headline string }
	}
	var days []row
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/days?from=2024-01-03&to=2024-01-05", nil), &days)
	if len(days) != 3 || days[0].Date != "2024-01-03" || days[2].Date != "2024-01-05" {
		t.Fatalf("days %+v", days)
	}
	if got := days[0].Values["rhr_bpm"]; got != 48.25 {
		t.Errorf("rhr_bpm %v", got)
	}
	if v, ok := days[0].Values["hrv_rmssd_ms"]; !ok || v != nil || days[0].Reasons["hrv_rmssd_ms"] != "no_hrv" {
		t.Errorf("a null is %v with reasons %v", v, days[0].Reasons)
	}
	var verdict row
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/verdict", nil), &verdict)
	if verdict.Date != today.String() || verdict.Verdict.Band != "steady" {
		t.Errorf("verdict %+v", verdict)
	}
	var runs []struct {
		ID, Date, File string
		Values         map[string]any
	}
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/runs?from=2024-01-01&to=2024-01-01", nil), &runs)
	if len(runs) != 1 || runs[0].ID != "id-run-0" || runs[0].File != "2024/a.fit" || runs[0].Values["hrr60_bpm"] != 31.5 {
		t.Errorf("runs %+v", runs)
	}
	var files []readiness.File
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/files", nil), &files)
	if len(files) != 1 || files[0].State != readiness.FileRefused || files[0].Reason != "checksum is wrong" {
		t.Errorf("files %+v", files)
	}
}

func decode(t *testing.T, r *http.Response, v any) {
	t.Helper()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", r.StatusCode, body(t, r))
	}
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		t.Fatal(err)
	}
}

func TestFaultsAreProblems(t *testing.T) {
	h := page(t, nil)
	for target, status := range map[string]int{
		"/api/v1/athletes/eve/days":               http.StatusNotFound,
		"/api/v1/athletes/ada/days?to=yesterday":  http.StatusBadRequest,
		"/api/v1/athletes/eve/verdict":            http.StatusNotFound,
		"/api/v1/athletes/eve/files":              http.StatusNotFound,
		"/api/v1/athletes/ada/runs?from=20240101": http.StatusBadRequest,
	} {
		r := ask(h, "GET", target, nil)
		var p struct {
			Status        int
			Title, Detail string
		}
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			t.Fatal(err)
		}
		if r.Header.Get("Content-Type") != "application/problem+json" || p.Status != status || r.StatusCode != status || p.Detail == "" {
			t.Errorf("%s: %d %+v", target, r.StatusCode, p)
		}
	}
}

// Every read of the store fails when its context has ended.
func TestAFailingStoreTellsNothingInside(t *testing.T) {
	h := page(t, nil)
	for _, target := range []string{"/", "/api/v1/athletes", "/api/v1/athletes/ada/days"} {
		r := ask(h, "GET", target, func(r *http.Request) {
			ctx, cancel := context.WithCancel(r.Context())
			cancel()
			*r = *r.WithContext(ctx)
		})
		text := body(t, r)
		if r.StatusCode != http.StatusInternalServerError || strings.Contains(text, "afterrun.db") || strings.Contains(text, "context") {
			t.Errorf("%s: %d %s", target, r.StatusCode, text)
		}
	}
}

func TestStaticFilesAreAskedForAgainCheaply(t *testing.T) {
	h := page(t, nil)
	tag := ask(h, "GET", "/static/page.js", nil).Header.Get("ETag")
	r := ask(h, "GET", "/static/page.js", head("If-None-Match", tag))
	if tag == "" || r.StatusCode != http.StatusNotModified {
		t.Errorf("tag %q, then status %d", tag, r.StatusCode)
	}
}

// What the pages name, a browser keeps for good: it changes its name when it
// changes.
func TestStaticFilesOfAPageAreKept(t *testing.T) {
	h := page(t, nil)
	named := regexp.MustCompile(`(?:src|href)="(static/[^"]+)"`).FindAllStringSubmatch(body(t, ask(h, "GET", "/", nil)), -1)
	if len(named) < 5 {
		t.Fatalf("static files of the page: %v", named)
	}
	for _, m := range named {
		r := ask(h, "GET", "/"+m[1], nil)
		if got := r.Header.Get("Cache-Control"); r.StatusCode != http.StatusOK || got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d, %q", m[1], r.StatusCode, got)
		}
	}
	r := ask(h, "GET", "/static/style.css?v=another", nil)
	if got := r.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("another version: %q", got)
	}
}

func TestAnswersOfTheAPIAreAskedForAgainCheaply(t *testing.T) {
	var s *store.Store
	h := page(t, func(o *web.Options) { s = o.Reader.(*store.Store) })
	for _, what := range []string{"openapi.json", "athletes", "athletes/ada/verdict", "athletes/ada/days", "athletes/ada/days.csv", "athletes/ada/series?columns=rhr_bpm", "athletes/ada/runs"} {
		first := ask(h, "GET", "/api/v1/"+what, nil)
		tag := first.Header.Get("ETag")
		if got := first.Header.Get("Cache-Control"); tag == "" || got != "private, no-cache" {
			t.Errorf("%s: tag %q, %q", what, tag, got)
		}
		again := ask(h, "GET", "/api/v1/"+what, head("If-None-Match", tag))
		if text := body(t, again); again.StatusCode != http.StatusNotModified || text != "" {
			t.Errorf("%s again: status %d, %d bytes", what, again.StatusCode, len(text))
		}
	}
	tag := ask(h, "GET", "/api/v1/athletes/ada/verdict", nil).Header.Get("ETag")
	day := sinktest.Day(sinktest.Athlete, 59)
	day.Day.Verdict.Headline = "Another morning."
	if err := s.Write(t.Context(), []readiness.Result{day}); err != nil {
		t.Fatal(err)
	}
	if r := ask(h, "GET", "/api/v1/athletes/ada/verdict", head("If-None-Match", tag)); r.StatusCode != http.StatusOK {
		t.Errorf("a changed verdict: status %d", r.StatusCode)
	}
}

// What came through the page lies under a hash, which is not for people.
func TestFilesAreNamedForPeople(t *testing.T) {
	h := page(t, func(o *web.Options) {
		f := readiness.File{Athlete: sinktest.Athlete, Path: "page/0123abcd/season.zip/a.fit", State: readiness.FilePublished, ModTime: now(), Seen: now(),
			Events: []readiness.EventRef{{Kind: readiness.KindRun, Key: "feedbeef12345678"}}}
		if err := o.Reader.(*store.Store).WriteFiles(t.Context(), []readiness.File{f}); err != nil {
			t.Fatal(err)
		}
	})
	text := body(t, ask(h, "GET", "/files", nil))
	for _, want := range []string{">a.fit<", ">given here/season.zip<", ">1 run<", `href="run?id=feedbeef12345678"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(text, ">page/") || strings.Contains(text, "(feedbeef") {
		t.Error("the page shows a hash")
	}
}

// Who comes back after a pause has a history, and is no newcomer.
func TestAnOldHistoryIsNotNothing(t *testing.T) {
	h := page(t, func(o *web.Options) {
		o.Now = func() time.Time { return (today + 200).Noon() }
		f := readiness.File{Athlete: sinktest.Athlete, Path: "old.fit", State: readiness.FilePublished, ModTime: now(), Seen: now()}
		if err := o.Reader.(*store.Store).WriteFiles(t.Context(), []readiness.File{f}); err != nil {
			t.Fatal(err)
		}
	})
	text := body(t, ask(h, "GET", "/", nil))
	if strings.Contains(text, "Nothing here yet") || !strings.Contains(text, "Nothing new") || !strings.Contains(text, `href="trends?span=all"`) {
		t.Error("the page takes an old history for none")
	}
}

// An all-clear does not look like a warning.
func TestTheAllClearIsNoWarning(t *testing.T) {
	looks := func(kind string) bool {
		h := page(t, func(o *web.Options) {
			r := sinktest.Alert(sinktest.Athlete, "under_recovery", kind, 59)
			r.Alert.Text = "All about it."
			if err := o.Reader.(*store.Store).Write(t.Context(), []readiness.Result{r}); err != nil {
				t.Fatal(err)
			}
		})
		m := regexp.MustCompile(`<p class="([^"]*)"><b>[^<]*</b> All about it`).FindStringSubmatch(body(t, ask(h, "GET", "/", nil)))
		if m == nil {
			t.Fatal("the page does not tell")
		}
		return strings.Contains(m[1], "alert")
	}
	if !looks("enter") || looks("exit") {
		t.Error("a warning and the all-clear look the same")
	}
}
