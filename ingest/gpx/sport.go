package gpx

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a word of a track's type or name and the FIT sport it means.
type word struct{ part, sport, sub string }

// words are tried in order: the special before the general ("trail run" before
// "run"). Words of other languages are those of common exports.
var words = []word{
	{"treadmill", "running", "treadmill"},
	{"trail run", "running", "trail"},
	{"trail_run", "running", "trail"},
	{"trailrun", "running", "trail"},
	{"virtualrun", "running", "virtual_activity"},
	{"virtual_run", "running", "virtual_activity"},
	{"track_run", "running", "track"},
	{"virtualride", "cycling", "virtual_activity"},
	{"mountain bik", "cycling", "mountain"},
	{"mountain_bik", "cycling", "mountain"},
	{"ski", "skiing", ""},
	{"snowboard", "snowboarding", ""},
	{"snowshoe", "snowshoeing", ""},
	{"skat", "inline_skating", ""},
	{"bik", "cycling", ""},
	{"cycl", "cycling", ""},
	{"ride", "cycling", ""},
	{"riding", "cycling", ""},
	{"radfahr", "cycling", ""},
	{"fahrrad", "cycling", ""},
	{"fiets", "cycling", ""},
	{"vélo", "cycling", ""},
	{"cicl", "cycling", ""},
	{"swim", "swimming", ""},
	{"schwimm", "swimming", ""},
	{"natation", "swimming", ""},
	{"nuoto", "swimming", ""},
	{"row", "rowing", ""},
	{"kayak", "kayaking", ""},
	{"paddl", "paddling", ""},
	{"surf", "surfing", ""},
	{"sail", "sailing", ""},
	{"hik", "hiking", ""},
	{"wander", "hiking", ""},
	{"randonn", "hiking", ""},
	{"escurs", "hiking", ""},
	{"sender", "hiking", ""},
	{"walk", "walking", ""},
	{"marche", "walking", ""},
	{"wandel", "walking", ""},
	{"driv", "driving", ""},
	{"run", "running", ""},
	{"jog", "running", ""},
	{"lauf", "running", ""},
	{"course à pied", "running", ""},
	{"corsa", "running", ""},
	{"carrera", "running", ""},
	{"corrida", "running", ""},
	{"hardlop", "running", ""},
	{"juoks", "running", ""},
	{"løb", "running", ""},
	{"løp", "running", ""},
	{"löp", "running", ""},
	{"bieg", "running", ""},
}

// stravaNumbers are the types in Strava's GPX files.
var stravaNumbers = map[string]word{
	"1": {"", "cycling", ""}, "2": {"", "alpine_skiing", ""}, "3": {"", "alpine_skiing", "backcountry"},
	"4": {"", "hiking", ""}, "5": {"", "ice_skating", ""}, "6": {"", "inline_skating", ""},
	"7": {"", "cross_country_skiing", ""}, "8": {"", "cross_country_skiing", ""}, "9": {"", "running", ""},
	"10": {"", "walking", ""}, "11": {"", "training", ""}, "12": {"", "snowboarding", ""},
	"13": {"", "snowshoeing", ""}, "14": {"", "kitesurfing", ""}, "15": {"", "windsurfing", ""},
	"16": {"", "swimming", ""}, "17": {"", "cycling", "virtual_activity"}, "18": {"", "e_biking", ""},
	"20": {"", "kayaking", ""}, "23": {"", "rowing", ""},
}

// sportOf returns the FIT sport and sub-sport that a track's type names. A
// type that says nothing known is "generic"; without a type the name is asked,
// and what names nothing is running.
func sportOf(kind, name string) (sport, sub string) {
	kind = strings.ToLower(strings.TrimSpace(kind))
	if w, ok := stravaNumbers[kind]; ok {
		return w.sport, w.sub
	}
	if w, ok := find(kind, strings.Contains); ok {
		return w.sport, w.sub
	}
	if kind != "" {
		return "generic", ""
	}
	if w, ok := find(strings.ToLower(name), startsWord); ok {
		return w.sport, w.sub
	}
	return "running", ""
}

func find(s string, has func(s, part string) bool) (word, bool) {
	for _, w := range words {
		if has(s, w.part) {
			return w, true
		}
	}
	return word{}, false
}

// startsWord reports whether a word of s starts with part: a name is free
// text, in which "strides" is no ride and "tomorrow" no row.
func startsWord(s, part string) bool {
	for at := 0; ; {
		i := strings.Index(s[at:], part)
		if i < 0 {
			return false
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(s[:at])
		if !unicode.IsLetter(before) {
			return true
		}
		at += len(part)
	}
}
