package configs

import (
	"bytes"
	"errors"
	"io"
	"regexp"

	"go.yaml.in/yaml/v3"

	"afterrun/readiness"
	"afterrun/readiness/physio"
)

// RulesOf returns the rules an athlete is judged by: those of physiology, and
// over them the athlete's own. The configuration must be valid.
func (c *Config) RulesOf(id readiness.AthleteID) physio.Rules {
	rules, _ := c.rulesOf(id) // validated
	return rules
}

func (c *Config) rulesOf(id readiness.AthleteID) (physio.Rules, error) {
	own := c.Athletes[id].Rules
	if len(own) == 0 {
		return c.Rules, nil
	}
	b, err := yaml.Marshal(own)
	if err != nil {
		return c.Rules, err
	}
	return ReadRules(b, c.Rules)
}

// ReadRules reads a file of rules, strictly, over others: what it does not name
// stays as there. The error joins every fault of the rules.
func ReadRules(b []byte, over physio.Rules) (physio.Rules, error) {
	rules := over.Clone()
	d := yaml.NewDecoder(bytes.NewReader(b))
	if err := strictly(d, &rules); errors.Is(err, io.EOF) {
		return rules, errors.New("no rule in it; see `afterrun replay --print-rules`")
	} else if err != nil {
		return rules, err
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return rules, errors.New("more than one document: want one")
	}
	return rules, rules.Check()
}

// lineOf is where a fault is in what was written again, which tells nothing.
var lineOf = regexp.MustCompile(`line \d+: `)

// rules reports every fault of rules under a key.
func (f *faults) rules(key string, err error) {
	if err == nil {
		return
	}
	many, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // joined by Check itself
	if !ok {
		f.add("%s: %s", key, lineOf.ReplaceAllString(err.Error(), ""))
		return
	}
	for _, err := range many.Unwrap() {
		f.add("%s.%w", key, err)
	}
}
