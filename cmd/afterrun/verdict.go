package main

import (
	"fmt"
	"io"
	"strings"

	"afterrun/readiness"
)

// printVerdict says the day's answer to a person at a terminal.
func printVerdict(w io.Writer, d readiness.Day) {
	v := d.Verdict
	say(w, "")
	if v.Band == "" {
		say(w, "%s  no verdict yet", d.Date)
	} else {
		say(w, "%s  %s%s", d.Date, paint(w, v.Band, strings.ToUpper(v.Band)), scoreText(v))
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

// paint colours a band on a terminal; the word itself always stands there.
func paint(w io.Writer, band, text string) string {
	codes := map[string]string{"ready": "32", "steady": "36", "easy": "33", "rest": "35"}
	if code, ok := codes[band]; ok && isTerminal(w) {
		return "\x1b[1;" + code + "m" + text + "\x1b[0m"
	}
	return text
}
