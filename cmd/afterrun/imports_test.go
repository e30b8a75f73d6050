package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The direction of imports: cmd → everything; ingest/*, readiness/worker and
// sinks/* → readiness → readiness/physio → standard library. Siblings never
// import each other, and each outside technology has one home.

// homes says which packages may import a module (by prefix of its path).
var homes = map[string][]string{
	"github.com/nats-io/":                       {"ingest/bus"},
	"github.com/synadia-io/":                    {"ingest/bus"},
	"github.com/fsnotify/":                      {"ingest/watch"},
	"github.com/tormoder/fit":                   {"ingest/fit"},
	"github.com/muktihari/fit":                  {"ingest/fit", "cmd/afterrun/season"},
	"github.com/tkrajina/gpxgo":                 {"ingest/gpx"},
	"modernc.org/sqlite":                        {"sinks/store"},
	"github.com/influxdata/":                    {"sinks/influx"},
	"github.com/spf13/":                         {"cmd/afterrun"},
	"github.com/grafana/grafana-foundation-sdk": {"configs/grafana"},
}

// formats are the packages that ingest chooses between.
var formats = []string{"ingest/fit", "ingest/gpx", "ingest/tcx", "ingest/polar", "ingest/journal", "ingest/wellness", "ingest/bundle"}

// violation says why pkg must not import the path, "" if it may. Both are
// relative to the module when inside it.
func violation(pkg, imported string) string {
	if local, ok := strings.CutPrefix(imported, "afterrun/"); ok {
		return localViolation(pkg, local)
	}
	if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
		return "" // standard library
	}
	if pkg == "readiness" || strings.HasPrefix(pkg, "readiness/") {
		return fmt.Sprintf("%s may use the standard library only, not %s", pkg, imported)
	}
	for module, allowed := range homes {
		if strings.HasPrefix(imported, module) && !slices.Contains(allowed, pkg) {
			return fmt.Sprintf("%s must not import %s: its home is %s", pkg, imported, strings.Join(allowed, ", "))
		}
	}
	return ""
}

func localViolation(pkg, local string) string {
	switch {
	case local == "sinks/sinktest":
		return fmt.Sprintf("%s must not import %s: it is for tests", pkg, local)
	case strings.HasPrefix(pkg, "cmd/"):
		return ""
	case pkg == "readiness/physio":
		return fmt.Sprintf("%s holds formulas only, not %s", pkg, local)
	case local == "readiness/physio":
		return ""
	case local == "readiness" && pkg != "readiness":
		return ""
	case pkg == "ingest" && slices.Contains(formats, local):
		return ""
	case pkg == "configs/grafana/generate" && local == "configs/grafana":
		return "" // its command
	}
	return fmt.Sprintf("%s must not import %s: the arrows point from cmd over ingest, worker and sinks to readiness", pkg, local)
}

// importsOf lists every non-test import of a source tree, by package folder.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(p))
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			found[filepath.ToSlash(rel)] = append(found[filepath.ToSlash(rel)], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func violations(t *testing.T, root string) []string {
	var all []string
	for pkg, imports := range importsOf(t, root) {
		for _, i := range imports {
			if v := violation(pkg, i); v != "" {
				all = append(all, v)
			}
		}
	}
	return all
}

const moduleRoot = "../.."

func TestImportsPointTheRightWay(t *testing.T) {
	if n := len(importsOf(t, moduleRoot)); n < 15 {
		t.Fatalf("only %d packages found: the test looks at the wrong folder", n)
	}
	for _, v := range violations(t, moduleRoot) {
		t.Error(v)
	}
}

func TestPlantedViolationsAreFound(t *testing.T) {
	for _, planted := range []struct{ pkg, imported, complaint string }{
		{"readiness", "github.com/nats-io/nats.go", "standard library only"},
		{"sinks/store", "afterrun/readiness/worker", "arrows point"},
		{"readiness/physio", "afterrun/readiness", "formulas only"},
		{"ingest/fit", "afterrun/ingest/gpx", "arrows point"},
		{"sinks/web", "modernc.org/sqlite", "its home is sinks/store"},
		{"ingest", "afterrun/ingest/bus", "arrows point"},
		{"cmd/afterrun", "afterrun/sinks/sinktest", "for tests"},
	} {
		root := t.TempDir()
		dir := filepath.Join(root, filepath.FromSlash(planted.pkg))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		src := fmt.Sprintf("package %s\n\nimport _ %q\n", path.Base(planted.pkg), planted.imported)
		if err := os.WriteFile(filepath.Join(dir, "planted.go"), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		got := violations(t, root)
		if len(got) != 1 || !strings.Contains(got[0], planted.complaint) || !strings.Contains(got[0], planted.pkg) {
			t.Errorf("%s imports %s: found %q", planted.pkg, planted.imported, got)
		}
	}
}

// The top level is a list that binds: a new folder is a decision.
func TestTopLevelHoldsOnlyWhatTheDesignNames(t *testing.T) {
	allowed := strings.Fields(`cmd ingest readiness sinks configs docs go.mod go.sum docker-compose.yml Dockerfile README.md CONTRIBUTING.md
		DECISIONS.md CHANGELOG.md LICENSE Makefile .golangci.yml .ci .git .gitignore .gitattributes .dockerignore .env.example .env afterrun`)
	entries, err := os.ReadDir(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong to the top level", e.Name())
		}
	}
}
