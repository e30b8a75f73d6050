package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"afterrun/configs"
	"afterrun/ingest/bus"
	"afterrun/ingest/watch"
	"afterrun/readiness"
)

// finding is one thing the doctor looked at. A remedy says what to do.
type finding struct {
	Part   string `json:"part"`
	State  string `json:"state"` // ok | note | bad
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

func good(part, format string, args ...any) finding {
	return finding{Part: part, State: "ok", Text: fmt.Sprintf(format, args...)}
}

func bad(part, text, remedy string) finding {
	return finding{Part: part, State: "bad", Text: text, Remedy: remedy}
}

func note(part, text, remedy string) finding {
	return finding{Part: part, State: "note", Text: text, Remedy: remedy}
}

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look at everything that can be wrong, and say what to do",
		Long:    "Doctor looks at the configuration, the data folder, its lock and its disk, NATS, the\nsynced folders and whether the system tells of new files there, InfluxDB, the\nchannels of warnings and the clock. It changes nothing. Exit code 1 when something is wrong.",
		Example: "  afterrun doctor\n  afterrun doctor --json",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) doctor(ctx context.Context, asJSON bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	found := slices.Concat([]finding{a.examineConfig()}, a.examineData(ctx), a.examineFolders(ctx), a.examineInflux(ctx), a.examineAlerts(), a.examineClock(ctx))
	if asJSON {
		if err := printJSON(a.out, found); err != nil {
			return err
		}
	} else if err := a.printFindings(found); err != nil {
		return err
	}
	n := 0
	for _, f := range found {
		if f.State == "bad" {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d checks found a fault", n, len(found))
	}
	return nil
}

func (a *app) printFindings(found []finding) error {
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	for _, f := range found {
		say(w, "%s\t%s\t%s", f.State, f.Part, printable(f.Text))
		if f.Remedy != "" {
			say(w, "\t\t→ %s", printable(f.Remedy))
		}
	}
	return w.Flush()
}

// examineConfig says which configuration is in force; a faulty one ends every
// command before it begins.
func (a *app) examineConfig() finding {
	path := a.configPath
	if path == "" {
		path = defaultConfig(a.env("XDG_CONFIG_HOME"), a.env("HOME"))
	}
	if path == "" {
		return note("configuration", "none, the defaults are in force", "nothing has to be configured; `afterrun config reference` prints every key")
	}
	return good("configuration", "%s is valid", path)
}

// examineData looks at the data folder, at who uses it, and at what is in it.
func (a *app) examineData(ctx context.Context) []finding {
	dir, err := a.dataDir()
	if err != nil {
		return []finding{bad("data folder", err.Error(), "set HOME, or pass --data DIR")}
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		missing := note("data folder", dir+" does not exist yet", "`afterrun up FOLDER` or `afterrun import PATH` makes it")
		if a.cfg.NATS.URL == "" {
			return []finding{missing}
		}
		return append([]finding{missing}, a.examineNATS(ctx, dir)...)
	case err != nil:
		return []finding{bad("data folder", err.Error(), "make it readable for this user")}
	case !info.IsDir():
		return []finding{bad("data folder", dir+" is a file", "choose another with --data DIR")}
	}
	if err := usable(dir); err != nil {
		return []finding{bad("data folder", dir+": "+err.Error(), "make it this user's, or choose another with --data DIR")}
	}
	found := []finding{examineAccess(dir, info)}
	found = append(found, examineRoom(dir)...)
	if r := running(ctx, dir); r != nil {
		return append(found, examineRunning(ctx, r)...)
	}
	if a.cfg.NATS.URL == "" {
		found = append(found, note("running program", "none", "start it with: "+a.upLine()))
	}
	return append(found, a.examineNATS(ctx, dir)...)
}

func examineAccess(dir string, info os.FileInfo) finding {
	const groupAndOthers = 0o077
	if info.Mode().Perm()&groupAndOthers != 0 {
		return note("data folder", fmt.Sprintf("%s can be opened by others (%v)", dir, info.Mode().Perm()), "chmod 700 "+dir)
	}
	return good("data folder", "%s", dir)
}

// leastRoom is what a month of runs and the rewriting of the store may take.
const leastRoom = 100 << 20

// examineRoom says how much the disk still takes, where the system tells.
func examineRoom(dir string) []finding {
	free, err := freeBytes(dir)
	switch {
	case err != nil:
		return nil
	case free < leastRoom:
		return []finding{bad("disk", fmt.Sprintf("%d MiB are free where the data folder lies", free>>20), "make room: until then what arrives waits")}
	}
	return []finding{good("disk", "%.1f GiB are free where the data folder lies", float64(free)/(1<<30))}
}

// examineRunning asks the running program.
func examineRunning(ctx context.Context, r *remote) []finding {
	s, err := r.status(ctx)
	if err != nil {
		return []finding{bad("running program", err.Error(), "stop it and start it again: afterrun up")}
	}
	found := []finding{good("running program", "it answers")}
	for _, f := range s.Folders {
		found = append(found, good("folder "+f.Path, "watched: %s, %d pending", counted(f.Files, "file"), f.Pending))
		for _, text := range f.Warnings {
			found = append(found, bad("folder "+f.Path, text, "see the text; files that are there are found by the scan"))
		}
	}
	if n := len(s.Dead); n > 0 {
		found = append(found, bad("messages", fmt.Sprintf("%d could not be processed, e.g. %s", n, s.Dead[0]), "`afterrun status` lists them; `afterrun rebuild` after an upgrade tries again"))
	}
	return found
}

// examineNATS opens the NATS of a folder that nobody serves, or the external one.
func (a *app) examineNATS(ctx context.Context, dir string) []finding {
	b, err := a.connect(ctx, dir)
	var locked *bus.LockedError
	switch {
	case errors.As(err, &locked):
		return []finding{bad("lock", err.Error(), "another command is at work, or a running program does not answer: wait for it, or stop it")}
	case err != nil:
		return []finding{bad("NATS", err.Error(), a.natsRemedy())}
	}
	info, err := b.Info(ctx)
	if err = errors.Join(err, b.Close()); err != nil {
		return []finding{bad("NATS", err.Error(), a.natsRemedy())}
	}
	var parts []string
	for name, n := range info.Messages {
		parts = append(parts, fmt.Sprintf("%s %d messages", name, n))
	}
	slices.Sort(parts)
	return []finding{good("NATS", "%s", strings.Join(parts, ", "))}
}

func (a *app) natsRemedy() string {
	if a.cfg.NATS.URL != "" {
		return "check nats.url, user and password or creds_file, and that the server has JetStream: nats-server -js"
	}
	return "if the disk is not full, the streams can be made anew: afterrun rebuild --events"
}

// examineFolders looks at the synced folders of the configuration.
func (a *app) examineFolders(ctx context.Context) []finding {
	if dir, err := a.dataDir(); err == nil && len(a.cfg.Folders) == 0 && running(ctx, dir) != nil {
		return nil // the running program has its own
	}
	if len(a.cfg.Folders) == 0 {
		return []finding{note("folders", "none in the configuration", "say `afterrun up FOLDER`, or list them under folders")}
	}
	var found []finding
	if err := a.foldersApart(); err != nil {
		found = append(found, bad("folders", err.Error(), "nothing starts until then"))
	}
	for _, f := range a.cfg.Folders {
		path, err := filepath.Abs(a.expand(f.Path))
		if err != nil {
			found = append(found, bad("folder "+f.Path, err.Error(), "write an absolute path"))
			continue
		}
		found = append(found, a.examineFolder(ctx, f, path)...)
	}
	return found
}

func (a *app) examineFolder(ctx context.Context, f configs.Folder, path string) []finding {
	entries, err := os.ReadDir(path)
	if err != nil {
		return []finding{bad("folder "+path, err.Error(), "is it mounted, and may this user read it?")}
	}
	part := "folder " + path
	found := []finding{good(part, "readable, %d entries", len(entries))}
	if data, err := a.dataDir(); err == nil && holds(path, data) {
		found = append(found, bad(part, "the data folder "+data+" lies in it, where nothing is ever written", "choose another with --data DIR"))
	}
	if f.AthletesFrom != "" {
		found = append(found, a.examineSubfolders(part, entries)...)
	}
	if !a.cfg.Watch.Events {
		return append(found, note(part, "events are switched off (watch.events)", fmt.Sprintf("new files are found every %v", a.cfg.Watch.ScanEvery)))
	}
	return append(found, a.examineEvents(ctx, part, path))
}

// examineSubfolders finds sub-folders that are nobody's.
func (a *app) examineSubfolders(part string, entries []os.DirEntry) []finding {
	var found []finding
	for _, e := range entries {
		_, known := a.cfg.Athletes[readiness.AthleteID(e.Name())]
		if e.IsDir() && watch.Candidate(e.Name()) && !known {
			found = append(found, bad(part, fmt.Sprintf("sub-folder %q is no configured athlete: its files are not read", e.Name()), "add it under athletes, or rename it to an athlete's id"))
		}
	}
	return found
}

// examineEvents says whether the system tells of new files. That cannot be tried
// out: nothing is ever written into a synced folder.
func (a *app) examineEvents(ctx context.Context, part, path string) finding {
	p := watch.ProbeEvents(ctx, path)
	every := fmt.Sprintf("files are found all the same, by a look every %v (watch.scan_every)", a.cfg.Watch.ScanEvery)
	switch {
	case p.Err != nil:
		return note(part, "events do not work: "+p.Err.Error(), every+"; on Linux, raise fs.inotify.max_user_watches")
	case p.Network:
		return note(part, "it lies on a file server or a mount of a container: the system does not tell of files that other machines write", every)
	}
	return good(part, "the system tells of new files in %d folders", p.Folders)
}

// examineInflux asks InfluxDB whether it is there.
func (a *app) examineInflux(ctx context.Context) []finding {
	if a.cfg.Influx.URL == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(a.cfg.Influx.URL, "/")+"/ping", nil)
	if err != nil {
		return []finding{bad("InfluxDB", err.Error(), "influx.url is like http://localhost:8086")}
	}
	resp, err := (&http.Client{Timeout: a.cfg.Influx.Timeout}).Do(req)
	if err != nil {
		return []finding{bad("InfluxDB", err.Error(), "is it running, and is influx.url right? What is due is sent when it is back")}
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode >= http.StatusBadRequest {
		return []finding{bad("InfluxDB", "it answers "+resp.Status, "check influx.url and what stands before the server")}
	}
	return []finding{good("InfluxDB", "%s answers, version %s", withoutLogin(a.cfg.Influx.URL), resp.Header.Get("X-Influxdb-Version"))}
}

// oldestClock is before any release: a clock that shows less was never set.
var oldestClock = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// examineClock compares the clock with the calendar and with the newest file.
func (a *app) examineClock(ctx context.Context) []finding {
	now := a.now()
	if now.Before(oldestClock) {
		return []finding{bad("clock", "it shows "+now.Format(time.RFC3339), "set the system's clock (NTP): verdicts are about today")}
	}
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return []finding{good("clock", "%s", now.Format(time.RFC3339))}
	}
	files, err := s.Files(ctx, athlete)
	if err = errors.Join(err, s.Close()); err != nil {
		return []finding{bad("store", err.Error(), "afterrun rebuild makes it anew from the events")}
	}
	for _, f := range files {
		if f.Seen.After(now.Add(time.Hour)) {
			return []finding{bad("clock", fmt.Sprintf("it shows %s, but %s was read at %s", now.Format(time.RFC3339), f.Path, f.Seen.Format(time.RFC3339)), "set the system's clock (NTP)")}
		}
	}
	return []finding{good("clock", "%s", now.Format(time.RFC3339))}
}
