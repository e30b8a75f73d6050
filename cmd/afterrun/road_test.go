package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The main road with the real program: however the files arrive, and whatever
// happens in between, the same files give the same bytes of export.

const roadDays = 45

func TestSameBytesHoweverFilesArrive(t *testing.T) {
	src, names := seasonFolder(t, roadDays)
	p := newProgram(t)
	want := p.reference(src)
	for _, way := range []struct {
		name    string
		deliver func(t *testing.T, dst, name string, content []byte)
		copies  int
	}{
		{"slow copy", slowCopy, 1},
		{"rename", viaTemp("incoming-%s.tmp"), 1},
		{"syncthing", viaTemp(".syncthing.%s.tmp"), 1},
		{"nextcloud", viaTemp(".%s.~1a2b3c"), 1},
		{"rsync", viaTemp(".%s.Xa81bQ"), 1},
		{"twice", twice, 2},
	} {
		t.Run(way.name, func(t *testing.T) {
			p := newProgram(t)
			folder, data := t.TempDir(), t.TempDir()
			up := p.start("up", folder, "--data", data)
			for _, i := range rand.New(rand.NewPCG(1, uint64(len(way.name)))).Perm(len(names)) {
				way.deliver(t, folder, names[i], read(t, src, names[i]))
			}
			p.awaitQuiet(data, way.copies*len(names))
			up.stop()
			if got := p.exported(data); got != want {
				t.Errorf("export differs after arrival by %s: %s", way.name, firstDifference(got, want))
			}
		})
	}
}

// reference is the export after a plain import.
func (p *program) reference(src string) string {
	p.t.Helper()
	data := p.t.TempDir()
	p.run("import", src, "--data", data)
	return p.exported(data)
}

func slowCopy(t *testing.T, dst, name string, content []byte) {
	f, err := os.Create(filepath.Join(dst, name))
	if err != nil {
		t.Fatal(err)
	}
	for len(content) > 0 {
		n := min(len(content), 20_000)
		if _, err := f.Write(content[:n]); err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		content = content[n:]
		<-time.After(3 * time.Millisecond) // a slow writer is what is tested
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func viaTemp(pattern string) func(*testing.T, string, string, []byte) {
	return func(t *testing.T, dst, name string, content []byte) {
		tmp := filepath.Join(dst, replaceOnce(pattern, name))
		if err := os.WriteFile(tmp, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(tmp, filepath.Join(dst, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func twice(t *testing.T, dst, name string, content []byte) {
	write(t, dst, name, content)
	ext := filepath.Ext(name)
	write(t, dst, name[:len(name)-len(ext)]+" (1)"+ext, content)
}

func TestKillInTheMiddleChangesNothing(t *testing.T) {
	src, names := seasonFolder(t, roadDays)
	want := newProgram(t).reference(src)
	p := newProgram(t)
	folder, data := t.TempDir(), t.TempDir()
	up := p.start("up", folder, "--data", data)
	for i, name := range names {
		write(t, folder, name, read(t, src, name))
		if i%5 == 4 { // again and again, at whatever it is doing
			<-time.After(time.Duration(rand.IntN(400)) * time.Millisecond)
			up.kill()
			up = p.start("up", folder, "--data", data)
		}
	}
	p.awaitQuiet(data, len(names))
	up.stop()
	if got := p.exported(data); got != want {
		t.Errorf("export differs after kills: %s", firstDifference(got, want))
	}
	// What arrived while it was down is picked up; a second start changes nothing.
	up = p.start("up", folder, "--data", data)
	p.awaitQuiet(data, len(names))
	up.stop()
	if got := p.exported(data); got != want {
		t.Errorf("export differs after a second start: %s", firstDifference(got, want))
	}
}

// Everybody judges by the rules of who watches, whatever the other configurations
// say.
func TestSplitOverProcessesGivesTheSame(t *testing.T) {
	src, _ := seasonFolder(t, roadDays)
	rules := []string{"AFTERRUN_PHYSIOLOGY_PMC_ALPHA=inv", "AFTERRUN_PHYSIOLOGY_HR_MAX=185", "AFTERRUN_PHYSIOLOGY_BANDS_READY=80"}
	want := newProgram(t, rules...).reference(src)
	nats := []string{"AFTERRUN_NATS_URL=" + natsServer(t), "AFTERRUN_NATS_USER=afterrun", "AFTERRUN_NATS_PASSWORD=geheim"}
	p, other := newProgram(t, nats...), newProgram(t, append(nats, "AFTERRUN_PHYSIOLOGY_PMC_ALPHA=ema")...)
	data := t.TempDir()
	running := []*process{
		p.start("sink", "store", "--data", data),
		p.start("work", "--data", t.TempDir()),
		other.start("work", "--data", t.TempDir()),
		newProgram(t, append(nats, rules...)...).start("watch", src, "--data", t.TempDir()),
	}
	for i, want := range []string{"Receiving results", "Computing readiness", "Computing readiness", "Watching " + src} {
		await(t, want, func() bool { return strings.Contains(running[i].log.String(), want) })
	}
	var got string
	await(t, "the export of the split pipeline equals that of one process", func() bool {
		if _, err := os.Stat(filepath.Join(data, "afterrun.db")); err != nil {
			return false
		}
		out, err := p.command("export", "--data", data, "--kind", "runs", "--reasons", "--quality").Output()
		days, err2 := p.command("export", "--data", data, "--kind", "days", "--reasons", "--quality").Output()
		got = string(days) + string(out)
		return err == nil && err2 == nil && got == want
	})
	for _, r := range running {
		r.stop()
	}
	p.seesTheNATS(data, t.TempDir())
}

// seesTheNATS checks what `status` and `doctor` say of an external NATS beside a
// store, and on a machine without one.
func (p *program) seesTheNATS(stored, empty string) {
	p.t.Helper()
	for _, data := range []string{stored, empty, filepath.Join(empty, "new")} {
		r, ok := p.status(data)
		if _, known := r.Queues[durableWork]; !ok || !known || r.Running {
			p.t.Errorf("status on %s: %+v", data, r)
		}
		if out := p.run("doctor", "--data", data); !strings.Contains(out, "AFTERRUN_EVENTS") || strings.Contains(out, "start it with") {
			p.t.Errorf("doctor on %s:\n%s", data, out)
		}
	}
	if out := p.run("status", "--data", stored); !strings.Contains(out, "stages apart") || !strings.Contains(out, "run") {
		p.t.Errorf("status says\n%s", out)
	}
}

func TestImportAndExportBesideARunningUp(t *testing.T) {
	src, names := seasonFolder(t, 30)
	p := newProgram(t)
	want := p.reference(src)
	data := t.TempDir()
	up := p.start("up", t.TempDir(), "--data", data)
	await(t, "up runs", func() bool { r, ok := p.status(data); return ok && r.Running })
	p.run("import", src, "--data", data) // through the running one, visible when it returns
	if got := p.exported(data); got != want {
		t.Errorf("export beside a running up: %s", firstDifference(got, want))
	}
	r, _ := p.status(data)
	if r.Files["published"]+r.Files["duplicate"] != len(names) {
		t.Errorf("files = %v, want %d", r.Files, len(names))
	}
	up.stop()
}

// An import of more than 300 files is interrupted, killed, and run again.
func TestAnInterruptedImportGoesOn(t *testing.T) {
	src, names := seasonFolder(t, 430)
	if len(names) <= 300 {
		t.Fatalf("only %d files", len(names))
	}
	p := newProgram(t)
	data := t.TempDir()
	kept := func() int {
		found, err := filepath.Glob(filepath.Join(data, "originals", "*", "*.zst"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	first := p.start("import", src, "--data", data)
	await(t, "some files are read", func() bool { return kept() > 30 })
	if err := first.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := first.cmd.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != exitFault || !strings.Contains(first.log.String(), "run it again to go on") {
		t.Errorf("%v\n%s", err, first.log)
	}
	some := kept()
	second := p.start("import", src, "--data", data)
	await(t, "more files are read", func() bool { return kept() > some+30 })
	second.kill()
	if n := kept(); n >= len(names) {
		t.Fatalf("all %d files were read before the kill", n)
	}
	out := p.run("import", src, "--data", data)
	if !strings.Contains(out, "published") || strings.Contains(out, "refused") || strings.Contains(out, "pending") {
		t.Errorf("the third import says\n%s", out)
	}
	if got, want := p.exported(data), newProgram(t).reference(src); got != want {
		t.Errorf("export differs after interruptions: %s", firstDifference(got, want))
	}
}

func TestTwoProgramsOnOneFolderAreRefused(t *testing.T) {
	p := newProgram(t)
	data := t.TempDir()
	up := p.start("up", t.TempDir(), "--data", data)
	await(t, "up runs", func() bool { r, ok := p.status(data); return ok && r.Running })
	out, err := p.command("up", t.TempDir(), "--data", data).CombinedOutput()
	if err == nil {
		t.Errorf("a second up started:\n%s", out)
	}
	up.stop()
}

// With a NATS of its own no server locks the folder, but the ledger of alerts and
// the control socket still bear one writer. What only reads or publishes goes
// through the running program.
func TestTwoProgramsOnOneFolderAreRefusedOnAnExternalNATS(t *testing.T) {
	p := newProgram(t, "AFTERRUN_NATS_URL="+natsServer(t), "AFTERRUN_NATS_USER=afterrun", "AFTERRUN_NATS_PASSWORD=geheim")
	data := t.TempDir()
	up := p.start("up", t.TempDir(), "--data", data)
	await(t, "up runs", func() bool { r, ok := p.status(data); return ok && r.Running })
	for _, args := range [][]string{{"up", t.TempDir()}, {"sink"}} {
		out, err := p.command(append(args, "--data", data)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "choose another data folder") {
			t.Errorf("a second %s: %v\n%s", args[0], err, out)
		}
	}
	if r, ok := p.status(data); !ok || !r.Running {
		t.Error("the first one can no longer be asked")
	}
	p.run("checkin", "--soreness", "3", "--data", data)
	up.stop()
	p.run("up", "--once", t.TempDir(), "--data", data) // the folder is free again
}
