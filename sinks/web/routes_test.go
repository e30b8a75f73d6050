package web

import (
	"encoding/json"
	"testing"
)

// Every path of the API is described, and no other.
func TestEveryPathIsDescribed(t *testing.T) {
	text, err := assets.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	routes := (&server{}).api()
	for path := range routes {
		if _, ok := d.Paths[path]; !ok {
			t.Errorf("openapi.json lacks %s", path)
		}
	}
	for path := range d.Paths {
		if routes[path] == nil {
			t.Errorf("nothing serves %s", path)
		}
	}
}
