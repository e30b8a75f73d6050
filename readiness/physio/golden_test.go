package physio

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// golden is one worked number of the specification.
type golden struct {
	ID        string          `json:"id"`
	Section   string          `json:"section"`
	Tolerance float64         `json:"tolerance"`
	Inputs    json.RawMessage `json:"inputs"`
	Expected  json.RawMessage `json:"expected"`
}

// goldens loads all worked numbers.
func goldens(t *testing.T) []golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Goldens []golden }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Goldens
}

// Every worked number is some test's: one that nobody reads proves nothing.
func TestEveryGoldenIsUsed(t *testing.T) {
	source := testSource(t)
	for _, g := range goldens(t) {
		if !strings.Contains(source, strconv.Quote(g.ID)) {
			t.Errorf("no test reads the golden %q of §%s", g.ID, g.Section)
		}
	}
}

// testSource is the text of all tests of this package and of readiness.
func testSource(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"*_test.go", "../*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
	}
	return all.String()
}

// goldenCase loads the worked number with the id.
func goldenCase(t *testing.T, id string) golden {
	t.Helper()
	for _, g := range goldens(t) {
		if g.ID == id {
			return g
		}
	}
	t.Fatalf("no golden %q", id)
	return golden{}
}

// into decodes inputs and expected.
func (g golden) into(t *testing.T, inputs, expected any) {
	t.Helper()
	if err := json.Unmarshal(g.Inputs, inputs); err != nil {
		t.Fatalf("%s inputs: %v", g.ID, err)
	}
	if err := json.Unmarshal(g.Expected, expected); err != nil {
		t.Fatalf("%s expected: %v", g.ID, err)
	}
}

// near fails unless got is want within the golden's relative tolerance
// (absolute 1e-9 below 1e-3).
func (g golden) near(t *testing.T, what string, got, want float64) {
	t.Helper()
	limit := g.Tolerance * math.Abs(want)
	if math.Abs(want) < 1e-3 {
		limit = 1e-9
	}
	if !(math.Abs(got-want) <= limit) {
		t.Errorf("%s %s = %.12g, want %.12g", g.ID, what, got, want)
	}
}
