package polar

import "strings"

// word is a part of a sport's name and the FIT sport it means.
type word struct{ part, sport, sub string }

// words are tried in order: the special before the general.
var words = []word{
	{"TREADMILL", "running", "treadmill"},
	{"TRAIL_RUN", "running", "trail"},
	{"TRACK", "running", "track"},
	{"RUN", "running", ""},
	{"JOG", "running", ""},
	{"MOUNTAIN_BIK", "cycling", "mountain"},
	{"INDOOR_CYC", "cycling", "indoor_cycling"},
	{"SPINNING", "cycling", "spin"},
	{"BIK", "cycling", ""},
	{"CYCL", "cycling", ""},
	{"OPEN_WATER", "swimming", "open_water"},
	{"POOL", "swimming", "lap_swimming"},
	{"SWIM", "swimming", ""},
	{"WALK", "walking", ""},
	{"HIK", "hiking", ""},
	{"ROWING", "rowing", ""},
	{"CROSS_COUNTRY", "cross_country_skiing", ""},
	{"XC_SKI", "cross_country_skiing", ""},
	{"DOWNHILL", "alpine_skiing", ""},
	{"SKI", "skiing", ""},
}

// byNumber are Polar's numbers of sports, from the settings page of Polar Flow.
var byNumber = map[sport]word{
	"1": {"", "running", ""}, "2": {"", "cycling", ""}, "3": {"", "walking", ""}, "4": {"", "running", ""},
	"5": {"", "cycling", "mountain"}, "6": {"", "skiing", ""}, "7": {"", "alpine_skiing", ""}, "8": {"", "rowing", ""},
	"9": {"", "walking", ""}, "11": {"", "hiking", ""}, "17": {"", "running", "treadmill"}, "18": {"", "cycling", "indoor_cycling"},
	"19": {"", "running", ""}, "22": {"", "snowboarding", ""}, "23": {"", "swimming", ""}, "24": {"", "cross_country_skiing", ""},
	"25": {"", "cross_country_skiing", ""}, "27": {"", "running", "trail"}, "28": {"", "ice_skating", ""}, "29": {"", "inline_skating", ""},
	"36": {"", "running", "track"}, "38": {"", "cycling", "road"}, "103": {"", "swimming", "lap_swimming"},
}

// sportOf returns the FIT sport and sub-sport of a word, or of the number of one.
// An unknown sport is never taken for running.
func sportOf(s sport) (name, sub string) {
	if w, ok := byNumber[s]; ok {
		return w.sport, w.sub
	}
	upper := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToUpper(string(s)))
	for _, w := range words {
		if strings.Contains(upper, w.part) {
			return w.sport, w.sub
		}
	}
	return "generic", ""
}
