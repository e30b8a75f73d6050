package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// snapshot is everything about a folder that a sync tool could notice.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%x\n", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The folder belongs to the sync tool: whatever is in it, and whatever happens
// to the program, nothing in it is changed.
func TestNothingInTheFolderIsEverChanged(t *testing.T) {
	folder, names := seasonFolder(t, 30)
	for name, content := range map[string]string{
		"wrong.fit": "<gpx/>", "rubbish.csv": "date,fatigue\nyesterday,very\n", "notes.txt": "x", "x.json": "{}",
		".syncthing.a.fit.tmp": "x", "b.gpx.part": "x", "desktop.ini": "x",
	} {
		write(t, folder, name, []byte(content))
	}
	if err := os.Chmod(filepath.Join(folder, names[0]), 0o400); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, folder)
	p := newProgram(t)
	data := t.TempDir()
	up := p.start("up", folder, "--data", data)
	p.awaitQuiet(data, len(names)+4)
	up.kill()
	up = p.start("up", folder, "--data", data)
	p.awaitQuiet(data, len(names)+4)
	out, err := p.command("import", folder, "--data", data).CombinedOutput() // through the running one
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitNothing {
		t.Errorf("import of a folder with rubbish: %v\n%s", err, out)
	}
	up.stop()
	if after := snapshot(t, folder); after != before {
		t.Errorf("the folder was changed: %s", firstDifference(after, before))
	}
}

// Who keeps the terminal open reads there what a new file means.
func TestUpTellsWhatANewFileMeans(t *testing.T) {
	src, names := seasonFolder(t, 40)
	folder, data := t.TempDir(), t.TempDir()
	p := newProgram(t)
	up := p.start("up", folder, "--data", data)
	await(t, "the page", func() bool { return strings.Contains(up.log.String(), "Page: ") })
	if !strings.Contains(up.log.String(), "Nothing to read yet") {
		t.Errorf("it says\n%s", up.log)
	}
	for _, name := range names {
		write(t, folder, name, read(t, src, name))
	}
	today := time.Now().UTC().Format(time.DateOnly)
	await(t, "a verdict", func() bool {
		return regexp.MustCompile(`(?m)^` + today + `  [A-Z]+  \d+ of 100`).MatchString(up.log.String())
	})
	write(t, folder, "rubbish.fit", []byte("no watch wrote this"))
	await(t, "a word about rubbish", func() bool {
		return strings.Contains(up.log.String(), "1 file could not be used: `afterrun files --state refused`")
	})
	p.awaitQuiet(data, len(names)+1)
	told := up.log.String()
	p.run("checkin", "--illness", "1", "--data", data)
	await(t, "another verdict", func() bool {
		return strings.Contains(strings.TrimPrefix(up.log.String(), told), today+"  REST")
	})
	up.stop()
}

func TestAlertTestTellsOfEveryChannel(t *testing.T) {
	l := newListener(t)
	p := newProgram(t, `AFTERRUN_ALERTS_CHANNELS=[{name: good, webhook: "`+l.URL+`"}, {name: gone, webhook: "http://127.0.0.1:1/s3cr3t", token: t0ken}]`)
	cmd := p.command("alert", "test")
	out, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != exitFault {
		t.Errorf("%v, want exit code 1: a channel failed", err)
	}
	text := string(out)
	if !strings.Contains(text, "good: delivered") || !strings.Contains(text, "gone: cannot reach the server: ") {
		t.Errorf("it says %s", text)
	}
	if strings.Contains(text, "s3cr3t") || strings.Contains(text, "t0ken") {
		t.Errorf("a secret is shown: %s", text)
	}
	if m := l.messages(); len(m) != 1 || m[0].Kind != "test" {
		t.Errorf("received %+v", m)
	}
}

// Beside a running program the doctor looks at the folders which that one has,
// and a check that needs the data for itself says so.
func TestTheDoctorSeesTheFoldersOfTheRunningProgram(t *testing.T) {
	folder, data := t.TempDir(), t.TempDir()
	write(t, folder, "check-in.csv", []byte("date,mood\n2026-01-05,4\n"))
	p := newProgram(t)
	up := p.start("up", folder, "--data", data)
	p.awaitQuiet(data, 1)
	found := p.run("doctor", "--data", data)
	if !regexp.MustCompile(`(?m)^ok +folder `+regexp.QuoteMeta(folder)+` +watched: 1 file, 0 pending$`).MatchString(found) || strings.Contains(found, "none in the configuration") {
		t.Errorf("the doctor says\n%s", found)
	}
	out, err := p.command("verify", "--data", data).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitFault || string(out) != "afterrun: afterrun is running on "+data+": stop it first\n" {
		t.Errorf("verify: %v\n%s", err, out)
	}
	up.stop()
}
