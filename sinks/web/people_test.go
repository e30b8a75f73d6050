package web_test

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

func TestAConfiguredAthleteCanBeChosenBeforeTheFirstFile(t *testing.T) {
	h := page(t, func(o *web.Options) {
		o.People, o.Inbox = []readiness.AthleteID{"zoe", "aaron", sinktest.Athlete}, &inboxOf{}
	})
	text := body(t, ask(h, "GET", "/", nil))
	for _, want := range []string{`data-athlete="ada"`, `?athlete=aaron`, `?athlete=zoe`} {
		if !strings.Contains(text, want) {
			t.Errorf("the first page lacks %s", want)
		}
	}
	for target, want := range map[string]int{
		"/?athlete=zoe": 200, "/trends?athlete=zoe": 200, "/checkin?athlete=zoe": 200, "/team": 200, "/?athlete=eve": 404,
		"/api/v1/athletes/zoe/series?columns=rhr_bpm": 200, "/api/v1/athletes/eve/series?columns=rhr_bpm": 404,
	} {
		if r := ask(h, "GET", target, nil); r.StatusCode != want {
			t.Errorf("%s: status %d, want %d", target, r.StatusCode, want)
		}
	}
}

// With too many athletes to list, the page still says whose it is.
func TestThePageSaysWhoseItIs(t *testing.T) {
	h := page(t, func(o *web.Options) {
		o.Inbox = &inboxOf{}
		for i := range 20 {
			o.People = append(o.People, readiness.AthleteID(fmt.Sprintf("athlete%02d", i)))
		}
	})
	for _, target := range []string{"/", "/trends", "/checkin", "/files"} {
		if text := body(t, ask(h, "GET", target+"?athlete=athlete07", nil)); !strings.Contains(text, `<p class="who">athlete07</p>`) {
			t.Errorf("%s does not name the athlete", target)
		}
	}
}

// inboxOf keeps what it is given.
type inboxOf struct {
	csv   string
	bytes int64
	said  map[string]string // of any morning
}

func (i *inboxOf) Said(_ context.Context, _ readiness.AthleteID, _ readiness.Date, run string) (map[string]string, error) {
	if run != "" {
		return nil, nil
	}
	return i.said, nil
}

func (i *inboxOf) CheckIn(_ context.Context, _ readiness.AthleteID, csv []byte) (readiness.File, error) {
	i.csv = string(csv)
	return readiness.File{}, nil
}

func (i *inboxOf) Upload(_ context.Context, id readiness.AthleteID, name string, content io.Reader) ([]readiness.File, error) {
	n, err := io.Copy(io.Discard, content)
	i.bytes += n
	return []readiness.File{{Athlete: id, Path: name, State: readiness.FilePublished}}, err
}

// startField is the run that a form is about.
var startField = regexp.MustCompile(`name="run" value="([^"]+)"`)

func TestEachRunOfADayHasItsOwnEffort(t *testing.T) {
	h := page(t, func(o *web.Options) {
		o.Inbox = &inboxOf{}
		morning := sinktest.RunAt(sinktest.Athlete, "am", "running", today.Time().Add(6*time.Hour))
		evening := sinktest.RunAt(sinktest.Athlete, "pm", "running", today.Time().Add(17*time.Hour))
		if err := o.Reader.(*store.Store).Write(t.Context(), []readiness.Result{morning, evening}); err != nil {
			t.Fatal(err)
		}
	})
	text := body(t, ask(h, "GET", "/checkin", nil))
	found := startField.FindAllStringSubmatch(text, -1)
	if len(found) < 2 || found[0][1] == found[1][1] {
		t.Fatalf("runs asked about: %v", found)
	}
	for _, m := range found {
		if _, err := time.Parse(time.RFC3339, m[1]); err != nil {
			t.Errorf("run %q: %v", m[1], err)
		}
	}
}

// sent is an upload of n bytes; with its length told beforehand, or not.
func sent(t *testing.T, h http.Handler, n int64, told bool) *http.Response {
	t.Helper()
	token := formToken.FindStringSubmatch(body(t, ask(h, "GET", "/files", nil)))[1]
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		_ = form.WriteField("token", token) // the reader may have gone
		part, err := form.CreateFormFile("file", "big.fit")
		if err == nil {
			_, err = io.CopyN(part, zeros{}, n)
		}
		if err == nil {
			err = form.Close()
		}
		_ = w.CloseWithError(err)
	}()
	t.Cleanup(func() { _ = r.Close() })
	return ask(h, "POST", "/files", func(q *http.Request) {
		q.Header.Set("Content-Type", form.FormDataContentType())
		q.Body, q.ContentLength = r, -1
		if told {
			q.ContentLength = n + 500
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestAnUploadThatIsTooLargeIsRefused(t *testing.T) {
	const limit = 2 << 20
	for name, c := range map[string]struct {
		size int64
		told bool
		want int
		read int64 // at most
	}{
		"fits":            {limit / 2, false, http.StatusOK, limit / 2},
		"too large":       {3 * limit, false, http.StatusRequestEntityTooLarge, limit},
		"says so already": {3 * limit, true, http.StatusRequestEntityTooLarge, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inbox := &inboxOf{}
			h := page(t, func(o *web.Options) { o.Inbox, o.MaxUpload = inbox, limit })
			r := sent(t, h, c.size, c.told)
			text := body(t, r)
			if r.StatusCode != c.want || inbox.bytes > c.read {
				t.Errorf("status %d, %d bytes read", r.StatusCode, inbox.bytes)
			}
			if c.want != http.StatusOK && !strings.Contains(text, "More than 2 MiB at once") {
				t.Errorf("it does not say why: %s", text)
			}
		})
	}
}

// slowInbox holds every upload until it is let go.
type slowInbox struct {
	inboxOf
	came, leave chan struct{}
}

func (i *slowInbox) Upload(ctx context.Context, id readiness.AthleteID, name string, content io.Reader) ([]readiness.File, error) {
	i.came <- struct{}{}
	<-i.leave
	return new(inboxOf).Upload(ctx, id, name, content) // of its own: two come at once
}

func TestAnUploadTooManyIsAskedToWait(t *testing.T) {
	inbox := &slowInbox{came: make(chan struct{}), leave: make(chan struct{})}
	h := page(t, func(o *web.Options) { o.Inbox = inbox })
	answers := make(chan *http.Response)
	for range 2 {
		go func() { answers <- sent(t, h, 100, false) }()
		<-inbox.came
	}
	r := sent(t, h, 100, false)
	if text := body(t, r); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || !strings.Contains(text, "try again in a moment") {
		t.Errorf("the third: status %d: %s", r.StatusCode, text)
	}
	close(inbox.leave)
	for range 2 {
		if r := <-answers; r.StatusCode != http.StatusOK {
			t.Errorf("one of the first: status %d", r.StatusCode)
		}
	}
}

// Today is the date where each athlete lives, not that of the machine.
func TestTodayIsThatOfTheAthlete(t *testing.T) {
	h := page(t, func(o *web.Options) {
		o.Inbox, o.People = &inboxOf{}, []readiness.AthleteID{"zoe"}
		o.Today = func(id readiness.AthleteID) readiness.Date {
			if id == "zoe" {
				return today + 1
			}
			return today - 1
		}
	})
	for target, want := range map[string]string{
		"/checkin?athlete=zoe": `name="date" value="` + (today + 1).String() + `"`,
		"/checkin?athlete=ada": `name="date" value="` + (today - 1).String() + `"`,
		"/trends?athlete=zoe":  `data-to="` + (today + 2).String() + `"`,
		"/trends?athlete=ada":  `data-to="` + today.String() + `"`,
	} {
		if text := body(t, ask(h, "GET", target, nil)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", target, want)
		}
	}
	var days []struct{ Date readiness.Date }
	decode(t, ask(h, "GET", "/api/v1/athletes/ada/days", nil), &days)
	if len(days) == 0 || days[len(days)-1].Date != today {
		t.Errorf("%d days, the last is not tomorrow's: %+v", len(days), days[max(0, len(days)-1):])
	}
}
