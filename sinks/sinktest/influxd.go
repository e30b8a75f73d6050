package sinktest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// influxVersion is the last InfluxDB that `go install` can build.
const influxVersion = "v1.8.10"

// InfluxConfig changes the server's configuration.
type InfluxConfig struct {
	MaxBody int // bytes of one request, 0 = the server's default
}

// Influxd is a running InfluxDB 1.8 on a loopback port, with Flux and without
// passwords.
type Influxd struct {
	URL string

	t       testing.TB
	binary  string
	config  string
	log     *os.File
	process *exec.Cmd
	exited  chan struct{}
}

// StartInfluxd starts a server on an empty folder and stops it when the test
// ends. The first call on a machine builds the server.
func StartInfluxd(t testing.TB, c InfluxConfig) *Influxd {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real InfluxDB, left out by -short")
	}
	binary, err := influxBinary()
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	s := &Influxd{URL: "http://" + address, t: t, binary: binary, config: writeConfig(t, address, c)}
	if s.log, err = os.Create(filepath.Join(filepath.Dir(s.config), "influxd.log")); err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Stop()
		_ = s.log.Close() // nothing is read after this
	})
	return s
}

// Start starts a stopped server on the same address and data.
func (s *Influxd) Start() {
	s.t.Helper()
	cmd := exec.Command(s.binary, "-config", s.config)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start influxd: %v", err)
	}
	s.process, s.exited = cmd, make(chan struct{})
	go func(done chan struct{}) {
		_ = cmd.Wait() // it is killed
		close(done)
	}(s.exited)
	s.awaitHealth()
}

// Stop kills the server without warning, as a power cut would.
func (s *Influxd) Stop() {
	s.t.Helper()
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill() // may have exited already
	<-s.exited
	s.process = nil
}

func (s *Influxd) awaitHealth() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !s.healthy(ctx) {
		select {
		case <-s.exited:
			s.t.Fatalf("influxd ended: see %s", s.log.Name())
		case <-ctx.Done():
			s.t.Fatal("influxd is not healthy after a minute")
		case <-tick.C:
		}
	}
}

func (s *Influxd) healthy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close() // only the status counts
	return resp.StatusCode == http.StatusOK
}

// Series is a series of an InfluxQL answer; times are Unix nanoseconds.
type Series struct {
	Name    string            `json:"name"`
	Tags    map[string]string `json:"tags"`
	Columns []string          `json:"columns"`
	Values  [][]any           `json:"values"` // numbers as json.Number
}

// Query runs one InfluxQL statement.
func (s *Influxd) Query(ctx context.Context, database, statement string) ([]Series, error) {
	target := s.URL + "/query?" + url.Values{"db": {database}, "q": {statement}, "epoch": {"ns"}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read to the end below
	var answer struct {
		Results []struct {
			Series []Series `json:"series"`
			Error  string   `json:"error"`
		} `json:"results"`
		Error string `json:"error"`
	}
	d := json.NewDecoder(resp.Body)
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return nil, err
	}
	if len(answer.Results) != 1 || answer.Results[0].Error != "" {
		return nil, fmt.Errorf("query %q: %s %+v", statement, answer.Error, answer.Results)
	}
	return answer.Results[0].Series, nil
}

// WriteLines stores lines of line protocol, as another program would.
func (s *Influxd) WriteLines(database, lines string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+"/write?db="+url.QueryEscape(database), strings.NewReader(lines))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusNoContent {
		s.t.Fatalf("write %q: %s %s %v", lines, resp.Status, body, err)
	}
	_ = resp.Body.Close() // read to its end
}

// influxBinary builds the server once into the user's cache folder. Packages
// tested at the same time wait for one another.
func influxBinary() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "afterrun", "influxd-"+strings.TrimPrefix(influxVersion, "v"))
	return buildOnce(dir)
}

func buildOnce(dir string) (string, error) {
	binary := filepath.Join(dir, "influxd")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	return binary, build(dir, binary)
}

// build installs into a folder of its own and renames: a build that was cut off
// leaves no half binary behind.
func build(dir, binary string) error {
	fmt.Fprintf(os.Stderr, "sinktest: building InfluxDB %s once into %s (a minute or two)\n", influxVersion, dir)
	tmp, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // in the cache; the next build does not mind
	cmd := exec.Command("go", "install", "github.com/influxdata/influxdb/cmd/influxd@"+influxVersion)
	cmd.Dir = tmp // outside of any module
	cmd.Env = append(os.Environ(), "GOBIN="+tmp, "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build influxd: %w\n%s", err, out)
	}
	return os.Rename(filepath.Join(tmp, filepath.Base(binary)), binary)
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it is not used
	return l.Addr().String()
}

func writeConfig(t testing.TB, address string, c InfluxConfig) string {
	t.Helper()
	dir := t.TempDir()
	maxBody := ""
	if c.MaxBody > 0 {
		maxBody = fmt.Sprintf("max-body-size = %d", c.MaxBody)
	}
	text := fmt.Sprintf(`reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = %q
[data]
dir = %q
wal-dir = %q
query-log-enabled = false
[http]
bind-address = %q
flux-enabled = true
auth-enabled = false
log-enabled = false
%s
[monitor]
store-enabled = false
[logging]
level = "warn"
`, filepath.Join(dir, "meta"), filepath.Join(dir, "data"), filepath.Join(dir, "wal"), address, maxBody)
	path := filepath.Join(dir, "influxdb.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
