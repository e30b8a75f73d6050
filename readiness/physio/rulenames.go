package physio

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
)

// RuleChange is a rule that is not the specification's, in words.
type RuleChange struct {
	Name  string `json:"name"`  // e.g. weights.sleep
	Value string `json:"value"` // in shortest form, "" = none
	Spec  string `json:"specification"`
}

// String writes the change in words, e.g. "weights.sleep 0.3 (0.15)".
func (c RuleChange) String() string {
	return c.Name + " " + orNone(c.Value) + " (" + orNone(c.Spec) + ")"
}

// Changes lists the rules that are not the specification's, in the order of
// [Rules].
func (r Rules) Changes() []RuleChange {
	var out []RuleChange
	spec := DefaultRules()
	own := r.fields()
	for i, f := range spec.fields() {
		if own[i].text() != f.text() {
			out = append(out, RuleChange{f.name, own[i].text(), f.text()})
		}
	}
	return out
}

// Version names the rules: "default-" and eight hex digits of all their values,
// or "own-" and those of the own ones.
func (r Rules) Version() string {
	h := sha256.New()
	for _, f := range r.fields() {
		_, _ = fmt.Fprintf(h, "%s=%s\n", f.name, f.text()) // a hash never fails
	}
	kind := "default"
	if len(r.Changes()) > 0 {
		kind = "own"
	}
	return kind + "-" + hex.EncodeToString(h.Sum(nil)[:4])
}

// With returns the rules with other values, by name and in the form of
// [RuleChange]. The error tells of every name that does not exist, every value
// that cannot be read and, as [Rules.Check], of rules that cannot be.
func (r Rules) With(values map[string]string) (Rules, error) {
	var faults []error
	at := map[string]field{}
	for _, f := range r.fields() {
		at[f.name] = f
	}
	if len(values) > len(at) {
		return r, fmt.Errorf("%d rules, but there are only %d", len(values), len(at))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		f, ok := at[name]
		switch {
		case !ok:
			faults = append(faults, fmt.Errorf("%.60s: no such rule", name))
		case !f.set(values[name]):
			faults = append(faults, fmt.Errorf("%s: %.40q is not a value of it", name, values[name]))
		}
	}
	return r, errors.Join(append(faults, r.Check())...)
}

// field is one rule in its place.
type field struct {
	name string
	at   reflect.Value
}

// fields lists the rules by their names in YAML, in the order of the struct.
func (r *Rules) fields() []field { return fieldsOf(reflect.ValueOf(r).Elem(), "") }

func fieldsOf(v reflect.Value, prefix string) []field {
	var out []field
	for i := range v.NumField() {
		name := prefix + v.Type().Field(i).Tag.Get("yaml")
		if at := v.Field(i); at.Kind() == reflect.Struct {
			out = append(out, fieldsOf(at, name+".")...)
		} else {
			out = append(out, field{name, at})
		}
	}
	return out
}

// number is the rule's number, false where it is a word or none.
func (f field) number() (float64, bool) {
	switch v := reflect.Indirect(f.at); {
	case !v.IsValid():
		return 0, false
	case v.CanFloat():
		return v.Float(), true
	case v.CanInt():
		return float64(v.Int()), true
	}
	return 0, false
}

func (f field) text() string {
	if x, ok := f.number(); ok {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	if f.at.Kind() == reflect.String {
		return f.at.String()
	}
	return ""
}

// set takes over a value that [field.text] may have written, false for any other.
func (f field) set(text string) bool {
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case f.at.Kind() == reflect.String:
		f.at.SetString(text)
	case f.at.Kind() == reflect.Pointer && text == "":
		f.at.SetZero()
	case err != nil || math.IsNaN(x) || math.IsInf(x, 0):
		return false
	case f.at.Kind() == reflect.Pointer:
		f.at.Set(reflect.ValueOf(&x))
	case f.at.CanInt():
		f.at.SetInt(int64(x))
	default:
		f.at.SetFloat(x)
	}
	return f.text() == text
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}
