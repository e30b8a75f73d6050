package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"afterrun/configs"
	"afterrun/ingest/bus"
	"afterrun/readiness"
)

// TestMain lets this test binary be the real program: run by the name
// afterrun, it is `main`, in a process of its own that can be killed.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"afterrun": main})
}

// TestScripts runs the command line as people use it; every file of
// testdata/script is one story.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": exitsWith},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_DATA_HOME", "")
			e.Setenv("XDG_CONFIG_HOME", "")
			return os.Mkdir(e.WorkDir+"/sync", 0o700)
		},
	})
}

// exitsWith is the script command `code N program args…`: the program must end
// with exit code N.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%s: %v", strings.Join(args[1:], " "), err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// Half an export or half a rebuild must not look like a whole one to a script.
func TestACommandThatIsInterruptedIsNotDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data := t.TempDir()
	code := run(ctx, []string{"rebuild", "--data", data}, strings.NewReader(""), t.Output(), t.Output(), nil)
	if code != exitFault {
		t.Errorf("exit code %d, want %d", code, exitFault)
	}
	await(t, "NATS has left the folder", func() bool {
		release, err := bus.Lock(filepath.Join(data, lockFile), time.Now())
		return err == nil && release() == nil
	})
}

// Nobody saw the verdict that it was to print.
func TestOneLookThatIsInterruptedIsNotDone(t *testing.T) {
	for _, args := range [][]string{{"demo", "--once"}, {"up", "--once", t.TempDir(), "--data", t.TempDir()}} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if code := run(ctx, args, strings.NewReader(""), t.Output(), t.Output(), nil); code != exitFault {
			t.Errorf("%s: exit code %d, want %d", args[0], code, exitFault)
		}
	}
}

// What an import read before a fault does not make the fault less.
func TestAnImportThatCannotStoreIsAFault(t *testing.T) {
	folder, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	write(t, folder, "a.csv", []byte("date,mood\n2026-01-05,4\n"))
	write(t, filepath.Dir(file), "file", []byte("no folder"))
	code := run(t.Context(), []string{"import", folder, filepath.Join(folder, "gone.fit"), "--data", file}, strings.NewReader(""), t.Output(), t.Output(), nil)
	if code != exitFault {
		t.Errorf("exit code %d, want %d", code, exitFault)
	}
}

// The file system of processes has no room at all.
func TestTheDoctorLooksAtTheDisk(t *testing.T) {
	for dir, want := range map[string]string{t.TempDir(): "ok", "/proc": "bad"} {
		if found := examineRoom(dir); len(found) != 1 || found[0].State != want {
			t.Errorf("%s: %+v, want %s", dir, found, want)
		}
	}
	if err := usable(t.TempDir()); err != nil {
		t.Errorf("a new folder: %v", err)
	}
	if err := usable(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there can be used")
	}
}

func TestAStageThatFailsEndsTheCommand(t *testing.T) {
	fault := errors.New("no room")
	err := during(t.Context(),
		func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		stage{"store", func(context.Context) error { return fault }})
	if !errors.Is(err, fault) || errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, fault)
	}
}

// A container runs in UTC, whoever it is for.
func TestTodayIsWhereTheAthleteLives(t *testing.T) {
	late := time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)
	a := &app{now: func() time.Time { return late }, cfg: configs.Config{Athletes: map[readiness.AthleteID]configs.AthleteProfile{"anna": {TimeZone: "Europe/Rome"}}}}
	for id, want := range map[readiness.AthleteID]string{"anna": "2026-11-25", "ben": "2026-11-24"} {
		if got := a.today(id).String(); got != want {
			t.Errorf("today of %s is %s, want %s", id, got, want)
		}
	}
}

// The end of a pseudo terminal is one.
func TestColoursAreForTerminalsWhoseOwnerWantsThem(t *testing.T) {
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() }) // nothing is written
	for _, c := range []struct {
		out     io.Writer
		environ []string
		want    bool
	}{
		{tty, nil, true},
		{tty, []string{"NO_COLOR=1"}, false},
		{tty, []string{"TERM=dumb"}, false},
		{t.Output(), nil, false},
	} {
		if got := (&app{out: c.out, environ: c.environ}).colour(); got != c.want {
			t.Errorf("%T %v: %t", c.out, c.environ, got)
		}
	}
	if paint("ready", true) == paint("ready", false) || paint("ready", false) != "READY" {
		t.Errorf("%q and %q", paint("ready", true), paint("ready", false))
	}
}

func TestAFileNameDoesNotSteerTheTerminal(t *testing.T) {
	data, folder := t.TempDir(), t.TempDir()
	write(t, folder, "a\x1b[2J.csv", []byte("date,fatigue\n2026-11-20,4\n"))
	var out strings.Builder
	if code := run(t.Context(), []string{"import", "--dry-run", folder, "--data", data}, strings.NewReader(""), &out, t.Output(), nil); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "[2J.csv") {
		t.Errorf("it prints %q", out.String())
	}
}
