package influx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"

	"afterrun/readiness"
)

// maxLines is how many points go into one request.
const maxLines = 5000

// Options configure a Sink.
type Options struct {
	URL     string        // http://host:8086
	Org     string        // 2.x only
	Bucket  string        // 1.x: "database/retention policy" or "database"
	Token   string        // 1.x: "user:password"; "" = none
	Timeout time.Duration // of one request; 0 = 20 s
	Log     *slog.Logger  // nil = slog.Default()

	Recording Recording // where WriteSamples takes them from
}

// Sink writes results to InfluxDB. It is safe for use by several goroutines;
// calls follow one another.
type Sink struct {
	options  Options
	database string // what InfluxQL calls the bucket
	policy   string // "" = the default
	client   influxdb2.Client
	write    api.WriteAPIBlocking
	log      *slog.Logger

	mu      sync.Mutex
	ready   bool // server seen, bucket there
	v1      bool // speaks InfluxQL for deleting and creating
	dropped int  // points beyond retention
}

// New returns a Sink. It does not touch the network: the first Write looks for
// the server and creates the bucket, kept for ever, if it may.
func New(o Options) *Sink {
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Sink{options: o, log: o.Log}
	s.database, s.policy, _ = strings.Cut(o.Bucket, "/")
	s.client = influxdb2.NewClientWithOptions(o.URL, o.Token, influxdb2.DefaultOptions().SetHTTPClient(httpClient(o.Timeout)))
	s.write = s.client.WriteAPIBlocking(o.Org, o.Bucket)
	return s
}

// httpClient follows no redirect: a POST would become a GET and its 200 would
// look like success.
func httpClient(timeout time.Duration) *http.Client {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = t.Clone()
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     strict{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// strict takes a write for done only when the answer is 204, as InfluxDB's is:
// a portal that answers 200 to everything has stored nothing.
type strict struct{ next *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t strict) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/api/v2/write") {
		return resp, err
	}
	if resp.StatusCode/100 == 2 && resp.StatusCode != http.StatusNoContent {
		_ = resp.Body.Close() // the error below says more
		return nil, fmt.Errorf("%w: status %d to a write, not 204", errNotInflux, resp.StatusCode)
	}
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (t strict) CloseIdleConnections() { t.next.CloseIdleConnections() }

// Close releases the connections.
func (s *Sink) Close() {
	s.client.Close()
	s.client.Options().HTTPClient().CloseIdleConnections()
}

// Dropped is how many points were beyond the bucket's retention so far.
func (s *Sink) Dropped() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Write stores results; when it returns nil, InfluxDB has confirmed all of
// them. The same (Athlete, Kind, Key) again replaces the earlier point as a
// whole, also when the run's start or sport changed; a deleted one removes it, a
// run with its samples; a run that duplicates another is not stored. Repeating a
// call changes nothing, and repairs a call that was cut off anywhere.
//
// Errors: *readiness.PartialError for results that no retry can cure, all others
// being stored; *Misconfigured and *Unavailable, both temporary, with RetryAfter;
// else the context's error.
func (s *Sink) Write(ctx context.Context, results []readiness.Result) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	groups, rejected := encode(results)
	err := s.store(ctx, groups, rejected)
	if err == nil {
		err = s.forgetSamples(ctx, results, rejected)
	}
	if err != nil {
		s.ready = s.ready && !errors.Is(err, errNotFound)
		return err
	}
	if len(rejected) > 0 {
		return &readiness.PartialError{Rejected: rejected}
	}
	return nil
}

// store deletes points that would keep fields of the past, writes, and deletes
// points that moved away or are gone. Only the first step leaves a gap, which
// the write after it closes; a crash between them leaves the message
// unacknowledged, so the write comes.
func (s *Sink) store(ctx context.Context, groups []*group, rejected map[int]error) error {
	if len(groups) == 0 {
		return nil
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	before, after, err := s.plan(ctx, groups)
	if err != nil {
		return err
	}
	if err := s.remove(ctx, before); err != nil {
		return err
	}
	if err := s.send(ctx, pointsOf(groups), rejected); err != nil {
		return err
	}
	return s.remove(ctx, after)
}

func pointsOf(groups []*group) []point {
	var all []point
	for _, g := range groups {
		for _, k := range g.keys {
			if p, ok := g.points[k]; ok {
				all = append(all, p)
			}
		}
	}
	return all
}

// send writes the points in requests of bounded size. A line that InfluxDB does
// not accept is put among the rejected.
func (s *Sink) send(ctx context.Context, points []point, rejected map[int]error) error {
	for part := range slices.Chunk(points, maxLines) {
		if err := s.sendPart(ctx, part, rejected); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sink) sendPart(ctx context.Context, points []point, rejected map[int]error) error {
	lines := make([]string, len(points))
	for i, p := range points {
		lines[i] = p.line()
	}
	err := s.classified(ctx, s.write.WriteRecord(ctx, lines...))
	switch {
	case errors.Is(err, errRetention):
		s.countDropped(err)
		return nil
	case !errors.Is(err, errBadLine) && !errors.Is(err, errTooLarge):
		return err
	case len(points) == 1:
		p := points[0]
		rejected[p.index] = fmt.Errorf("%s %q of %q: %w: %w", p.series.measurement, p.key, p.series.athlete, err, readiness.ErrInvalid)
		return nil
	}
	half := len(points) / 2
	if err := s.sendPart(ctx, points[:half], rejected); err != nil {
		return err
	}
	return s.sendPart(ctx, points[half:], rejected)
}

var droppedText = regexp.MustCompile(`dropped[ =](\d+)`)

// countDropped says once that the bucket does not keep everything: what it
// drops is not worth stopping for, and stays in the store.
func (s *Sink) countDropped(err error) {
	n := 1
	if m := droppedText.FindStringSubmatch(err.Error()); m != nil {
		n, _ = strconv.Atoi(m[1]) // digits; at worst the largest int
	}
	if s.dropped == 0 {
		s.log.Warn("influxdb drops points older than the bucket's retention; make the retention infinite to see them", "bucket", s.options.Bucket, "err", err)
	}
	s.dropped += n
}

// drain reads a response to its end, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.Copy(io.Discard, io.LimitReader(body, 1<<20))
	_ = body.Close()
}
