package web

import (
	"fmt"
	"html/template"
	"math"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"afterrun/readiness"
)

// unknown is shown for a null.
const unknown = "–"

var helpers = template.FuncMap{
	"num": num, "why": why, "clock": clock, "km": km, "pace": pace, "title": title, "kind": kind, "usual": usual,
	"when": dateOf, "shortDate": shortDate, "longDate": longDate, "sentence": sentence, "component": component, "plain": plain,
	"short": short, "fixed": fixed, "lower": lower, "steps": steps, "base": path.Base, "folder": folder, "minus": minus, "textIn": func(row readiness.Row, name string) string { return row[name].String() }, "became": became, "signed": signed, "nextHard": func(d *readiness.Day) string { return nextHard(*d) }, "day": func(d readiness.Date) string { return d.Time().Format("2 Jan 2006") }, "runsOf": runsOf, "inc": func(i int) int { return i + 1 },
	"term": term, "fact": newFact, "textOf": textOf, "amount": amount, "figureTitle": figureTitle, "lack": lack, "startOf": startOf, "clockTime": clockTime,
	"deref":   func(x *float64) float64 { return *x },
	"percent": func(x float64) string { return fixed(100*x, 0) + "\u00a0%" },
	"marker":  func(score float64) string { return fmt.Sprintf("%.1f", min(99, max(0, score-0.5))) },
	"args":    func(row readiness.Row, name string) cell { return cell{row, name} },
}

// fact is a value in the coach's table, by its name on a phone.
type fact struct{ Name, Value, Usual string }

// Known reports a value; what is unknown takes no room on a phone.
func (f fact) Known() bool { return f.Value != unknown }

func newFact(name, value, usual string) fact {
	if usual == unknown {
		usual = ""
	}
	return fact{name, value, usual}
}

// cell is one metric in a table.
type cell struct {
	Row  readiness.Row
	Name string
}

// num prints a number of a row with a true minus sign, "–" for null.
func num(row readiness.Row, name string, decimals int) string {
	x, ok := row[name].Float()
	if !ok {
		return unknown
	}
	return minus(fmt.Sprintf("%.*f", decimals, zero(x, decimals)))
}

// signed prints a whole number with its sign.
func signed(row readiness.Row, name string) string {
	x, ok := row[name].Float()
	if !ok {
		return unknown
	}
	return minus(fmt.Sprintf("%+.0f", zero(x, 0)))
}

// zero rounds what would print as −0 to 0.
func zero(x float64, decimals int) float64 {
	if math.Abs(x) < 0.5*math.Pow10(-decimals) {
		return 0
	}
	return x
}

// hyphen is a hyphen that stands for a minus.
var hyphen = regexp.MustCompile(`(^|[\s(])-(\d)`)

func minus(s string) string { return hyphen.ReplaceAllString(s, "${1}−${2}") }

// sentence gives a text a capital and true minus signs.
func sentence(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return minus(string(unicode.ToUpper(first)) + s[n:])
}

// usual is the resting heart rate today's is compared with.
func usual(row readiness.Row) string {
	x, ok1 := row["rhr_bpm"].Float()
	d, ok2 := row["rhr_delta_bpm"].Float()
	if !ok1 || !ok2 {
		return unknown
	}
	return fmt.Sprintf("%.0f", x-d)
}

// steps are the whole numbers from..to.
func steps(from, to int) []int {
	var out []int
	for i := from; i <= to; i++ {
		out = append(out, i)
	}
	return out
}

// givenHere is where a file lies that came through the page; the place tells its
// content.
var givenHere = regexp.MustCompile(`^page/[0-9a-f]{8}(/|$)`)

// folder is where a file lies, "" for the top.
func folder(file string) string {
	dir := givenHere.ReplaceAllString(path.Dir(file), "given here$1")
	if dir == "." {
		return ""
	}
	return dir
}

// runsOf lists the ids of the runs a file told of.
func runsOf(f readiness.File) []string {
	var ids []string
	for _, e := range f.Events {
		if e.Kind == readiness.KindRun {
			ids = append(ids, readiness.RunIDOf(e.Key))
		}
	}
	return ids
}

// became is what a file yielded; its runs are links beside it, not ids.
func became(f readiness.File) string {
	text := f.Became()
	for _, id := range runsOf(f) {
		text = strings.Replace(text, " ("+id+")", "", 1)
	}
	return text
}

// lower writes a state like UNDER_RECOVERED as words.
func lower(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", " ")) }

// unit is the unit of a metric that is known.
func unit(row readiness.Row, name, unit string) string {
	if _, ok := row[name].Float(); !ok {
		return ""
	}
	return unit
}

// against says what a number is compared with, or why there is none.
func against(word, value, more, reason string) string {
	switch {
	case reason != "":
		return reason
	case value == unknown:
		return "no comparison yet"
	}
	return word + " " + value + more
}

// recoveryAge says how old the newest of the runs is.
func recoveryAge(row readiness.Row) string {
	days, ok := row["hrr_age_days"].Float()
	switch {
	case !ok || days < 1:
		return ""
	case days < 2:
		return ", the newest 1 day ago"
	}
	return fmt.Sprintf(", the newest %.0f days ago", days)
}

// form says what form is the difference of: fitness and fatigue as they were
// the evening before. Days are newest first.
func form(days []readiness.Day) string {
	if reason := plainOf(days[0].Row, "tsb"); reason != "" {
		return reason
	}
	if len(days) < 2 || days[1].Date != days[0].Date-1 {
		return "fitness less fatigue this morning"
	}
	return fmt.Sprintf("fitness %s, fatigue %s this morning", num(days[1].Row, "ctl", 0), num(days[1].Row, "atl", 0))
}

// next says when a window ends, as seen from the day.
func next(d readiness.Day, column string) string {
	date, err := readiness.ParseDate(d.Row[column].String())
	switch {
	case err != nil:
		return unknown
	case date <= d.Date:
		return "today"
	case date == d.Date+1:
		return "tomorrow"
	}
	return shortDate(date)
}

// nextEasy is the end of the last run's first window.
func nextEasy(d readiness.Day) string {
	if text := next(d, "next_easy_after"); text != unknown {
		return "easy running: " + text
	}
	return plainOf(d.Row, "next_easy_after")
}

// nextHard is the end of the last run's window; on a day that is not for hard
// running, today is no answer.
func nextHard(d readiness.Day) string {
	text := next(d, "next_hard_after")
	if text == "today" && (d.Verdict.Band == "easy" || d.Verdict.Band == "rest") {
		return "when calmer"
	}
	return text
}

// plainOf is the reason of a null in words, "" for a number.
func plainOf(row readiness.Row, name string) string {
	if _, ok := row[name].Float(); ok {
		return ""
	}
	if text := plain(row[name].Reason); text != "" {
		return text
	}
	return "not known"
}

// lack says why a component is missing; of the check-in its reason would be "not
// in the check-in".
func lack(l readiness.Lack) string {
	if l.Component == "wellness" && l.Reason == "no_checkin" {
		return "none this morning or the one before"
	}
	return plain(l.Reason)
}

// why is the reason of a null, in words; "" when there is none.
func why(row readiness.Row, name string) string { return plain(row[name].Reason) }

// plain says a reason in words.
func plain(r readiness.Reason) string {
	if text := r.Text(); text != "" {
		return text
	}
	return strings.ReplaceAll(string(r), "_", " ")
}

// plainError is what an error says to the reader, without its class.
func plainError(err error) string {
	return strings.TrimSuffix(err.Error(), ": "+readiness.ErrInvalid.Error())
}

// components are the names of what a verdict rests on, and of what limits it.
var components = map[string]string{
	"rhr_marked": "A resting heart rate far above usual", "sleep_short": "Short sleep",

	"wellness": "Check-in", "rhr": "Resting heart rate", "load": "Training load", "sleep": "Sleep",
	"hrv": "Heart-rate variability", "hrr": "Heart-rate recovery", "hrex": "Heart rate at your usual pace",
}

func component(name string) string {
	if text, ok := components[name]; ok {
		return text
	}
	return sentence(strings.ReplaceAll(name, "_", " "))
}

// kinds are the sorts of run worth a word.
var kinds = map[string]string{
	"marathon": "marathon", "half_marathon": "half marathon", "race_10k": "10 km race", "race_5k": "5 km race", "long": "long", "hard": "hard",
}

func kind(r readiness.RunSummary) string { return kinds[r.Row["run_type"].String()] }

// title names a run: its own title, else its sport.
func title(r readiness.RunSummary) string {
	if t := r.Row["title"].String(); t != "" {
		return t
	}
	if sport := r.Row["sport"].String(); sport != "" {
		return sentence(strings.ReplaceAll(sport, "_", " "))
	}
	return "Activity"
}

// clock prints seconds as h:mm:ss.
func clock(row readiness.Row, name string) string {
	x, ok := row[name].Float()
	if !ok || x < 0 || x > 1e8 {
		return unknown
	}
	return hms(x)
}

func hms(seconds float64) string {
	n := int(math.Round(seconds))
	if n >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}

func km(row readiness.Row) string {
	x, ok := row["distance_m"].Float()
	if !ok {
		return unknown
	}
	return fmt.Sprintf("%.2f", x/1000)
}

// pace prints the time per kilometre of running, pauses left out.
func pace(row readiness.Row) string {
	d, ok1 := row["run_distance_m"].Float()
	t, ok2 := row["run_s"].Float()
	if !ok1 || !ok2 || d < 100 || t < 30 || t/d > 3.6 {
		return unknown
	}
	return hms(1000 * t / d)
}

// dateOf is the local date of a run, that of its start in UTC when the row has
// none.
func dateOf(r readiness.RunSummary) readiness.Date {
	if d, err := readiness.ParseDate(r.Row["date"].String()); err == nil {
		return d
	}
	return readiness.DateOf(localStart(r))
}

// localStart is when a run began by the clock of its place, as far as known.
func localStart(r readiness.RunSummary) time.Time {
	offset := 0.0
	if x, ok := r.Row["utc_offset_s"].Float(); ok && math.Abs(x) <= 86400 {
		offset = x
	}
	return r.Trace.Start.UTC().Add(time.Duration(offset) * time.Second)
}

// startOf names a run in a check-in: its start, whatever the zone.
func startOf(r readiness.RunSummary) string { return r.Trace.Start.UTC().Format(time.RFC3339) }

func clockTime(r readiness.RunSummary) string { return localStart(r).Format("15:04") }

func shortDate(d readiness.Date) string { return d.Time().Format("Mon 2 Jan") }

func longDate(d readiness.Date) string { return d.Time().Format("Monday 2 January 2006") }
