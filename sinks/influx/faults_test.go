package influx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/influx"
	"afterrun/sinks/sinktest"
)

// behindProxy is a sink whose requests pass a proxy in front of a real server.
func behindProxy(t *testing.T, c sinktest.InfluxConfig) (target, *sinktest.Proxy) {
	t.Helper()
	server := sinktest.StartInfluxd(t, c)
	proxy := sinktest.StartProxy(t, server.URL)
	return newTarget(t, server, proxy.URL, "afterrun", nil), proxy
}

// holds fails unless exactly the results are stored of the sample athlete.
func (s target) holds(t *testing.T, results ...readiness.Result) {
	t.Helper()
	for _, kind := range []readiness.ResultKind{readiness.ResultDay, readiness.ResultRun, readiness.ResultAlert} {
		want := map[string]sinktest.Point{}
		for _, r := range results {
			if r.Kind == kind {
				want[r.Key] = sinktest.PointOf(r)
			}
		}
		got, err := s.Points(t.Context(), string(kind), sinktest.Athlete)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sinktest.Diff(got, want); diff != "" {
			t.Fatalf("%s: %s", kind, diff)
		}
	}
}

func (s target) mustWrite(t *testing.T, results ...readiness.Result) {
	t.Helper()
	if err := s.Write(t.Context(), results); err != nil {
		t.Fatal(err)
	}
}

// waiter is how a sink asks to be left alone.
type waiter interface{ RetryAfter() time.Duration }

func TestTemporaryFaults(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{})
	for i, c := range []struct {
		name  string
		part  string
		fault sinktest.Fault
		wait  time.Duration
	}{
		{"503", "/write", sinktest.Answer(503, `{"code":"unavailable","message":"later"}`, "Content-Type", "application/json"), 0},
		{"503 with a wait", "/write", sinktest.Answer(503, "", "Retry-After", "7"), 7 * time.Second},
		{"429 with a wait", "/write", sinktest.Answer(429, "slow down", "Retry-After", "30"), 30 * time.Second},
		{"429 with an absurd wait", "/write", sinktest.Answer(429, "", "Retry-After", "999999999"), time.Hour},
		{"429 with nonsense", "/write", sinktest.Answer(429, "", "Retry-After", "soon"), 0},
		{"500", "/write", sinktest.Answer(500, "<html>oops</html>"), 0},
		{"reset in the body", "/write", sinktest.ResetMidBody, 0},
		{"answer lost after the commit", "/write", sinktest.LoseAnswer, 0},
		{"reset while looking", "/query", sinktest.ResetMidBody, 0},
		{"answer lost while looking", "/query", sinktest.LoseAnswer, 0},
		{"torn answer while looking", "/query", sinktest.TornAnswer, 0},
		{"nonsense while looking", "/query", sinktest.Answer(200, "<html>"), 0},
		{"no answers while looking", "/query", sinktest.Answer(200, `{"results":[]}`), 0},
		{"cut off answer while looking", "/query", sinktest.Answer(200, `{"results":[{"series":[{"columns":["time","key"],"values":[[1,"a"]],"partial":true}]},{}]}`), 0},
		{"error of a statement", "/query", sinktest.Answer(200, `{"results":[{"error":"timeout"},{}]}`), 0},
		{"502 while looking", "/query", sinktest.Answer(502, "bad gateway"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.mustWrite(t, sinktest.Day(sinktest.Athlete, 0))
			day := sinktest.Day(sinktest.Athlete, 0)
			day.Day.Row["ctl"] = readiness.Null("load_history_short")
			run := sinktest.RunNo(sinktest.Athlete, i)
			proxy.Inject(c.part, 1, c.fault)
			defer proxy.Heal()
			err := s.Write(t.Context(), []readiness.Result{day, run})
			var unavailable *influx.Unavailable
			if !errors.As(err, &unavailable) || errors.Is(err, readiness.ErrInvalid) {
				t.Fatalf("got %v, want Unavailable", err)
			}
			var w waiter
			if !errors.As(err, &w) || w.RetryAfter() != c.wait {
				t.Fatalf("%v asks to wait %v, want %v", err, w.RetryAfter(), c.wait)
			}
			s.mustWrite(t, day, run) // redelivered
			s.holds(t, day, run)
			s.mustWrite(t, gone(run))
		})
	}
}

func gone(r readiness.Result) readiness.Result {
	return readiness.Result{Athlete: r.Athlete, Kind: r.Kind, Key: r.Key, At: r.At, Deleted: true}
}

// A write consists of looking, deleting, writing and deleting again. Whichever
// of these requests fails, before or after the server has done it, the
// redelivery repairs everything.
func TestEveryStepMayFail(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{})
	day, run := sinktest.Day(sinktest.Athlete, 0), sinktest.RunNo(sinktest.Athlete, 0)
	newDay := sinktest.Day(sinktest.Athlete, 0)
	newDay.Day.Row["ctl"] = readiness.Null("load_history_short")
	moved := sinktest.RunAt(sinktest.Athlete, run.Key, "walking", run.At.Add(time.Minute))
	results := []readiness.Result{newDay, moved, gone(sinktest.Day(sinktest.Athlete, 5))}
	before := []readiness.Result{day, run, sinktest.Day(sinktest.Athlete, 5)}

	s.mustWrite(t, before...)
	start := proxy.Count("/")
	s.mustWrite(t, results...)
	steps := proxy.Count("/") - start
	if steps < 5 {
		t.Fatalf("%d requests, want at least two to look, two to delete and one to write", steps)
	}
	for step := range steps {
		for name, fault := range map[string]sinktest.Fault{"lost": sinktest.ResetMidBody, "answer lost": sinktest.LoseAnswer} {
			t.Run(fmt.Sprintf("request %d %s", step+1, name), func(t *testing.T) {
				proxy.Heal()
				s.mustWrite(t, before...)
				s.holds(t, before...)
				proxy.Inject("/", step, func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) })
				proxy.Inject("/", 1, fault)
				if err := s.Write(t.Context(), results); err == nil {
					t.Fatal("the fault went unnoticed")
				}
				s.mustWrite(t, results...)
				s.holds(t, newDay, moved)
			})
		}
	}
}

func TestMisconfiguration(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{})
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 0))
	for _, c := range []struct {
		name, part string
		fault      sinktest.Fault
	}{
		{"401", "/write", sinktest.Answer(401, `{"code":"unauthorized","message":"unauthorized access"}`, "Content-Type", "application/json")},
		{"403", "/write", sinktest.Answer(403, "forbidden")},
		{"404", "/write", sinktest.Answer(404, `{"code":"not found","message":"bucket not found"}`, "Content-Type", "application/json")},
		{"401 while looking", "/query", sinktest.Answer(401, "")},
		{"a redirect", "/write", sinktest.Answer(302, "", "Location", "/login")},
		{"a portal that says yes to everything", "/write", sinktest.Answer(200, "<html>welcome</html>")},
		{"a 400 about no line", "/write", sinktest.Answer(400, `{"code":"invalid","message":"Please provide either orgID or org"}`, "Content-Type", "application/json")},
		{"a limit of the server", "/write", sinktest.Answer(400, `{"message":"partial write: max-series-per-database limit exceeded: (1) dropped=1"}`, "Content-Type", "application/json")},
	} {
		t.Run(c.name, func(t *testing.T) {
			proxy.Inject(c.part, -1, c.fault)
			defer proxy.Heal()
			err := s.Write(t.Context(), []readiness.Result{sinktest.Day(sinktest.Athlete, 1)})
			var wrong *influx.Misconfigured
			if !errors.As(err, &wrong) || errors.Is(err, readiness.ErrInvalid) {
				t.Fatalf("got %v, want Misconfigured, which costs no result", err)
			}
			if wrong.RetryAfter() <= 0 {
				t.Fatal("asks for no pause")
			}
			proxy.Heal()
			s.mustWrite(t, sinktest.Day(sinktest.Athlete, 1))
			s.holds(t, sinktest.Day(sinktest.Athlete, 0), sinktest.Day(sinktest.Athlete, 1))
		})
	}
}

func TestBucketDroppedWhileRunning(t *testing.T) {
	s, _ := behindProxy(t, sinktest.InfluxConfig{})
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 0))
	if _, err := s.server.Query(t.Context(), "", "DROP DATABASE afterrun"); err != nil {
		t.Fatal(err)
	}
	var unavailable *influx.Unavailable
	if err := s.Write(t.Context(), []readiness.Result{sinktest.Day(sinktest.Athlete, 1)}); !errors.As(err, &unavailable) {
		t.Fatalf("got %v, want Unavailable: the next try creates the bucket", err)
	}
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 1))
	s.holds(t, sinktest.Day(sinktest.Athlete, 1))
}

func TestOutage(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{})
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 0))
	s.server.Stop()
	var unavailable *influx.Unavailable
	if err := s.Write(t.Context(), []readiness.Result{sinktest.Day(sinktest.Athlete, 1)}); !errors.As(err, &unavailable) {
		t.Fatalf("got %v, want Unavailable", err)
	}
	fresh := newTarget(t, s.server, proxy.URL, "afterrun", nil)
	if err := fresh.Write(t.Context(), []readiness.Result{sinktest.Day(sinktest.Athlete, 1)}); !errors.As(err, &unavailable) {
		t.Fatalf("started during the outage: got %v, want Unavailable", err)
	}
	s.server.Start()
	fresh.mustWrite(t, sinktest.Day(sinktest.Athlete, 1))
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 2))
	s.holds(t, sinktest.Day(sinktest.Athlete, 0), sinktest.Day(sinktest.Athlete, 1), sinktest.Day(sinktest.Athlete, 2))
}

func TestLatency(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{})
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 0))
	proxy.Inject("/write", -1, sinktest.Delay(time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Write(ctx, []readiness.Result{sinktest.Day(sinktest.Athlete, 1)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want the context's error", err)
	}
	impatient := influx.New(influx.Options{URL: proxy.URL, Bucket: "afterrun", Timeout: 100 * time.Millisecond})
	defer impatient.Close()
	var unavailable *influx.Unavailable
	if err := impatient.Write(t.Context(), []readiness.Result{sinktest.Day(sinktest.Athlete, 1)}); !errors.As(err, &unavailable) {
		t.Fatalf("got %v, want Unavailable after the sink's own timeout", err)
	}
	proxy.Heal()
	proxy.Inject("/write", -1, sinktest.Delay(50*time.Millisecond))
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 1))
	s.holds(t, sinktest.Day(sinktest.Athlete, 0), sinktest.Day(sinktest.Athlete, 1))
}

func TestTooLargeIsSplit(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{MaxBody: 4000})
	var days []readiness.Result
	for n := range 60 {
		days = append(days, sinktest.Day(sinktest.Athlete, n))
	}
	huge := sinktest.Day(sinktest.Athlete, 60)
	huge.Day.Row["conditions"] = readiness.Text(strings.Repeat("x", 5000))
	err := s.Write(t.Context(), append(slices.Clone(days), huge))
	var partial *readiness.PartialError
	if !errors.As(err, &partial) || len(partial.Rejected) != 1 || partial.Rejected[60] == nil {
		t.Fatalf("got %v, want only the huge one rejected", err)
	}
	s.holds(t, days...)
	if n := proxy.Count("/write"); n < 5 {
		t.Fatalf("%d writes: nothing was split", n)
	}
}

// Somebody wrote a text where a number belongs: only the points of that shard
// are lost, and reported.
func TestFieldTypeConflict(t *testing.T) {
	s, _ := behindProxy(t, sinktest.InfluxConfig{})
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 400)) // creates the bucket, in another shard
	s.server.WriteLines("afterrun", fmt.Sprintf(`day,athlete=eve tsb="high" %d`, sinktest.Monday.Noon().UnixNano()))
	var days []readiness.Result
	for n := range 20 {
		days = append(days, sinktest.Day(sinktest.Athlete, n))
	}
	days[13].Day.Row["tsb"] = readiness.Num(-3)
	err := s.Write(t.Context(), days)
	var partial *readiness.PartialError
	if !errors.As(err, &partial) || len(partial.Rejected) != 1 || partial.Rejected[13] == nil || !errors.Is(err, readiness.ErrInvalid) {
		t.Fatalf("got %v, want only number 13 rejected", err)
	}
	if !strings.Contains(partial.Rejected[13].Error(), "type conflict") {
		t.Fatalf("rejected for %v, want the server's reason", partial.Rejected[13])
	}
	s.holds(t, append(slices.Delete(slices.Clone(days), 13, 14), sinktest.Day(sinktest.Athlete, 400))...)
}

// A line the server cannot parse costs itself only. The sink writes none, so
// the proxy answers as 1.8 and 2.x do.
func TestUnparsableLine(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{})
	bad := sinktest.Day(sinktest.Athlete, 7)
	bad.Day.Row["conditions"] = readiness.Text("POISON")
	var days []readiness.Result
	for n := range 12 {
		days = append(days, sinktest.Day(sinktest.Athlete, n))
	}
	days[7] = bad
	proxy.Inject("/write", -1, sinktest.Refuse("POISON", 400, `{"code":"invalid","message":"unable to parse 'day,…': bad"}`))
	err := s.Write(t.Context(), days)
	var partial *readiness.PartialError
	if !errors.As(err, &partial) || len(partial.Rejected) != 1 || partial.Rejected[7] == nil {
		t.Fatalf("got %v, want only number 7 rejected", err)
	}
	s.holds(t, slices.Delete(slices.Clone(days), 7, 8)...)
}

func TestBeyondRetention(t *testing.T) {
	s, _ := behindProxy(t, sinktest.InfluxConfig{})
	if _, err := s.server.Query(t.Context(), "", `CREATE DATABASE afterrun WITH DURATION 8w NAME autogen`); err != nil {
		t.Fatal(err)
	}
	now := sinktest.Day(sinktest.Athlete, int(readiness.DateOf(time.Now().UTC())-sinktest.Monday))
	s.mustWrite(t, sinktest.Day(sinktest.Athlete, 0), sinktest.Day(sinktest.Athlete, 1), now)
	if s.Dropped() != 2 {
		t.Fatalf("counted %d dropped points, want 2", s.Dropped())
	}
	s.holds(t, now)
}

func TestBucketIsKeptForEverInLongShards(t *testing.T) {
	server := sinktest.StartInfluxd(t, sinktest.InfluxConfig{})
	for bucket, policy := range map[string]string{"plain": "autogen", "two/years": "years", `it's "odd"/p`: "p"} {
		s := influx.New(influx.Options{URL: server.URL, Bucket: bucket})
		defer s.Close()
		if err := s.Write(t.Context(), []readiness.Result{sinktest.Day(sinktest.Athlete, 0)}); err != nil {
			t.Fatalf("%s: %v", bucket, err)
		}
		database, _, _ := strings.Cut(bucket, "/")
		found, err := server.Query(t.Context(), database, "SHOW RETENTION POLICIES")
		if err != nil || len(found) != 1 || len(found[0].Values) != 1 {
			t.Fatalf("%s: %v %v", bucket, found, err)
		}
		if got := fmt.Sprint(found[0].Values[0][:3]); got != fmt.Sprintf("[%s 0s 8736h0m0s]", policy) {
			t.Fatalf("%s: policy %s", bucket, got)
		}
	}
	added := influx.New(influx.Options{URL: server.URL, Bucket: "plain/more"})
	defer added.Close()
	if err := added.Write(t.Context(), []readiness.Result{sinktest.Day(sinktest.Athlete, 0)}); err != nil {
		t.Fatal(err)
	}
}

func TestDuplicateRunIsNotStored(t *testing.T) {
	s, _ := behindProxy(t, sinktest.InfluxConfig{})
	start := sinktest.RunNo(sinktest.Athlete, 0).At
	kept, other := sinktest.RunAt(sinktest.Athlete, "kept", "running", start), sinktest.RunAt(sinktest.Athlete, "other", "running", start)
	s.mustWrite(t, other) // known first
	duplicate := sinktest.RunAt(sinktest.Athlete, "other", "running", start)
	duplicate.Run.DuplicateOf = "id-kept"
	for _, order := range [][]readiness.Result{{kept, duplicate}, {duplicate, kept}} {
		s.mustWrite(t, order...)
		s.holds(t, kept)
	}
	s.mustWrite(t, duplicate)
	s.holds(t, kept)
}

func TestHostileSport(t *testing.T) {
	s, _ := behindProxy(t, sinktest.InfluxConfig{})
	var all []readiness.Result
	for i, text := range append(slices.Clone(sinktest.Hostile), "", " ", strings.Repeat("é", 500), "\xff", "\x00") {
		r := sinktest.RunNo(sinktest.Athlete, i)
		r.Run.Row["sport"] = readiness.Text(text)
		all = append(all, r)
	}
	s.mustWrite(t, all...)
	s.mustWrite(t, all...)
	points, err := s.Points(t.Context(), "run", sinktest.Athlete)
	if err != nil || len(points) != len(all) {
		t.Fatalf("%d of %d runs stored, %v", len(points), len(all), err)
	}
	for key, p := range points {
		if p.Sport == "" {
			t.Fatalf("%s has no sport", key)
		}
	}
	for _, r := range all {
		s.mustWrite(t, gone(r))
	}
	s.holds(t)
}

// Filling a new bucket deletes nothing, and a request is made per batch, not
// per result.
func TestBackfillIsCheap(t *testing.T) {
	s, proxy := behindProxy(t, sinktest.InfluxConfig{})
	all := sinktest.Season(sinktest.Athlete, 3650)
	begin := time.Now()
	s.mustWrite(t, all...)
	s.holds(t, all...)
	if n := proxy.Count("/"); n > 10 {
		t.Fatalf("%d requests for one batch", n)
	}
	t.Logf("%d results in %v", len(all), time.Since(begin))
}
