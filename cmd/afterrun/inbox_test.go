package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"afterrun/cmd/afterrun/season"
	"afterrun/readiness"
	"afterrun/sinks/web"
)

// counter is the page's server over a whole pipeline, and its client.
type counter struct {
	*httptest.Server
	t *testing.T
	p *parts
}

func newCounter(t *testing.T) counter {
	t.Helper()
	c := &clock{t: time.Date(2026, 6, 14, 9, 0, 0, 0, time.UTC)}
	p := inProcess(t, c, "")
	h, err := web.New(web.Options{Reader: p.store, Samples: p, Inbox: inbox{p}, Changes: &p.news, Newcomer: demoAthlete, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return counter{s, t, p}
}

var hiddenToken = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

func (c counter) token() string {
	c.t.Helper()
	_, text := c.send(http.MethodGet, "/checkin", "", nil)
	m := hiddenToken.FindStringSubmatch(text)
	if m == nil {
		c.t.Fatalf("no token in the form:\n%s", text)
	}
	return m[1]
}

func (c counter) send(method, path, contentType string, body io.Reader) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := c.Client().Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func (c counter) say(values url.Values) (int, string) {
	c.t.Helper()
	return c.send(http.MethodPost, "/checkin", "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// give uploads files, the token before them.
func (c counter) give(token string, files map[string][]byte) (int, string) {
	c.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	fields := []error{form.WriteField("token", token)}
	for name, data := range files {
		w, err := form.CreateFormFile("file", name)
		if err != nil {
			c.t.Fatal(err)
		}
		_, err = w.Write(data)
		fields = append(fields, err)
	}
	for _, err := range append(fields, form.Close()) {
		if err != nil {
			c.t.Fatal(err)
		}
	}
	return c.send(http.MethodPost, "/files", form.FormDataContentType(), &b)
}

func (c counter) day(d string) readiness.Row {
	c.t.Helper()
	date, err := readiness.ParseDate(d)
	if err != nil {
		c.t.Fatal(err)
	}
	days, err := c.p.store.Days(c.t.Context(), demoAthlete, date, date)
	if err != nil || len(days) != 1 {
		c.t.Fatalf("day %s: %v, %v", d, days, err)
	}
	return days[0].Row
}

func TestCheckInThroughThePage(t *testing.T) {
	c := newCounter(t)
	token := c.token()
	status, text := c.say(url.Values{"token": {token}, "date": {"2026-06-14"}, "rhr_bpm": {"47"}, "soreness": {"2"}, "illness": {"1"}})
	if status != http.StatusOK || !strings.Contains(text, "Noted") {
		t.Fatalf("%d %s", status, text)
	}
	row := c.day("2026-06-14")
	if got := num(row, "rhr_bpm"); got != 47 {
		t.Errorf("resting heart rate %v", got)
	}
	if _, text := c.send(http.MethodGet, "/checkin?date=2026-06-14", "", nil); !strings.Contains(text, `value="47"`) || !strings.Contains(text, `name="soreness" value="2" checked`) {
		t.Error("the form has forgotten the morning")
	}
	for name, form := range map[string]url.Values{
		"no token":     {"date": {"2026-06-14"}, "rhr_bpm": {"99"}},
		"wrong token":  {"token": {strings.Repeat("0", 64)}, "date": {"2026-06-14"}, "rhr_bpm": {"99"}},
		"not a number": {"token": {token}, "date": {"2026-06-14"}, "rhr_bpm": {"fast"}},
		"out of range": {"token": {token}, "date": {"2026-06-14"}, "soreness": {"7"}},
		"no date":      {"token": {token}, "date": {"14.6."}, "rhr_bpm": {"99"}},
		"nothing":      {"token": {token}, "date": {"2026-06-14"}},
		"second row":   {"token": {token}, "date": {"2026-06-14\n2026-06-13"}, "rhr_bpm": {"99"}},
		"too large":    {"token": {token}, "date": {"2026-06-14"}, "notes": {strings.Repeat("a", 100_000)}},
	} {
		want := http.StatusBadRequest
		if name == "too large" {
			want = http.StatusRequestEntityTooLarge
		}
		status, text := c.say(form)
		if status != want || !strings.Contains(text, `role="alert"`) {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if got := num(c.day("2026-06-14"), "rhr_bpm"); got != 47 {
		t.Errorf("after what was refused the resting heart rate is %v", got)
	}
}

// TestACheckInIsTheSameEventHoweverItIsSaid: in a CSV, in JSON, by the command and
// through the form. Only what orders two of one date differs.
func TestACheckInIsTheSameEventHoweverItIsSaid(t *testing.T) {
	row := map[string]string{"date": "2026-06-14", "soreness": "2", "rhr_bpm": "47.5", "pain_site": "left knee", "notes": "stiff, but fine", "rpe": "6", "run": "07:30"}
	var want []readiness.Event
	for name, say := range map[string]func(c counter) (int, string){
		"CSV": func(c counter) (int, string) {
			return c.give(c.token(), map[string][]byte{"check-in.csv": []byte("date,soreness,rhr_bpm,pain_site,notes,rpe,run\n2026-06-14,2,47.5,left knee,\"stiff, but fine\",6,07:30\n")})
		},
		"JSON": func(c counter) (int, string) {
			return c.give(c.token(), map[string][]byte{"check-in.json": []byte(`{"date":"2026-06-14","soreness":2,"rhr_bpm":47.5,"pain_site":"left knee","notes":"stiff, but fine","rpe":6,"run":"07:30"}`)})
		},
		"the command": func(c counter) (int, string) {
			text, err := oneRow(row)
			if err == nil {
				_, err = c.p.checkIn(t.Context(), demoAthlete, text)
			}
			return http.StatusOK, fmt.Sprint(err)
		},
		"the form": func(c counter) (int, string) {
			form := url.Values{"token": {c.token()}}
			for k, v := range row {
				form.Set(k, v)
			}
			return c.say(form)
		},
	} {
		c := newCounter(t)
		if status, text := say(c); status != http.StatusOK {
			t.Fatalf("%s: %d %s", name, status, text)
		}
		got := c.checkIns()
		if want == nil {
			want = got
		}
		if len(got) != 2 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// checkIns are the stored check-ins without their source and order.
func (c counter) checkIns() []readiness.Event {
	c.t.Helper()
	events, _, err := c.p.bus.Events(c.t.Context(), demoAthlete, 0, readiness.KindCheckIn)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range events {
		e := &events[i]
		e.Source, e.Digest, e.CheckIn.Order = readiness.Source{}, "", 0
	}
	slices.SortFunc(events, func(a, b readiness.Event) int { return strings.Compare(a.Key, b.Key) })
	return events
}

func num(row readiness.Row, name string) float64 {
	x, _ := row[name].Float()
	return x
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	c := newCounter(t)
	form := url.Values{"token": {c.token()}, "date": {"2026-06-14"}, "rhr_bpm": {"99"}}
	for header, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		r := httptest.NewRequest(http.MethodPost, c.URL+"/checkin", strings.NewReader(form.Encode()))
		r.RequestURI = ""
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header, value)
		answer, err := c.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s: status %d", header, value, answer.StatusCode)
		}
	}
}

func TestUploadsThroughThePage(t *testing.T) {
	c := newCounter(t)
	days, err := season.Plan(season.Options{End: c.p.now(), Days: 6, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, d := range days {
		for _, f := range d.Files {
			all[f.Name] = f.Data
		}
	}
	status, text := c.give(c.token(), map[string][]byte{"season.zip": zipOf(t, all), "../../etc/evil.fit": []byte("nonsense"), `C:\fakepath\empty.gpx`: {}})
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	files, err := c.p.store.Files(t.Context(), demoAthlete)
	if err != nil {
		t.Fatal(err)
	}
	states := map[readiness.FileState]int{}
	for _, f := range files {
		states[f.State]++
		if strings.Contains(f.Path, "..") || strings.Contains(f.Path, "fakepath") || !strings.HasPrefix(f.Path, "page/") {
			t.Errorf("path %q", f.Path)
		}
	}
	if states[readiness.FilePublished] < len(all) || states[readiness.FileRefused] != 1 || states[readiness.FilePending] != 1 {
		t.Errorf("states %v of %d files", states, len(all)+2)
	}
	again, _ := c.give(c.token(), map[string][]byte{"season.zip": zipOf(t, all)})
	if after, err := c.p.store.Files(t.Context(), demoAthlete); again != http.StatusOK || err != nil || len(after) != len(files) {
		t.Errorf("the same zip again: %d, %d files, %v", again, len(after), err)
	}
	if left, err := filepath.Glob(filepath.Join(c.p.dir, "upload-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func zipOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileUploads(t *testing.T) {
	c := newCounter(t)
	token := c.token()
	if status, _ := c.give("0000", map[string][]byte{"a.fit": []byte("x")}); status != http.StatusBadRequest {
		t.Errorf("wrong token: status %d", status)
	}
	if status, text := c.give(token, nil); status != http.StatusBadRequest || !strings.Contains(text, "No file was chosen") {
		t.Errorf("no file: status %d", status)
	}
	if status, _ := c.send(http.MethodPost, "/files", "text/plain", strings.NewReader("hello")); status != http.StatusBadRequest {
		t.Errorf("no form: status %d", status)
	}
	if status, _ := c.send(http.MethodPost, "/files", "multipart/form-data; boundary=x", strings.NewReader("--x\r\ntorn")); status != http.StatusBadRequest {
		t.Errorf("torn form: status %d", status)
	}
	bomb := zipOf(t, map[string][]byte{"bomb.gpx": make([]byte, 200<<20)}) // 200 MiB of nothing in 200 KiB
	status, text := c.give(token, map[string][]byte{"bomb.zip": bomb})
	if status != http.StatusOK || !strings.Contains(text, "refused") {
		t.Errorf("zip bomb: status %d\n%s", status, text)
	}
	if entries, err := os.ReadDir(c.p.dir); err != nil || strings.Contains(names(entries), "upload-") {
		t.Errorf("left behind: %s, %v", names(entries), err)
	}
}

func names(entries []os.DirEntry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestOpenPagesHearOfChanges(t *testing.T) {
	c := newCounter(t)
	ctx, leave := context.WithTimeout(t.Context(), time.Minute)
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && lines.Text() != ": listening" {
		t.Logf("before: %q", lines.Text())
	}
	if status, text := c.say(url.Values{"token": {c.token()}, "date": {"2026-06-14"}, "rhr_bpm": {"47"}}); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	for lines.Scan() {
		if lines.Text() == "event: change" {
			return
		}
	}
	t.Errorf("no change was told: %v", lines.Err())
}
