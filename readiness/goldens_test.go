package readiness

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every worked number about days is asked for by a test.
func TestEveryGoldenOfDaysIsProven(t *testing.T) {
	var tests strings.Builder
	for _, pattern := range []string{"*_test.go", "physio/*_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(b)
		}
	}
	b, err := os.ReadFile("physio/testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Goldens []struct{ ID, Section string }
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range file.Goldens {
		if !aboutDays(g.Section) {
			continue
		}
		n++
		if !strings.Contains(tests.String(), `"`+g.ID+`"`) {
			t.Errorf("no test asks for the golden %s of §%s", g.ID, g.Section)
		}
	}
	if n < 50 {
		t.Errorf("only %d goldens", n)
	}
}

func aboutDays(section string) bool {
	for _, s := range []string{"4.5", "5.", "7.6", "7.7", "8.", "9.6", "10", "11", "12", "13", "14", "15", "16", "17"} {
		if strings.HasPrefix(section, s) {
			return true
		}
	}
	return false
}
