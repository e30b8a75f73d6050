package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"afterrun/cmd/afterrun/season"
	"afterrun/configs"
	"afterrun/readiness"
)

// documents are the README, CONTRIBUTING and everything in docs.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d documents, %v", len(paths), err)
	}
	texts := map[string]string{}
	for _, p := range append(paths, "../../README.md", "../../CONTRIBUTING.md") {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(p)] = string(b)
	}
	return texts
}

var fenced = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// blocks returns the fenced blocks of a language.
func blocks(text, language string) []string {
	var all []string
	for _, m := range fenced.FindAllStringSubmatch(text, -1) {
		if m[1] == language {
			all = append(all, m[2])
		}
	}
	return all
}

// commands are the lines of blocks marked sh that run the program.
func commands(text string) []string {
	var all []string
	for _, b := range blocks(text, "sh") {
		for line := range strings.Lines(b) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "   #")
			line = strings.Replace(strings.TrimSpace(line), "go run ./cmd/afterrun", "afterrun", 1)
			if strings.HasPrefix(line, "afterrun ") {
				all = append(all, line)
			}
		}
	}
	return all
}

// elsewhere are the commands of documents that this test does not run itself,
// and what holds each instead.
var elsewhere = map[string]string{
	"go test ./...": "this is it",
	"go test ./cmd/afterrun -run TestTenYears -v": "TestTenYears is one of these tests",
	"go install ./cmd/afterrun":                   "TestMain builds the same program",
	"cp .env.example .env":                        "TestComposeNeedsItsSecretsAndTheExampleHasNone",
	"docker compose up -d":                        "the tests of docker-compose.yml",
}

var command = regexp.MustCompile(`^\s*(afterrun|go|docker|cp|sudo|export|source|make)\s`)

// TestNoCommandHides checks that every command in a block is either run or held
// elsewhere: also where its block is not marked as sh, or it is no command of
// the program.
func TestNoCommandHides(t *testing.T) {
	used := map[string]bool{}
	for name, text := range documents(t) {
		run := commands(text)
		for _, m := range fenced.FindAllStringSubmatch(text, -1) {
			for line := range strings.Lines(m[2]) {
				line, _, _ = strings.Cut(strings.TrimSpace(line), "   #")
				line = strings.Replace(strings.TrimSpace(line), "go run ./cmd/afterrun", "afterrun", 1)
				_, held := elsewhere[line]
				used[line] = held
				synopsis := strings.Contains(line, " [--")
				if line != "" && (m[1] == "sh" || command.MatchString(line)) && !held && !synopsis && !slices.Contains(run, line) {
					t.Errorf("%s: nothing runs %q", name, line)
				}
			}
		}
	}
	for line := range elsewhere {
		if !used[line] {
			t.Errorf("%q is in no document", line)
		}
	}
}

// TestDocumentedCommandsRun runs every command of every document, in its order,
// in a home with a synced folder, an export and a club's NATS.
func TestDocumentedCommandsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program dozens of times; -short leaves it out")
	}
	total := 0
	for name, text := range documents(t) {
		lines := commands(text)
		total += len(lines)
		if len(lines) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			for _, line := range lines {
				h.run(line)
			}
		})
	}
	if total < 25 {
		t.Errorf("only %d commands found", total)
	}
}

// home is where a document's commands run.
type home struct {
	*program
	dir  string
	nats string
}

func newHome(t *testing.T) *home {
	t.Helper()
	p := newProgram(t)
	h := &home{program: p, nats: natsServer(t)}
	for _, kv := range p.env {
		if dir, ok := strings.CutPrefix(kv, "HOME="); ok {
			h.dir = dir
		}
	}
	sync := filepath.Join(h.dir, "Sync", "watch")
	for _, dir := range []string{sync, filepath.Join(h.dir, "Downloads"), filepath.Join(h.dir, "club", "anna")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{sync, filepath.Join(h.dir, "club", "anna")} {
		if _, err := season.Write(dir, season.Options{End: time.Now(), Days: 30, Zone: time.UTC}); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(h.dir, "Downloads"), "export.zip", zipped(t, sync))
	write(t, h.dir, "club.yaml", []byte("nats: {url: \""+h.nats+"\", user: afterrun, password: geheim}\nfolders: [{path: "+h.dir+"/club, athletes_from: subfolder}]\nathletes: {anna: {time_zone: UTC}}\n"))
	// Whoever tries the commands has let the program read something first.
	h.serve("afterrun up ~/Sync/watch", func(s *process) bool { return strings.Contains(s.log.String(), "Page: ") })
	return h
}

func zipped(t *testing.T, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var serving = regexp.MustCompile(`^afterrun (up|demo|watch|work|sink)\b`)

// run runs a line of a document by the shell. Done and "nothing to do" are what
// it may end with; what serves until Ctrl-C is ended by it.
func (h *home) run(line string) {
	h.t.Helper()
	m := serving.FindStringSubmatch(line)
	switch {
	case m == nil || strings.Contains(line, "--once"):
		h.finish(line)
	case m[1] == "up" || m[1] == "demo":
		h.serve(line, func(s *process) bool { return strings.Contains(s.log.String(), "Page: ") })
	default:
		h.serve(line+" --data "+filepath.Join(h.dir, m[1]), func(*process) bool { return h.atWork(m[1]) })
	}
}

func (h *home) finish(line string) {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), "sh", "-c", line)
	cmd.Env, cmd.Dir = h.env, h.dir
	var errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &errs
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == exitNothing {
		return
	}
	if err != nil {
		h.t.Errorf("%s: %v\n%s", line, err, errs.String())
	}
}

// serve starts what a line starts, waits until it is ready and ends it.
func (h *home) serve(line string, ready func(*process) bool) {
	h.t.Helper()
	args := strings.Fields(strings.ReplaceAll(strings.TrimPrefix(line, "afterrun "), "~/", h.dir+"/"))
	for i, a := range args {
		args[i] = strings.Replace(a, "club.yaml", filepath.Join(h.dir, "club.yaml"), 1)
	}
	s := h.start(args...)
	await(h.t, line, func() bool { return ready(s) })
	s.stop()
}

// atWork reports whether the stage of the club has left its mark on NATS.
func (h *home) atWork(stage string) bool {
	nc, err := nats.Connect(h.nats, nats.UserInfo("afterrun", "geheim"))
	if err != nil {
		return false
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return false
	}
	stream := map[string]string{"watch": "AFTERRUN_EVENTS", "work": "AFTERRUN_EVENTS", "sink": "AFTERRUN_READINESS"}[stage]
	s, err := js.Stream(h.t.Context(), stream)
	if err != nil {
		return false
	}
	info, err := s.Info(h.t.Context())
	return err == nil && info.State.Msgs > 0 && (stage == "watch" || info.State.Consumers > 0)
}

var inline = regexp.MustCompile("`afterrun ([a-z][^`]*)`")

// TestNamedCommandsExist looks up every command and flag that a sentence or a
// table names.
func TestNamedCommandsExist(t *testing.T) {
	a := &app{environ: nil, in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: time.Now}
	found := 0
	for name, text := range documents(t) {
		for _, m := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			found++
			words := strings.Fields(m[1])
			cmd, _, err := a.root().Find(words)
			if err != nil || cmd.Name() == "afterrun" {
				t.Errorf("%s: afterrun %s: %v", name, m[1], err)
				continue
			}
			var flags []string
			cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
			cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
			for _, w := range words {
				if flag, ok := strings.CutPrefix(w, "--"); ok && !slices.Contains(flags, flag) {
					t.Errorf("%s: afterrun %s: no flag --%s", name, m[1], flag)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d commands found", found)
	}
}

var example = regexp.MustCompile(`\bafterrun ([a-z][^|>]*)`)

// TestExamplesOfTheHelpCanBeMeant reads every example as the command line would.
func TestExamplesOfTheHelpCanBeMeant(t *testing.T) {
	a := &app{environ: nil, in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: time.Now}
	root := a.root()
	found := 0
	for all := []*cobra.Command{root}; len(all) > 0; all = all[1:] {
		all = append(all, all[0].Commands()...)
		for line := range strings.Lines(all[0].Example) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "   ") // what it is for
			m := example.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("%s: %q is no example", all[0].CommandPath(), line)
				continue
			}
			found++
			cmd, args, err := root.Find(strings.Fields(m[1]))
			if err == nil {
				err = errors.Join(cmd.ParseFlags(args), cmd.ValidateArgs(cmd.Flags().Args()))
			}
			if err != nil || cmd == root {
				t.Errorf("%s: %q: %v", all[0].CommandPath(), line, err)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d examples found", found)
	}
}

var (
	goCommand = regexp.MustCompile("\\bgo (?:test|run|install) [^`\n#]+")
	ourPath   = regexp.MustCompile("`((?:cmd|ingest|readiness|sinks|configs|docs|\\.ci)/[\\w./-]+)`")
	ourName   = regexp.MustCompile("`((?:Test|Fuzz|[a-z]+)[A-Z]\\w*)`")
)

// TestWhatDocumentsNameExists looks up the folders and tests of every command of
// the go tool, which may take too long to be run here, and every path.
func TestWhatDocumentsNameExists(t *testing.T) {
	found := 0
	for name, text := range documents(t) {
		for _, m := range ourPath.FindAllStringSubmatch(text, -1) {
			found++
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, line := range goCommand.FindAllString(text, -1) {
			found++
			if err := canRun(strings.Fields(line)); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d names found", found)
	}
}

// canRun looks up what a command of the go tool names.
func canRun(words []string) error {
	sources := ""
	for i, w := range words {
		if dir, ok := strings.CutPrefix(w, "./"); ok {
			files, err := filepath.Glob(filepath.Join("../..", strings.TrimSuffix(dir, "..."), "*.go"))
			if err != nil || len(files) == 0 && w != "./..." {
				return fmt.Errorf("no package %s", w)
			}
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					return err
				}
				sources += string(b)
			}
		}
		if (w == "-run" || w == "-fuzz") && !strings.Contains(words[i+1], "$") && !strings.Contains(sources, "func "+words[i+1]) {
			return fmt.Errorf("no %s there", words[i+1])
		}
	}
	return nil
}

// TestContributingNamesWhatTheCodeHas looks up the names of functions that who
// adds something is sent to.
func TestContributingNamesWhatTheCodeHas(t *testing.T) {
	all := sources(t)
	names := ourName.FindAllStringSubmatch(documents(t)["CONTRIBUTING.md"], -1)
	for _, m := range names {
		if !regexp.MustCompile(`func (\([^)]+\) )?` + m[1] + `\(`).MatchString(all) {
			t.Errorf("there is no %s", m[1])
		}
	}
	if len(names) < 8 {
		t.Errorf("only %d names found", len(names))
	}
}

// sources is all Go code of the repository.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

var (
	link    = regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)\s]+))?\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	noWord  = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors are the names of a document's headings, as hosts of repositories make
// them.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.ReplaceAll(noWord.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return all
}

func TestDocumentsLinkToWhatExists(t *testing.T) {
	for name, text := range documents(t) {
		base := "../../docs"
		if name == "README.md" || name == "CONTRIBUTING.md" {
			base = "../.."
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			path := filepath.Join(base, cmp.Or(m[1], name))
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if m[2] == "" {
				continue
			}
			if b, err := os.ReadFile(path); err != nil || !slices.Contains(anchors(string(b)), m[2]) {
				t.Errorf("%s: %s has no heading #%s", name, m[1], m[2])
			}
		}
	}
}

// TestDocumentedConfigurationsAreValid reads every block of YAML as the program
// would.
func TestDocumentedConfigurationsAreValid(t *testing.T) {
	found := 0
	for name, text := range documents(t) {
		for _, b := range blocks(text, "yaml") {
			found++
			path := filepath.Join(t.TempDir(), "afterrun.yaml")
			if err := os.WriteFile(path, []byte(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := configs.Load(path, nil); err != nil {
				t.Errorf("%s: %v in\n%s", name, err, b)
			}
		}
	}
	if found < 2 {
		t.Errorf("only %d configurations found", found)
	}
}

var ourField = regexp.MustCompile("`(?:(day|run|sample)\\.)?([a-z][a-z0-9_]*)`")

// TestFieldsNamedForNewcomersExist looks up what the table for those who come
// from garmin-grafana says is ours. A name without a measurement is of the one
// before it.
func TestFieldsNamedForNewcomersExist(t *testing.T) {
	columns := map[string][]readiness.Column{"day": readiness.DayColumns, "run": readiness.RunColumns, "sample": readiness.SampleColumns}
	found := 0
	for line := range strings.Lines(documents(t)["from-garmin-grafana.md"]) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(cells[2], "check-in") || strings.Contains(cells[2], "tag ") {
			continue
		}
		in := ""
		for _, m := range ourField.FindAllStringSubmatch(cells[2], -1) {
			in = cmp.Or(m[1], in)
			found++
			if !slices.ContainsFunc(columns[in], func(c readiness.Column) bool { return c.Name == m[2] }) {
				t.Errorf("%s has no field %s", in, m[2])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d fields found", found)
	}
}
