package readiness

import (
	"encoding/json"
	"errors"
	"math"
)

// Reason says why a metric is null: one of PHYSIOLOGY's closed list, e.g.
// "no_hr" or "baseline_short".
type Reason string

// Quality grades a value.
type Quality string

// The qualities. An estimate is always Low.
const (
	Good    Quality = "good"
	Partial Quality = "partial"
	Low     Quality = "low"
)

// Value is one metric: a number, a text, or null with a reason. The zero Value
// is a null without a reason, allowed only for texts that have nothing to say.
type Value struct {
	num     float64
	text    string
	has     valueKind
	Reason  Reason  // set if and only if the value is a null number
	Quality Quality // "" = Good
	Source  string  // where the number comes from, e.g. "manual", "estimate"
	N       int     // how many observations it rests on, 0 = not counted
}

type valueKind uint8

const (
	isNull valueKind = iota
	isNum
	isText
)

// Num returns a number. NaN and infinities are a programming error and become
// a null with reason "internal": no NaN ever leaves the domain.
func Num(v float64) Value {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Value{Reason: "internal"}
	}
	if v == 0 {
		v = 0 // not −0, which not every store keeps
	}
	return Value{num: v, has: isNum}
}

// Text returns a text; "" is a text with nothing to say.
func Text(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{text: s, has: isText}
}

// Flag returns 1 for true and 0 for false.
func Flag(b bool) Value {
	if b {
		return Num(1)
	}
	return Num(0)
}

// Null returns a null with its reason.
func Null(r Reason) Value { return Value{Reason: r} }

// Float returns the number, and false when the value is not one.
func (v Value) Float() (float64, bool) { return v.num, v.has == isNum }

// String returns the text, "" when the value is not one.
func (v Value) String() string { return v.text }

// IsNull reports whether there is neither number nor text.
func (v Value) IsNull() bool { return v.has == isNull }

// With returns v with quality, source and count set.
func (v Value) With(q Quality, source string, n int) Value {
	v.Quality, v.Source, v.N = q, source, n
	return v
}

type valueJSON struct {
	Num     *float64 `json:"v,omitempty"`
	Text    string   `json:"t,omitempty"`
	Reason  Reason   `json:"r,omitempty"`
	Quality Quality  `json:"q,omitempty"`
	Source  string   `json:"s,omitempty"`
	N       int      `json:"n,omitempty"`
}

// MarshalJSON writes {"v":number} or {"t":text} or {"r":reason}, with "q", "s"
// and "n" where set.
func (v Value) MarshalJSON() ([]byte, error) {
	j := valueJSON{Text: v.text, Reason: v.Reason, Quality: v.Quality, Source: v.Source, N: v.N}
	if v.has == isNum {
		j.Num = &v.num
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(b []byte) error {
	var j valueJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*v = Value{text: j.Text, Reason: j.Reason, Quality: j.Quality, Source: j.Source, N: j.N}
	switch {
	case j.Num != nil && j.Text != "":
		return errors.New("value is both number and text")
	case j.Num != nil:
		v.num, v.has = *j.Num, isNum
	case j.Text != "":
		v.has = isText
	}
	return nil
}

// Row holds metrics by column name.
type Row map[string]Value

// ColumnType says how a column is printed.
type ColumnType string

// The column types of PHYSIOLOGY §20. Dates, times and texts are text values;
// the others are numbers.
const (
	TypeNum  ColumnType = "num"
	TypeInt  ColumnType = "int"
	TypeFlag ColumnType = "0/1"
	TypeText ColumnType = "text"
	TypeDate ColumnType = "date"
	TypeTime ColumnType = "time"
)

// Column describes one metric of a day or a run.
type Column struct {
	Name string
	Type ColumnType
	Unit string // "" = none
	Help string
}

// Numeric reports whether the column holds numbers.
func (c Column) Numeric() bool {
	return c.Type == TypeNum || c.Type == TypeInt || c.Type == TypeFlag
}
