package physio

import (
	"strings"
	"testing"
)

// Every formula has an example, a constructor that of its type: the documentation
// shows numbers, not only words.
func TestEveryFormulaHasAnExample(t *testing.T) {
	source := testSource(t)
	functions := 0
	for _, f := range exported(t) {
		if f.Recv != nil {
			continue // its type's, or that of what returns it
		}
		functions++
		name := strings.TrimPrefix(strings.TrimPrefix(f.Name.Name, "New"), "Default")
		if !strings.Contains(source, "func Example"+f.Name.Name+"() {") && !strings.Contains(source, "func Example"+name+"() {") {
			t.Errorf("no example of %s", f.Name.Name)
		}
	}
	if functions < 80 {
		t.Errorf("%d functions found", functions)
	}
}

// Every exported function says what it does, beginning with its name.
func TestEveryFormulaIsDescribed(t *testing.T) {
	for _, f := range exported(t) {
		if text := f.Doc.Text(); !strings.HasPrefix(text, f.Name.Name+" ") && !strings.Contains(text, " and "+f.Name.Name+" ") {
			t.Errorf("%s is described as %q", f.Name.Name, text)
		}
	}
}
