package web

import "testing"

func TestKeysAreSaidInWords(t *testing.T) {
	for key, want := range map[string]string{
		"hrr60/walk/b70/chest":          "the fall in one minute, walking, ended at 70–79 % of the maximum, chest strap",
		"hrr60_pause/stand/b90/optical": "the fall in a pause of the timer, standing, ended at 90 % of the maximum or more, optical sensor",
		"hrr120/unknown/b80/unknown":    "the fall in two minutes, not known how, ended at 80–89 % of the maximum, sensor not known",
		"other/unknown/minetti":         "roads and paths, sensor not known, slopes allowed for",
		"trail/chest/none":              "trails, chest strap, slopes not known",
		"something/new":                 "something/new", // rather than a guess
	} {
		if got := keyWords(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

func TestAmountsAreReadable(t *testing.T) {
	for _, c := range []struct {
		x    float64
		unit string
		want string
	}{
		{10710, "m", "10.71 km"}, {800, "m", "800 m"}, {0.168, "fraction", "16.8 %"}, {-0.8723, "fraction", "−87.2 %"},
		{36.0971, "HRSS units/day", "36.1 HRSS/day"}, {-0.3372, "SD", "−0.34 spreads"}, {1, "days", "1 day"},
		{12345.6, "", "12345.6"}, {0.00004, "ratio", "0"}, {0.585, "ratio", "0.585"}, {80.4, "0–100", "80.4 of 100"}, {1, "0–1", "100.0 %"}, {49, "bpm", "49 bpm"}, {0.0416, "L/h", "0.042 L/h"},
	} {
		if got := amount(c.x, c.unit); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.x, c.unit, got, c.want)
		}
	}
}
