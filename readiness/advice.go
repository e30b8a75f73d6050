package readiness

import (
	"cmp"
	"fmt"
)

// Advice is one line of guidance. It is never a diagnosis and never a promise.
type Advice struct {
	Topic string `json:"topic"`
	Text  string `json:"text"`
	Note  string `json:"note,omitempty"` // how good the evidence is, or when not to
}

// CardAdvice is the recovery card of a run in words, in the order in which to
// do it, with the athlete's own numbers (PHYSIOLOGY §16); empty for a duplicate.
func CardAdvice(r RunSummary) []Advice {
	if len(r.Card) == 0 {
		return nil
	}
	c := card{r.Card, r.Row}
	lines := []Advice{c.redFlag(), c.cooldown(), c.breathing(), c.stretching(), c.drinking(), c.sodium(), c.snack(), c.protein(), c.meal(),
		c.legs(), c.rolling(), c.routine(), c.sleep(), c.next(), c.guideline(), c.maximum()}
	out := lines[:0]
	for _, l := range lines {
		if l.Text != "" {
			out = append(out, l)
		}
	}
	return out
}

// card reads the numbers of a run's card and of the run.
type card struct{ card, run Row }

func (c card) span(low, high, unit string, decimals int) string {
	a, b := c.card.number(low), c.card.number(high)
	switch {
	case !a.ok:
		return ""
	case a == b:
		return fmt.Sprintf("%.*f %s", decimals, a.v, unit)
	}
	return fmt.Sprintf("%.*f–%.*f %s", decimals, a.v, decimals, b.v, unit)
}

func (c card) isRun() bool { return c.card.number("cooldown_target_s").ok }

func (c card) redFlag() Advice {
	if c.card.number("red_flag").v == 0 {
		return Advice{}
	}
	return Advice{"red flag", "You noted swelling, limping, sharp or lasting pain: do not run on it, and consider seeing a physiotherapist.",
		"A gait changed by pain makes new injuries likely."}
}

// cooldown says what the recording shows of the cool-down and what to aim for.
func (c card) cooldown() Advice {
	target := c.card.number("cooldown_target_s")
	if !target.ok {
		return Advice{}
	}
	a := Advice{Topic: "cool-down", Note: "It prevents light-headedness; it has not been shown to reduce soreness or injury, so it does not enter readiness."}
	minutes := c.card.number("cooldown_s").v / 60
	aim := fmt.Sprintf("walk or jog easily for %.0f minutes", target.v/60)
	switch c.card["cooldown_verdict"].String() {
	case "ok":
		a.Text = fmt.Sprintf("Cooled down for %.0f minutes: good.", minutes)
	case "short":
		a.Text = fmt.Sprintf("Cooled down for %.0f minutes: next time %s.", minutes, aim)
	case "abrupt":
		a.Text = "You stopped abruptly: next time do not sit down at once, " + aim + "."
	default:
		a.Text = "The recording ended with the run, so it does not show a cool-down: " + aim + ", and tell the check-in how long."
	}
	return a
}

func (c card) breathing() Advice {
	return Advice{"breathing", "Box breathing while you calm down: in 4 s, hold 4 s, out 4 s, hold 4 s, a few rounds.", ""}
}

func (c card) stretching() Advice {
	return Advice{"stretching", "After walking, not before: hold each stretch 20–30 s, about five of them; or move the joints through their range instead.",
		"Stretching and mobility feel good; neither has been shown to prevent soreness."}
}

func (c card) drinking() Advice {
	text := c.span("fluid_low_l", "fluid_high_l", "L", 2)
	switch low := c.card["fluid_low_l"]; {
	case low.Source == "weighed":
		text = fmt.Sprintf("Drink %s, spread over 4 hours, beginning within 30 minutes: 1.5 times the mass you lost (about 23 fl oz per lb).", text)
		if pct := c.run.number("dehydration_pct").v; pct >= 2 {
			text += fmt.Sprintf(" You lost %.1f %% of your body mass: drink earlier next time.", pct)
		}
	case low.Reason == "mass_gain":
		text = "You drank more than you lost; drink to thirst."
	case text == "":
		return Advice{}
	case c.short():
		text = "Drink " + text + "."
	default:
		text = "Drink to thirst, about " + text + " for this run. Weigh yourself before and after and tell the check-in to know better."
	}
	return Advice{"drinking", text, "Do not force fluid: too much is dangerous too."}
}

// short reports a run of at most two miles.
func (c card) short() bool { return c.card.number("cooldown_target_s").v == 300 }

func (c card) sodium() Advice {
	if text := c.span("sodium_low_mg_l", "sodium_high_mg_l", "mg", 0); text != "" {
		return Advice{"sodium", "After an hour or more, or in heat: a drink with " + text + " of sodium per litre.", ""}
	}
	return Advice{}
}

func (c card) snack() Advice {
	if text := c.span("carb_low_g", "carb_high_g", "g", 0); text != "" {
		return Advice{"snack", "Within 30 minutes, at most 60, when the next meal is more than an hour away: " + text + " of carbohydrate, about three times the protein (3:1).",
			"Tight timing matters mainly when the next session is less than 8 hours away."}
	}
	return Advice{"snack", "Within 30 minutes, at most 60, when the next meal is more than an hour away: something with carbohydrate and protein.", ""}
}

func (c card) protein() Advice {
	if text := c.span("protein_low_g", "protein_high_g", "g", 0); text != "" {
		return Advice{"protein", text + " of protein within an hour.", ""}
	}
	return Advice{}
}

func (c card) meal() Advice { return Advice{"meal", "A full meal within 2 hours.", ""} }

func (c card) legs() Advice { return Advice{"legs up", "Put your legs up for 10–15 minutes.", ""} }

func (c card) rolling() Advice {
	text := "Foam roll or massage from an hour after the run, 5–10 minutes, not on days in a row, two or three times a week."
	if c.run["run_type"].String() == "marathon" {
		text = "No foam rolling for the first 24–48 hours after a marathon; then 5–10 minutes, not on days in a row."
	}
	if n := c.card.number(foamRolled); n.ok {
		text += fmt.Sprintf(" You did %.0f times in the last 7 days.", n.v)
	}
	return Advice{"foam rolling", text, "Short-lived relief of soreness at best."}
}

func (c card) routine() Advice {
	if !c.isRun() {
		return Advice{}
	}
	return Advice{"routine", "The short routine takes under 10 minutes: walk, breathe, stretch, drink. The long one takes 15–20: 10 of cool-down, 5 of stretching, 5 of strength (5–10 repetitions each, a plank of 30–60 s).", ""}
}

func (c card) sleep() Advice {
	return Advice{"sleep", "Sleep " + c.span("sleep_low_h", "sleep_high_h", "h", 0) + " tonight, at your usual time.", ""}
}

func (c card) next() Advice {
	easy, hard := c.card["next_easy_after"].String(), c.card["next_hard_after"].String()
	if easy == "" || hard == "" {
		return Advice{}
	}
	return Advice{"next runs", fmt.Sprintf("Next easy run from %s, next hard run from %s; walking, swimming, cycling and mobility meanwhile.", spoken(easy), spoken(hard)), ""}
}

// spoken writes a date for people; the year goes without saying.
func spoken(date string) string {
	d, err := ParseDate(date)
	if err != nil {
		return date
	}
	return d.Time().Format("Monday 2 January")
}

// kindsOfRun are the types of §15 that have a guideline, in words.
var kindsOfRun = map[string]string{
	"marathon": "a marathon", "half_marathon": "a half marathon", "race_10k": "a 10 km race", "race_5k": "a 5 km race", "long": "a long run",
	"hard": "a hard run", "run_5_10mi": "a run of 5–10 miles", "run_3_5mi": "a run of 3–5 miles", "easy_lt_3mi": "a run of less than 3 miles",
}

// guideline shows the window of this kind of run, also to those whose easy runs
// are exempt from it.
func (c card) guideline() Advice {
	if c.card.number("guideline_max_days").v == 0 {
		return Advice{}
	}
	text := c.span("guideline_min_days", "guideline_max_days", "days", 0)
	if text == "1 days" {
		text = "1 day"
	}
	return Advice{"guideline", fmt.Sprintf("A usual guideline after %s: %s without a hard run.", cmp.Or(kindsOfRun[c.run["run_type"].String()], "a run like this"), text), ""}
}

// maximum suggests to look at a maximum heart rate that was exceeded; nothing
// changes by itself.
func (c card) maximum() Advice {
	x := c.card.number(hrmaxExceeded)
	if !x.ok {
		return Advice{}
	}
	return Advice{"maximum heart rate", fmt.Sprintf("You have held %.0f bpm, above the maximum of %.0f in your configuration: consider a new entry in params (hrmax_exceeded).",
		x.v, c.run.number("hrmax_bpm").v), "A bad strap can do that, too; it takes two runs to believe an unusual one."}
}

// GeneralAdvice is the library: what is offered, not recommended, with its
// evidence.
func GeneralAdvice() []Advice {
	return []Advice{
		{"ice bath", "10–15 minutes at about 15.6 °C (60 °F).", "Eases soreness; done often it may blunt the gains of strength training."},
		{"compression", "Compression clothes for a few hours, not while asleep.", "Small effect on soreness."},
		{"warm bath", "A bath with Epsom salt for 15–20 minutes.", "Comfort; an uptake of magnesium through the skin is unproven."},
		{"contrast shower", "1–2 minutes warm, 1–2 minutes cold, three to five times.", "Feels fresh; little evidence."},
		{"sauna and cryotherapy", "Infrared sauna 20 minutes, or a cold chamber 2–3 minutes at −110 °C (−166 °F).", "Little evidence; not with heart or circulation trouble."},
		{"relaxed day", "One fully relaxed day a week; other days without a run may hold easy cross-training.", ""},
		{"rest days", "One or two days a week without running, and a down week every fourth.", ""},
		{"walk-run plan", "Starting out: 90 s running, 30 s walking for 15–20 minutes, or four times 2 minutes running and 1 walking. A mile may take 12–13 minutes, 15–16 in weeks 2 and 3; then 1, 1.2, 1.5 miles, and back to 1–1.2 in week 4.", ""},
		{"strides", "Strides of 20–30 s (four of 20 s) and drills twice a week; hill sprints or four times 400 m once the base is there.", ""},
		{"same bedtime", "Sleep 7–9 hours, going to bed and getting up at fixed times.", ""},
		{"alcohol", "Little alcohol: it raises the resting heart rate of the next morning. Note it in the check-in (alcohol).", ""},
		{"blood work", "Some runners have their blood checked every 6–12 months (180–365 days); ask your doctor whether it makes sense for you.", ""},
		{"soreness and pain", "Dull soreness on both sides that eases with movement and fades in one or two days is normal. Sharp, pinpoint or one-sided pain, swelling, limping, or pain that gets worse with each run is not: from three to five days on, see a physiotherapist.", ""},
		{"journal", "Note conditions, what ached, how you felt, and whether breathing was smooth or ragged.", ""},
	}
}

// DayAdvice is what the day's numbers suggest beside the verdict. Nothing of it
// is an alert.
func DayAdvice(row Row) []Advice {
	var out []Advice
	add := func(holds bool, a Advice) {
		if holds {
			out = append(out, a)
		}
	}
	at := func(name string) maybe { return row.number(name) }
	add(at("ramp_high").v == 1, Advice{"weekly distance", fmt.Sprintf("You ran %.1f km in seven days, clearly more than in the seven before. Hold it for a week.", at("distance_7d_m").v/1000),
		"The 10 % rule is a habit, not a finding: trials found no effect."})
	add(at("session_spike_ratio").v > 1.10, Advice{"long run", fmt.Sprintf("Today's longest run is %.0f %% of the longest of the 30 days before.", 100*at("session_spike_ratio").v),
		"In one large study runs more than 10 % longer went with more injuries; beyond 30 % it is a spike, beyond twice as long a large one."})
	add(at("monotony_7d").v > 1.5, Advice{"variation", "The days of this week were much alike: make easy days easier and hard days fewer.", ""})
	rest := at("rest_days_7d")
	add(rest.ok && rest.v < 1, Advice{"rest day", "No day without a run in seven: take at least one, better one or two a week.", ""})
	add(at("weeks_since_deload").v >= 4, Advice{"down week", fmt.Sprintf("%.0f weeks since the last easier one: plan a week with a fifth less.", at("weeks_since_deload").v), ""})
	sleep := at("sleep_h")
	add(sleep.ok && sleep.v < 6, Advice{"sleep", fmt.Sprintf("%.1f h of sleep last night: 7–9 h help you recover.", sleep.v), ""})
	add(at("soreness_days").v >= 3, Advice{"soreness", fmt.Sprintf("Sore for %.0f days; it usually fades in one or two.", at("soreness_days").v), ""})
	add(at("mass_drop_7d_pct").v >= 2, Advice{"body mass", "Your body mass is clearly below that of the last week: eat and drink enough.", ""})
	return out
}
