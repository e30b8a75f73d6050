package influx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	api "github.com/influxdata/influxdb-client-go/v2/api/http"
)

// shardDays is how much one shard covers. The default of a week makes ten years
// of daily points 26 times slower to read.
const shardDays = 364

// classified turns the client's errors into this package's.
func (s *Sink) classified(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var e *api.Error
	if errors.As(err, &e) {
		return classify(ctx, e)
	}
	return classify(ctx, api.NewError(err))
}

// prepare sees that the server is there and has the bucket, once.
func (s *Sink) prepare(ctx context.Context) error {
	if s.ready {
		return nil
	}
	if err := s.alive(ctx); err != nil {
		return err
	}
	err := s.call(ctx, http.MethodGet, s.server("ready"), "", nil, nil)
	if err != nil && !errors.Is(err, errNotFound) {
		return err
	}
	s.v1 = err != nil // 1.x has no /ready
	if s.v1 {
		err = s.ensureDatabase(ctx)
	} else {
		err = s.ensureBucket(ctx)
	}
	s.ready = err == nil
	return err
}

// alive asks for the health; servers without that page are pinged.
func (s *Sink) alive(ctx context.Context) error {
	health := s.call(ctx, http.MethodGet, s.server("health"), "", nil, nil)
	if health == nil {
		return nil
	}
	if s.call(ctx, http.MethodGet, s.server("ping"), "", nil, nil) == nil {
		return nil
	}
	return health
}

// ensureDatabase creates database and retention policy on 1.x. Without the
// right to look, it leaves the matter to the first write.
func (s *Sink) ensureDatabase(ctx context.Context) error {
	answers, err := s.queryAny(ctx, "SHOW RETENTION POLICIES ON "+name(s.database))
	switch {
	case errors.Is(err, errForbidden):
		return nil
	case err != nil:
		return err
	case len(answers) == 1 && strings.Contains(answers[0].Error, "not found"):
		return s.create(ctx, s.createDatabase())
	case len(answers) == 1 && answers[0].Error == "" && s.policy != "" && !answers[0].has(s.policy):
		return s.create(ctx, fmt.Sprintf("CREATE RETENTION POLICY %s ON %s DURATION INF REPLICATION 1 SHARD DURATION %dd", name(s.policy), name(s.database), shardDays))
	}
	return nil
}

func (s *Sink) createDatabase() string {
	q := fmt.Sprintf("CREATE DATABASE %s WITH DURATION INF REPLICATION 1 SHARD DURATION %dd", name(s.database), shardDays)
	if s.policy != "" {
		q += " NAME " + name(s.policy)
	}
	return q
}

func (s *Sink) create(ctx context.Context, statement string) error {
	if _, err := s.query(ctx, statement); err != nil {
		return fmt.Errorf("create bucket %q: %w", s.options.Bucket, err)
	}
	s.log.Info("created bucket in influxdb", "bucket", s.options.Bucket)
	return nil
}

// has reports whether the first column holds the value.
func (a answer) has(value string) bool {
	for _, s := range a.Series {
		if slices.ContainsFunc(s.Values, func(row []any) bool { return len(row) > 0 && row[0] == value }) {
			return true
		}
	}
	return false
}

// name quotes an identifier for InfluxQL.
func name(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// Bodies of 2.x's API.
type (
	retentionRule struct {
		Type         string `json:"type"`
		EverySeconds int64  `json:"everySeconds"` // 0 = for ever
		ShardSeconds int64  `json:"shardGroupDurationSeconds,omitempty"`
	}
	bucket struct {
		OrgID string          `json:"orgID"`
		Name  string          `json:"name"`
		Rules []retentionRule `json:"retentionRules"`
	}
	buckets struct {
		Buckets []bucket `json:"buckets"`
	}
	orgs struct {
		Orgs []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"orgs"`
	}
)

// ensureBucket creates the bucket on 2.x, unless another writer was faster.
func (s *Sink) ensureBucket(ctx context.Context) error {
	found, err := s.hasBucket(ctx)
	if found || err != nil {
		return err
	}
	if err = s.createBucket(ctx); err != nil {
		if found, again := s.hasBucket(ctx); again == nil && found {
			return nil
		}
	}
	return err
}

// hasBucket looks for the bucket. A token that may not look leaves the matter to
// the first write.
func (s *Sink) hasBucket(ctx context.Context) (bool, error) {
	var found buckets
	err := s.call(ctx, http.MethodGet, s.api("buckets", "org", s.options.Org, "name", s.options.Bucket), "", nil, &found)
	switch {
	case errors.Is(err, errForbidden):
		return true, nil
	case err != nil && !errors.Is(err, errNotFound):
		return false, err
	}
	return len(found.Buckets) > 0, nil
}

func (s *Sink) createBucket(ctx context.Context) error {
	var found orgs
	if err := s.call(ctx, http.MethodGet, s.api("orgs", "org", s.options.Org), "", nil, &found); err != nil {
		return fmt.Errorf("organisation %q: %w", s.options.Org, err)
	}
	if len(found.Orgs) == 0 {
		return &Misconfigured{fmt.Errorf("organisation %q: %w", s.options.Org, errNotFound)}
	}
	rule := retentionRule{Type: "expire", ShardSeconds: int64(shardDays * 24 * time.Hour / time.Second)}
	body, err := json.Marshal(bucket{OrgID: found.Orgs[0].ID, Name: s.options.Bucket, Rules: []retentionRule{rule}})
	if err != nil {
		return err
	}
	if err := s.call(ctx, http.MethodPost, s.api("buckets"), "application/json", body, nil); err != nil {
		return fmt.Errorf("create bucket %q: %w", s.options.Bucket, err)
	}
	s.log.Info("created bucket in influxdb", "bucket", s.options.Bucket)
	return nil
}

// remove deletes spans of points.
func (s *Sink) remove(ctx context.Context, spans []span) error {
	if s.v1 {
		return s.removeV1(ctx, spans)
	}
	for _, sp := range spans {
		if err := s.removeV2(ctx, sp); err != nil {
			return err
		}
	}
	return nil
}

// removeV1 sends many deletions in one request.
func (s *Sink) removeV1(ctx context.Context, spans []span) error {
	for part := range slices.Chunk(spans, 200) {
		statements := make([]string, len(part))
		for i, sp := range part {
			statements[i] = sp.statement()
		}
		if _, err := s.query(ctx, strings.Join(statements, "; ")); err != nil {
			return fmt.Errorf("delete: %w", err)
		}
	}
	return nil
}

func (sp span) statement() string {
	q := fmt.Sprintf(`DELETE FROM %s WHERE "athlete" = %s`, name(sp.series.measurement), literal(sp.series.athlete))
	if sp.series.sport != "" {
		q += ` AND "sport" = ` + literal(sp.series.sport)
	}
	return q + fmt.Sprintf(" AND time >= %d AND time <= %d", sp.from, sp.to)
}

func (s *Sink) removeV2(ctx context.Context, sp span) error {
	predicate := fmt.Sprintf(`_measurement="%s" AND athlete="%s"`, sp.series.measurement, sp.series.athlete)
	if sp.series.sport != "" {
		predicate += ` AND sport="` + stringEscapes.Replace(sp.series.sport) + `"`
	}
	body, err := json.Marshal(map[string]string{
		"start":     time.Unix(0, sp.from).UTC().Format(time.RFC3339Nano),
		"stop":      time.Unix(0, sp.to+1).UTC().Format(time.RFC3339Nano), // said to be exclusive
		"predicate": predicate,
	})
	if err != nil {
		return err
	}
	if err := s.call(ctx, http.MethodPost, s.api("delete", "org", s.options.Org, "bucket", s.options.Bucket), "application/json", body, nil); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	return nil
}

// query runs InfluxQL statements; the error of any of them is returned.
func (s *Sink) query(ctx context.Context, statements string) ([]answer, error) {
	answers, err := s.queryAny(ctx, statements)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		switch {
		case strings.Contains(a.Error, "not found"):
			return nil, &Misconfigured{fmt.Errorf("%w: %s", errNotFound, a.Error)}
		case strings.Contains(a.Error, "not executed"): // all 1.8 says of several statements on a database that is gone
			return nil, &Unavailable{Err: fmt.Errorf("%w: database %q: %s", errNotFound, s.database, a.Error)}
		case a.Error != "":
			return nil, &Unavailable{Err: fmt.Errorf("query: %s", a.Error)}
		}
	}
	return answers, nil
}

// queryAny runs InfluxQL statements, each of which may have an error.
func (s *Sink) queryAny(ctx context.Context, statements string) ([]answer, error) {
	form := url.Values{"q": {statements}}
	target := s.server("query") + "?" + url.Values{"db": {s.database}, "rp": {s.policy}, "epoch": {"ns"}}.Encode()
	var out struct {
		Results []answer `json:"results"`
		Error   string   `json:"error"`
	}
	if err := s.call(ctx, http.MethodPost, target, "application/x-www-form-urlencoded", []byte(form.Encode()), &out); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if out.Error != "" {
		return nil, &Unavailable{Err: fmt.Errorf("query: %s", out.Error)}
	}
	return out.Results, nil
}

// server is the address of a page, api that of 2.x's API with parameters.
func (s *Sink) server(page string) string { return strings.TrimRight(s.options.URL, "/") + "/" + page }

func (s *Sink) api(page string, params ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	return s.server("api/v2/"+page) + "?" + q.Encode()
}

// maxAnswer bounds what is read of one answer, in bytes.
const maxAnswer = 256 << 20

// call does one request; into nil throws the answer away. Errors are
// classified.
func (s *Sink) call(ctx context.Context, method, target, contentType string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return &Misconfigured{err}
	}
	return classify(ctx, s.client.HTTPService().DoHTTPRequest(req,
		func(r *http.Request) {
			if contentType != "" {
				r.Header.Set("Content-Type", contentType)
			}
		},
		func(r *http.Response) error {
			defer drain(r.Body)
			if into == nil {
				return nil
			}
			d := json.NewDecoder(io.LimitReader(r.Body, maxAnswer))
			d.UseNumber()
			return d.Decode(into)
		}))
}
