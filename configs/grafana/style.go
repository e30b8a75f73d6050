package grafana

import (
	"cmp"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// The palette of Okabe and Ito (2008), which people with any colour vision can
// tell apart. A band or state is always shown with its word too.
const (
	readyColor  = "#009E73" // good: ready, OK, normal
	steadyColor = "#56B4E9"
	easyColor   = "#E69F00" // watch: easy, WATCH, drifting
	restColor   = "#CC79A7" // bad: rest, UNDER_RECOVERED, marked, beyond a limit
	greyColor   = "#999999" // unknown, and what is usual or expected

	firstColor  = "#0072B2" // what was measured
	secondColor = "#D55E00"
	thirdColor  = "#009E73"
	fourthColor = "#CC79A7"

	seventhColor = "#F0E442" // where all others are taken
)

// Limits of the score and of the conditions of under-recovery (PHYSIOLOGY
// §13.3, §14): the same line in every panel that shows the metric.
const (
	readyFrom, steadyFrom, easyFrom = 70, 55, 40

	formLow       = -0.30
	monotonyHigh  = 2
	spikeHigh     = 1.30
	rampHigh      = 0.10
	sleepShortH   = 6.5
	drift7d       = 3 // bpm
	strongPoints  = 5
	confidenceLow = 0.60
)

// clockTime is Grafana's unit for seconds as hh:mm:ss; "s" would write 330 s as
// 5.50 min.
const clockTime = "dthms"

// bandThresholds colour a score.
func bandThresholds() *dashboard.ThresholdsConfigBuilder {
	return steps(restColor, step{easyFrom, easyColor}, step{steadyFrom, steadyColor}, step{readyFrom, readyColor})
}

// above and below colour what lies beyond a limit.
func above(limit float64) *dashboard.ThresholdsConfigBuilder {
	return steps(readyColor, step{limit, restColor})
}

func below(limit float64) *dashboard.ThresholdsConfigBuilder {
	return steps(restColor, step{limit, readyColor})
}

// step is where a colour begins.
type step struct {
	from  float64
	color string
}

func steps(base string, more ...step) *dashboard.ThresholdsConfigBuilder {
	all := []dashboard.Threshold{{Color: base}}
	for _, s := range more {
		all = append(all, dashboard.Threshold{Value: cog.ToPtr(s.from), Color: s.color})
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(all)
}

// words are the colours of every text that is shown as a state.
func words() []dashboard.ValueMapping {
	options := map[string]dashboard.ValueMappingResult{}
	labels := map[string]string{
		"WATCH": "watch", "UNDER_RECOVERED": "under-recovered", "UNKNOWN": "unknown", "drift_up": "drifting up", "low_with_fatigue": "low, with fatigue",
	}
	for color, texts := range map[string][]string{
		readyColor:  {"ready", "OK", "normal"},
		steadyColor: {"steady"},
		easyColor:   {"easy", "WATCH", "drift_up", "elevated", "low_with_fatigue"},
		restColor:   {"rest", "UNDER_RECOVERED", "marked"},
		greyColor:   {"UNKNOWN"},
	} {
		for _, text := range texts {
			options[text] = dashboard.ValueMappingResult{Color: cog.ToPtr(color), Text: cog.ToPtr(cmp.Or(labels[text], text))}
		}
	}
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: options}}}
}

func property(id string, value any) dashboard.DynamicConfigValue {
	return dashboard.DynamicConfigValue{Id: id, Value: value}
}

func unit(name string) []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{property("unit", name)}
}

// column names a column of a table, and its unit; "" = what the field says.
func column(label, unitName string) []dashboard.DynamicConfigValue {
	named := []dashboard.DynamicConfigValue{property("displayName", label)}
	if unitName != "" {
		named = append(named, property("unit", unitName))
	}
	return named
}

// wordColumn shows states in their colours.
func wordColumn(label string) []dashboard.DynamicConfigValue {
	grey, _ := steps(greyColor).Build()
	return append(column(label, ""), property("thresholds", grey), property("color", map[string]any{"mode": "thresholds"}),
		property("custom.cellOptions", map[string]any{"type": "color-text"}))
}

// linked is a column whose cells lead elsewhere.
func linked(label, title, url string) []dashboard.DynamicConfigValue {
	return append(column(label, ""), property("links", []map[string]any{{"title": title, "url": url}}))
}

// Where cells lead to: the athlete's readiness, the run in a row.
const (
	athleteURL = "/d/afterrun-readiness?var-athlete=${__value.raw}&${__url_time_range}"
	ownRunURL  = "/d/afterrun-run?${athlete:queryparam}&${sport:queryparam}&var-run=${__value.raw}&${__url_time_range}"
	teamRunURL = "/d/afterrun-run?var-athlete=${__data.fields.athlete}&var-run=${__value.raw}&${__url_time_range}"
)

// calendar is the unit of a day's point.
const calendar = "time:YYYY-MM-DD"

// colored gives a series its colour; dashed is for what was not measured.
func colored(color string, dashed bool) []dashboard.DynamicConfigValue {
	all := []dashboard.DynamicConfigValue{property("color", map[string]any{"mode": "fixed", "fixedColor": color})}
	if dashed {
		all = append(all, property("custom.lineStyle", map[string]any{"fill": "dash", "dash": []int{6, 6}}))
	}
	return all
}
