package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

// pedant refuses every check-in.
type pedant struct{ inboxOf }

func (*pedant) CheckIn(context.Context, readiness.AthleteID, []byte) (readiness.File, error) {
	return readiness.File{}, fmt.Errorf("this cannot be: %w", readiness.ErrInvalid)
}

// tell sends a check-in form with a token of the page's own.
func tell(t *testing.T, h http.Handler, values url.Values) *http.Response {
	t.Helper()
	values.Set("token", formToken.FindStringSubmatch(body(t, ask(h, "GET", "/checkin", nil)))[1])
	r := strings.NewReader(values.Encode())
	return ask(h, "POST", "/checkin", func(q *http.Request) {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Body, q.ContentLength = readCloser{r}, int64(r.Len())
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestWhatIsToldOfARunReachesTheInbox(t *testing.T) {
	inbox := &inboxOf{}
	h := page(t, func(o *web.Options) { o.Inbox = inbox })
	told := url.Values{"date": {today.String()}, "run": {"2024-02-29T07:00:00Z"}, "rpe": {"6"}, "cooldown_min": {"8"},
		"mass_pre_kg": {"70.2"}, "mass_post_kg": {"69.1"}, "fluid_in_l": {"0.4"}, "urine_l": {"0.1"}}
	text := body(t, ask(h, "GET", "/checkin", nil))
	for name := range told {
		if !strings.Contains(text, `name="`+name+`"`) {
			t.Errorf("the form does not ask for %s", name)
		}
	}
	if r := tell(t, h, told); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.StatusCode, body(t, r))
	}
	for name, value := range told {
		if name != "token" && (!strings.Contains(inbox.csv, name) || !strings.Contains(inbox.csv, value[0])) {
			t.Errorf("%s %s is not in %q", name, value[0], inbox.csv)
		}
	}
}

// What could not be used is shown again, in the form it was entered in.
func TestWhatCannotBeUsedIsNotLost(t *testing.T) {
	run := sinktest.RunAt(sinktest.Athlete, "am", "running", today.Time().Add(6*time.Hour))
	start := run.Run.Trace.Start.UTC().Format(time.RFC3339)
	h := page(t, func(o *web.Options) {
		o.Inbox = &pedant{}
		if err := o.Reader.(*store.Store).Write(t.Context(), []readiness.Result{run}); err != nil {
			t.Fatal(err)
		}
	})
	r := tell(t, h, url.Values{"date": {today.String()}, "run": {start}, "rpe": {"7"}, "mass_pre_kg": {"71.5"}})
	text := body(t, r)
	morning, rest, _ := strings.Cut(text, `id="effort"`)
	if r.StatusCode != http.StatusBadRequest || !strings.Contains(morning, "This cannot be") {
		t.Errorf("status %d, without the fault", r.StatusCode)
	}
	if !strings.Contains(rest, `value="71.5"`) || !strings.Contains(rest, `name="rpe" value="7" checked`) || strings.Contains(morning, "71.5") {
		t.Error("the run's answers are not in the run's form")
	}
	text = body(t, tell(t, h, url.Values{"date": {today.String()}, "soreness": {"2"}, "swelling": {"1"}, "rhr_bpm": {"52"}}))
	morning, _, _ = strings.Cut(text, `id="effort"`)
	for _, want := range []string{`name="soreness" value="2" checked`, `name="swelling" value="1" checked`, `value="52"`, "<details open>"} {
		if !strings.Contains(morning, want) {
			t.Errorf("the morning's form lacks %s", want)
		}
	}
}

// A value that comes late must not cost the answers of the morning.
func TestTheFormKnowsWhatWasSaid(t *testing.T) {
	inbox := &inboxOf{said: map[string]string{"soreness": "2", "rhr_bpm": "52", "swelling": "1", "limping": "0", "alcohol": "1"}}
	h := page(t, func(o *web.Options) { o.Inbox = inbox })
	morning, _, _ := strings.Cut(body(t, ask(h, "GET", "/checkin", nil)), `id="effort"`)
	for _, want := range []string{`name="soreness" value="2" checked`, `value="52"`, `name="swelling" value="1" checked`, "<details open>", `type="hidden" name="alcohol" value="1"`} {
		if !strings.Contains(morning, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	if strings.Contains(morning, `name="limping" value="1" checked`) || strings.Contains(morning, "Day after") {
		t.Error("the form says what was not said, or leads beyond today")
	}
	before := body(t, ask(h, "GET", "/checkin?date="+(today-1).String(), nil))
	if !strings.Contains(before, `name="date" value="`+(today-1).String()) || !strings.Contains(before, "Day after") {
		t.Error("the day before has no form of its own")
	}
}

// Saving replaces the whole morning, so the form carries every column once.
func TestTheFormCarriesTheWholeMorning(t *testing.T) {
	inbox := &inboxOf{said: map[string]string{}}
	for _, c := range readiness.CheckInColumns {
		inbox.said[c.Name] = "1"
	}
	h := page(t, func(o *web.Options) { o.Inbox = inbox })
	morning, _, _ := strings.Cut(body(t, ask(h, "GET", "/checkin", nil)), `id="effort"`)
	for _, c := range readiness.CheckInColumns {
		carried, kept := strings.Count(morning, `name="`+c.Name+`"`), strings.Contains(morning, `type="hidden" name="`+c.Name+`"`)
		if c.Part == readiness.PartDay && (carried == 0 || kept && carried > 1) {
			t.Errorf("%s stands %d times, kept: %v", c.Name, carried, kept)
		}
	}
}

func TestTodayAsksForTheCheckInUntilItIsGiven(t *testing.T) {
	var s *store.Store
	h := page(t, func(o *web.Options) { o.Inbox, s = &inboxOf{}, o.Reader.(*store.Store) })
	for _, c := range []struct {
		sum  readiness.Value
		asks bool
	}{{readiness.Null("no_checkin"), true}, {readiness.Num(19), false}} {
		day := sinktest.Day(sinktest.Athlete, 59)
		day.Day.Row["wellness_sum"] = c.sum
		if err := s.Write(t.Context(), []readiness.Result{day}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(body(t, ask(h, "GET", "/", nil)), "Check in now"); got != c.asks {
			t.Errorf("with a sum of %v it asks: %v", c.sum, got)
		}
	}
	if strings.Contains(body(t, ask(page(t, nil), "GET", "/", nil)), "Check in now") {
		t.Error("it asks where nobody takes the answer")
	}
}

func TestTodayAsksWhatTheWatchCannotTell(t *testing.T) {
	asked := func(inbox web.Inbox) string {
		return body(t, ask(page(t, func(o *web.Options) {
			o.Inbox = inbox
			day := sinktest.Day(sinktest.Athlete, 59)
			day.Day.Verdict.Question = "Did you walk?"
			if err := o.Reader.(*store.Store).Write(t.Context(), []readiness.Result{day}); err != nil {
				t.Fatal(err)
			}
		}), "GET", "/", nil))
	}
	if text := asked(&inboxOf{}); !strings.Contains(text, `Did you walk? <a href="checkin#effort">`) {
		t.Error("the question is not asked")
	}
	if strings.Contains(asked(nil), "Did you walk?") {
		t.Error("it asks where nobody takes the answer")
	}
}

// Form is a morning's number: it is the difference of the evening before.
func TestFormIsExplainedByTheEveningBefore(t *testing.T) {
	h := page(t, func(o *web.Options) {
		set := func(day int, ctl, atl, tsb float64) readiness.Result {
			r := sinktest.Day(sinktest.Athlete, day)
			r.Day.Row["ctl"], r.Day.Row["atl"], r.Day.Row["tsb"] = readiness.Num(ctl), readiness.Num(atl), readiness.Num(tsb)
			return r
		}
		if err := o.Reader.(*store.Store).Write(t.Context(), []readiness.Result{set(58, 37, 31, 2), set(59, 36, 27, 6)}); err != nil {
			t.Fatal(err)
		}
	})
	if text := body(t, ask(h, "GET", "/", nil)); !strings.Contains(text, "<b>&#43;6</b></dd><dd class=\"aside\">fitness 37, fatigue 31 this morning") {
		t.Error("form +6 is not explained by fitness 37 and fatigue 31")
	}
}
