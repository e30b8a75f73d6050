package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"afterrun/readiness/physio"
)

// docs/rules.md lists every rule with the value it has.
func TestRulesDocumentListsTheRules(t *testing.T) {
	b, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| (\\S+) \\| \\S").FindAllStringSubmatch(string(b), -1) {
		listed = append(listed, m[1]+" "+m[2])
	}
	text, err := yaml.Marshal(physio.DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	rules := flat("", all)
	slices.Sort(rules)
	slices.Sort(listed)
	if !slices.Equal(listed, rules) {
		t.Errorf("the document lists\n%v\nthe rules are\n%v", listed, rules)
	}
}

// flat lists a tree of values by their full names.
func flat(prefix string, tree map[string]any) (out []string) {
	for name, value := range tree {
		switch v := value.(type) {
		case map[string]any:
			out = append(out, flat(prefix+name+".", v)...)
		case nil:
			out = append(out, prefix+name+" null")
		default:
			out = append(out, fmt.Sprint(prefix, name, " ", v))
		}
	}
	return out
}
