package fit

import (
	"math"
	"strings"

	"github.com/muktihari/fit/profile/mesgdef"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"
)

// Apps on the watch (Stryd's among them) write power or heart rate into fields
// of their own, which a message describes. They count where the recorder's own
// channel has nothing.

// appField names a developer field.
type appField struct{ app, field byte }

// apps holds the developer fields of a part that carry a channel of the
// records, and what the records say in them.
type apps struct {
	hr, watt map[appField]bool
	said     []appSaid // by record; nil as long as no field is described
	records  int
}

type appSaid struct{ hr, watt float64 }

// describe takes note of a field that is heart rate or power: by the number of
// the record's own field that it replaces, or by its name.
func (a *apps) describe(m *proto.Message) {
	d := mesgdef.NewFieldDescription(m)
	f := appField{d.DeveloperDataIndex, d.FieldDefinitionNumber}
	delete(a.hr, f)
	delete(a.watt, f)
	if d.NativeMesgNum != typedef.MesgNumInvalid && d.NativeMesgNum != typedef.MesgNumRecord {
		return
	}
	const nativeHR, nativePower = 3, 7
	name := strings.ToLower(strings.Join(d.FieldName, " "))
	switch {
	case d.NativeFieldNum == nativeHR, name == "heart rate", name == "heart_rate":
		put(&a.hr, f)
	case name == "power", name == "rp_power", d.NativeFieldNum == nativePower && !partial(name):
		put(&a.watt, f)
	}
}

// partial reports whether a power is not the runner's momentary total.
func partial(name string) bool {
	for _, word := range []string{"form", "air", "lap", "avg", "max"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func put(set *map[appField]bool, f appField) {
	if *set == nil {
		*set = map[appField]bool{}
	}
	(*set)[f] = true
}

// record reads the described fields of a record.
func (a *apps) record(m *proto.Message) {
	a.records++
	if len(a.hr)+len(a.watt) == 0 {
		return
	}
	nan := appSaid{math.NaN(), math.NaN()}
	for len(a.said) < a.records {
		a.said = append(a.said, nan)
	}
	s := &a.said[a.records-1]
	for _, d := range m.DeveloperFields {
		f := appField{d.DeveloperDataIndex, d.Num}
		switch {
		case a.hr[f]:
			s.hr = within(d.Value, 255)
		case a.watt[f]:
			s.watt = within(d.Value, math.MaxUint16)
		}
	}
}

// within returns a number of any type that is positive and below limit.
func within(v proto.Value, limit float64) float64 {
	x := math.NaN()
	switch n := v.Any().(type) {
	case uint8:
		x = float64(n)
	case uint16:
		x = float64(n)
	case uint32:
		x = float64(n)
	case int8:
		x = float64(n)
	case int16:
		x = float64(n)
	case int32:
		x = float64(n)
	case float32:
		x = float64(n)
	case float64:
		x = n
	}
	if x > 0 && x < limit {
		return x
	}
	return math.NaN()
}

// fillFromApps takes over what apps recorded for a channel that the recorder
// left empty. Both decoders must have seen the same records.
func (c *content) fillFromApps(a *apps) {
	if a.records != len(c.records) || len(a.said) == 0 {
		return
	}
	noHR, noPower := true, true
	for i := range c.records {
		noHR = noHR && !(c.records[i].hr > 0)
		noPower = noPower && !(c.records[i].watt > 0)
	}
	for i, s := range a.said {
		if noHR && !math.IsNaN(s.hr) {
			c.records[i].hr = s.hr
		}
		if noPower && !math.IsNaN(s.watt) {
			c.records[i].watt = s.watt
		}
	}
}
