package main

import (
	"fmt"
	"io"
	"strings"

	"afterrun/readiness"
)

// printVerdict says the day's answer to a person at a terminal.
func printVerdict(w io.Writer, d readiness.Day, colour bool) {
	v := d.Verdict
	say(w, "")
	if v.Band == "" {
		say(w, "%s  no verdict yet", d.Date)
	} else {
		say(w, "%s  %s%s", d.Date, paint(v.Band, colour), scoreText(v))
	}
	say(w, "  %s", v.Headline)
	for _, r := range v.Reasons {
		say(w, "  - %s", r.Text)
	}
	for i, m := range v.Missing {
		if i == 0 {
			say(w, "  Missing:")
		}
		say(w, "  - %s: %s", m.Component, m.Hint)
	}
	if v.Question != "" {
		say(w, "  %s", v.Question)
	}
	say(w, "  Guidance, not diagnosis.")
}

func scoreText(v readiness.Verdict) string {
	if v.Score == nil {
		return ""
	}
	return fmt.Sprintf("  %.0f of 100, confidence %s", *v.Score, v.Confidence)
}

// paint writes a band large, and in its colour; the word itself always stands there.
func paint(band string, colour bool) string {
	codes := map[string]string{"ready": "32", "steady": "36", "easy": "33", "rest": "35"}
	if code, ok := codes[band]; ok && colour {
		return "\x1b[1;" + code + "m" + strings.ToUpper(band) + "\x1b[0m"
	}
	return strings.ToUpper(band)
}

// colour is for a terminal whose owner did not refuse it: see no-color.org.
func (a *app) colour() bool {
	return isTerminal(a.out) && a.env("NO_COLOR") == "" && a.env("TERM") != "dumb"
}
