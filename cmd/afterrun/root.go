package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"afterrun/configs"
	"afterrun/readiness"
)

// The exit codes, as listed in --help.
const (
	exitDone    = 0
	exitFault   = 1
	exitUsage   = 2
	exitNothing = 3
)

// errUsage marks a command line that cannot be meant; errNothing a command that
// had nothing to do or could not use some files.
var (
	errUsage   = errors.New("usage")
	errNothing = errors.New("nothing to do")
)

// app is what every command needs: streams, configuration, clock.
type app struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
	now      func() time.Time

	configPath, dataFlag, athleteFlag, levelFlag string

	cfg configs.Config
	log *slog.Logger
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer, environ []string) int {
	a := &app{in: in, out: out, err: errw, environ: environ, now: time.Now}
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		if serves(cmd) {
			return exitDone // Ctrl-C is how it ends
		}
		err = errors.New("interrupted before it was done")
	}
	if err != nil {
		say(errw, "afterrun: %s", explainFault(cmd, err))
	}
	return exitCode(err)
}

// serves reports a command that runs until it is told to end.
func serves(cmd *cobra.Command) bool {
	once := cmd.Flags().Lookup("once")
	return slices.Contains([]string{"up", "demo", "watch", "work", "sink"}, cmd.Name()) && (once == nil || once.Value.String() != "true")
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, errNothing):
		return exitNothing
	default:
		return exitFault
	}
}

// explainFault is the last word to the user: no wrapping noise, and a hint.
func explainFault(cmd *cobra.Command, err error) string {
	text := withoutKind(err.Error())
	if errors.Is(err, errUsage) {
		text += "\nTry: " + cmd.CommandPath() + " --help"
	}
	return text
}

// withoutKind cuts off the words that tell programs what kind of fault it is.
func withoutKind(text string) string {
	for _, kind := range []error{errUsage, errNothing, readiness.ErrInvalid, readiness.ErrUnknown} {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	return text
}

const long = `Afterrun turns the files a sports watch leaves behind into one answer each
morning: have I recovered? No vendor cloud, no account. Guidance, not diagnosis.

Exit codes: 0 done, 1 fault, 2 usage, 3 nothing to do or some files refused.`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "afterrun", Short: "From watch files to one answer: have I recovered?", Long: long,
		Example:                    "  afterrun demo                      a synthetic season, to look around\n  afterrun up ~/Sync/watch           your own folder\n  afterrun export --kind days        every number as CSV",
		Args:                       cobra.ArbitraryArgs,
		Version:                    versionLine(),
		RunE:                       unknownCommand,
		SilenceUsage:               true,
		SilenceErrors:              true,
		SuggestionsMinimumDistance: 2,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.configure(cmd)
		},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	f := root.PersistentFlags()
	f.StringVar(&a.configPath, "config", "", "configuration file (default $AFTERRUN_CONFIG, else ~/.config/afterrun/afterrun.yaml if it exists)")
	f.StringVar(&a.dataFlag, "data", "", "data folder (default $XDG_DATA_HOME/afterrun, else ~/.local/share/afterrun)")
	f.StringVar(&a.athleteFlag, "athlete", "", "athlete id (default: the only one, or me)")
	f.StringVar(&a.levelFlag, "log-level", "", "debug, info, warn or error (default from the configuration: info)")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		text, _, _ := strings.Cut(err.Error(), ": strconv.") // says nothing to who typed it
		return fmt.Errorf("%s: %w", text, errUsage)
	})
	root.AddCommand(
		a.upCommand(), a.demoCommand(), a.watchCommand(), a.workCommand(), a.sinkCommand(), a.importCommand(),
		a.statusCommand(), a.filesCommand(), a.forgetCommand(), a.retryCommand(), a.splitCommand(), a.chooseCommand(), a.doctorCommand(), a.exportCommand(), a.explainCommand(), a.cardCommand(), a.replayCommand(), a.checkinCommand(), a.alertCommand(),
		a.rebuildCommand(), a.verifyCommand(), a.configCommand(), a.versionCommand(),
	)
	refuseUnknown(root)
	return root
}

// refuseUnknown has the commands that cobra adds refuse what they do not know,
// instead of showing some help as if that had been meant: scripts source what
// completion prints.
func refuseUnknown(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args, cmd.RunE = cobra.ArbitraryArgs, unknownCommand
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if found, _, err := root.Find(args); err != nil || found == root && len(args) > 0 {
					return unknownCommand(root, args)
				}
				return nil
			}
		}
	}
}

// unknownCommand answers a command that does not exist; without any it shows the
// help.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	text := fmt.Sprintf("unknown command %q", args[0])
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		text += "; did you mean " + strings.Join(s, " or ") + "?"
	}
	return fmt.Errorf("%s: %w", text, errUsage)
}

// wants checks the number of arguments and names the one that is missing or too
// many.
func wants(least, most int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("%s is missing: %w", what, errUsage)
		case len(args) > most:
			return fmt.Errorf("unexpected argument %q: %w", args[most], errUsage)
		}
		return nil
	}
}

func noArgs(cmd *cobra.Command, args []string) error { return wants(0, 0, "")(cmd, args) }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", err, errUsage)
}

// configure reads the configuration before any command that needs it.
func (a *app) configure(cmd *cobra.Command) error {
	if cmd.Name() == "version" || cmd.Name() == "help" || cmd.HasParent() && cmd.Parent().Name() == "completion" {
		return nil
	}
	path := cmp.Or(a.configPath, a.env("AFTERRUN_CONFIG"))
	if path == "" {
		path = defaultConfig(a.env("XDG_CONFIG_HOME"), a.env("HOME"))
	}
	cfg, err := configs.Load(path, a.environ)
	if err != nil {
		return err
	}
	a.cfg = cfg
	if a.dataFlag != "" {
		a.cfg.Data = a.dataFlag
	}
	if a.levelFlag != "" {
		a.cfg.Log.Level = a.levelFlag
	}
	if err := a.cfg.Validate(); err != nil {
		return usage(err)
	}
	if a.athleteFlag != "" {
		if err := readiness.AthleteID(a.athleteFlag).Validate(); err != nil {
			return usage(err)
		}
	}
	log := a.cfg.Log
	if !slices.Contains([]string{"up", "watch", "work", "sink"}, cmd.Name()) && a.levelFlag == "" && log.Level == "info" {
		log.Level = "warn" // progress of a short command is what it prints
	}
	a.log = newLogger(a.err, log)
	return nil
}

func defaultConfig(xdg, home string) string {
	if xdg == "" {
		xdg = filepath.Join(home, ".config")
	}
	path := filepath.Join(xdg, "afterrun", "afterrun.yaml")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

func (a *app) env(name string) string {
	for _, kv := range a.environ {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

// dataDir returns the data folder, absolute; it is not created here.
func (a *app) dataDir() (string, error) {
	dir := a.cfg.Data
	if dir == "" {
		base := a.env("XDG_DATA_HOME")
		if base == "" {
			if a.env("HOME") == "" {
				return "", fmt.Errorf("no place for data: HOME is not set; pass --data DIR: %w", errUsage)
			}
			base = filepath.Join(a.env("HOME"), ".local", "share")
		}
		dir = filepath.Join(base, "afterrun")
	}
	return filepath.Abs(a.expand(dir))
}

// expand replaces a leading ~/ by the home folder.
func (a *app) expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(a.env("HOME"), rest)
	}
	return path
}

func newLogger(w io.Writer, c configs.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "text" || c.Format == "auto" && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// printable keeps a name that a stranger chose from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// say prints one line for people. A stream that cannot be written to has no
// better place to complain.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

// counted writes a number of things: 1 run, 2 runs.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
