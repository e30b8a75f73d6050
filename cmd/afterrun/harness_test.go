package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"afterrun/cmd/afterrun/season"
)

// program is the real program as a process, with an environment of its own.
type program struct {
	t   *testing.T
	env []string
}

func newProgram(t *testing.T, env ...string) *program {
	t.Helper()
	home := t.TempDir()
	base := []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "TZ=UTC",
		"AFTERRUN_WEB_LISTEN=127.0.0.1:0", "AFTERRUN_WATCH_SETTLE=100ms", "AFTERRUN_WATCH_SCAN_EVERY=1s",
	}
	return &program{t: t, env: append(base, env...)}
}

// command runs this test binary by the name afterrun, see TestMain.
func (p *program) command(args ...string) *exec.Cmd {
	exe, err := exec.LookPath("afterrun")
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(p.t.Context(), exe, args...)
	cmd.Env = p.env
	return cmd
}

// run runs a command to its end and returns what it printed.
func (p *program) run(args ...string) string {
	p.t.Helper()
	cmd := p.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("afterrun %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// process is a running program.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	log *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (p *program) start(args ...string) *process {
	p.t.Helper()
	cmd := p.command(args...)
	s := &process{t: p.t, cmd: cmd, log: &lockedBuffer{}}
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if cmd.ProcessState == nil {
			s.kill()
		}
		if p.t.Failed() {
			p.t.Logf("afterrun %s:\n%s", strings.Join(args, " "), s.log)
		}
	})
	return s
}

// stop ends the process as Ctrl-C does; it must end cleanly.
func (s *process) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatalf("end after Ctrl-C: %v\n%s", err, s.log)
	}
}

// kill ends the process as a power cut does.
func (s *process) kill() {
	_ = s.cmd.Process.Signal(syscall.SIGKILL) // it may have ended already
	_ = s.cmd.Wait()                          // the signal is the error
}

// await polls until the condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			t.Fatalf("gave up waiting: %s", what)
		case <-tick.C:
		}
	}
}

// status asks the program; ok is false while it cannot answer.
func (p *program) status(data string) (statusReport, bool) {
	var r statusReport
	out, err := p.command("status", "--json", "--data", data).Output()
	return r, err == nil && json.Unmarshal(out, &r) == nil
}

// awaitQuiet waits until the running program has settled that many files and
// has nothing left to do.
func (p *program) awaitQuiet(data string, files int) {
	p.t.Helper()
	var last statusReport
	await(p.t, "all files settled", func() bool {
		r, ok := p.status(data)
		last = r
		n := 0
		for _, c := range r.Files {
			n += c
		}
		waiting := uint64(0)
		for _, q := range r.Queues {
			waiting += q
		}
		return ok && r.Running && n >= files && r.Files["pending"] == 0 && waiting == 0
	})
	if p.t.Failed() {
		p.t.Logf("last status: %+v", last)
	}
}

// exported is every number the program has.
func (p *program) exported(data string) string {
	p.t.Helper()
	return p.run("export", "--data", data, "--kind", "days", "--reasons", "--quality") +
		p.run("export", "--data", data, "--kind", "runs", "--reasons", "--quality")
}

// seasonFolder writes a synthetic season into a new folder.
func seasonFolder(t *testing.T, days int) (string, []string) {
	t.Helper()
	dir := t.TempDir()
	if _, err := season.Write(dir, season.Options{End: time.Now(), Days: days, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return dir, names
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// replaceOnce fills the one %s of a pattern.
func replaceOnce(pattern, name string) string { return strings.Replace(pattern, "%s", name, 1) }

// firstDifference shows where two exports part.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "line " + g[i] + "\nwant " + w[i]
		}
	}
	return "one is longer: " + strconv.Itoa(len(g)) + " and " + strconv.Itoa(len(w)) + " lines"
}

// natsServer is a real NATS server with a user, on a free loopback port.
func natsServer(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		Username: "afterrun", Password: "geheim",
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("nats-server does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s.ClientURL()
}

// fileInfo describes a file that was never on a disk.
type fileInfo struct {
	name string
	size int64
	at   time.Time
}

func (f fileInfo) Name() string       { return f.name }
func (f fileInfo) Size() int64        { return f.size }
func (f fileInfo) Mode() fs.FileMode  { return 0o600 }
func (f fileInfo) ModTime() time.Time { return f.at }
func (f fileInfo) IsDir() bool        { return false }
func (f fileInfo) Sys() any           { return nil }
