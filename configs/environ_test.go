package configs

import (
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestEveryKeyIsDocumented(t *testing.T) {
	var reference map[string]any
	if err := yaml.Unmarshal(Reference, &reference); err != nil {
		t.Fatal(err)
	}
	leaves := leavesOf(reflect.TypeFor[Config](), nil)
	for name, l := range leaves {
		if !has(reference, l.path) {
			t.Errorf("%s: no key %v in afterrun.yaml", name, l.path)
		}
	}
	if len(leaves) < 30 {
		t.Errorf("only %d keys", len(leaves))
	}
}

func has(section map[string]any, path []string) bool {
	value, ok := section[path[0]]
	if !ok || len(path) == 1 {
		return ok
	}
	inner, _ := value.(map[string]any)
	return has(inner, path[1:])
}
