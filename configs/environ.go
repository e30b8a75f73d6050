package configs

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// envPrefix begins the name of every override from the environment.
const envPrefix = "AFTERRUN_"

// foreign are variables with our prefix that are not configuration.
var foreign = map[string]bool{"AFTERRUN_CORPUS": true, "AFTERRUN_CONFIG": true}

// leaf is a key that a variable can override.
type leaf struct {
	path []string
	text bool // a string: the value is taken as it is, not as YAML
}

// leavesOf returns every leaf by the name of its variable.
func leavesOf(t reflect.Type, path []string) map[string]leaf {
	leaves := map[string]leaf{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		p := append(append([]string{}, path...), key)
		if f.Type.Kind() == reflect.Struct {
			maps.Copy(leaves, leavesOf(f.Type, p))
			continue
		}
		leaves[envPrefix+strings.ToUpper(strings.Join(p, "_"))] = leaf{p, f.Type.Kind() == reflect.String}
	}
	return leaves
}

func applyEnviron(environ []string, c *Config) error {
	leaves := leavesOf(reflect.TypeFor[Config](), nil)
	var faults []error
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, envPrefix) || foreign[name] {
			continue
		}
		l, ok := leaves[name]
		if !ok {
			faults = append(faults, fmt.Errorf("environment: unknown variable %s", name))
			continue
		}
		if err := override(l, value, c); err != nil {
			faults = append(faults, fmt.Errorf("environment: %s: %w", name, err))
		}
	}
	return errors.Join(faults...)
}

// override decodes one value at its key path over c, as strictly as the file.
func override(l leaf, value string, c *Config) error {
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: value, Tag: "!!str"}
	var doc yaml.Node
	if !l.text && yaml.Unmarshal([]byte(value), &doc) == nil && doc.Kind == yaml.DocumentNode {
		node = doc.Content[0]
	}
	for _, key := range slices.Backward(l.path) {
		k := &yaml.Node{Kind: yaml.ScalarNode, Value: key}
		node = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{k, node}}
	}
	b, err := yaml.Marshal(node)
	if err != nil {
		return err
	}
	if err := decode(b, c); err != nil {
		return errors.New(lineOf.ReplaceAllString(err.Error(), ""))
	}
	return nil
}
