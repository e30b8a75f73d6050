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
	var groups map[string]map[string]any
	if err := yaml.Unmarshal(text, &groups); err != nil {
		t.Fatal(err)
	}
	var rules []string
	for group, members := range groups {
		for name, value := range members {
			rules = append(rules, fmt.Sprintf("%s.%s %v", group, name, value))
		}
	}
	slices.Sort(rules)
	slices.Sort(listed)
	if !slices.Equal(listed, rules) {
		t.Errorf("the document lists\n%v\nthe rules are\n%v", listed, rules)
	}
}
