package physio

import (
	"encoding/json"
	"math"
	"os"
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

// goldenCase loads the worked number with the id.
func goldenCase(t *testing.T, id string) golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Goldens []golden }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Goldens {
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
