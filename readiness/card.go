package readiness

import "afterrun/readiness/physio"

// CardColumns lists the numbers of a run's recovery card in the order of export
// (PHYSIOLOGY §16, §20).
var CardColumns = []Column{
	{"run_id", TypeText, "", "§0"},
	{"start_time_utc", TypeTime, "", "§0"},
	{"date", TypeDate, "", "§0"},
	{"cooldown_verdict", TypeText, "", "§3.3"},
	{"cooldown_s", TypeNum, "s", "§3.3"},
	{"cooldown_target_s", TypeNum, "s", "§3.3"},
	{"fluid_low_l", TypeNum, "L", "§12, 16"},
	{"fluid_high_l", TypeNum, "L", "§12, 16"},
	{"sodium_low_mg_l", TypeNum, "mg/L", "§16"},
	{"sodium_high_mg_l", TypeNum, "mg/L", "§16"},
	{"protein_low_g", TypeNum, "g", "§16"},
	{"protein_high_g", TypeNum, "g", "§16"},
	{"carb_low_g", TypeNum, "g", "§16"},
	{"carb_high_g", TypeNum, "g", "§16"},
	{"sleep_low_h", TypeNum, "h", "§16"},
	{"sleep_high_h", TypeNum, "h", "§16"},
	{"guideline_min_days", TypeInt, "", "§15"},
	{"guideline_max_days", TypeInt, "", "§15"},
	{"next_easy_after", TypeDate, "", "§15"},
	{"next_hard_after", TypeDate, "", "§15"},
	{"red_flag", TypeFlag, "", "§16"},
}

// card fills the recovery card of a run of the day whose morning is m (§16).
func (a *almanac) card(m *morning, s *session, t physio.RunType) {
	row := Row{}
	for _, name := range []string{"run_id", "start_time_utc", "date", "cooldown_verdict", "cooldown_s", "next_easy_after", "next_hard_after"} {
		row[name] = s.row[name]
	}
	distance := s.row.number("distance_m").ptr()
	row["cooldown_target_s"] = Null("not_running")
	row["guideline_min_days"], row["guideline_max_days"] = Null("not_running"), Null("not_running")
	if t.Window {
		row["cooldown_target_s"] = Num(physio.CooldownTarget(distance))
		row["guideline_min_days"], row["guideline_max_days"] = Num(float64(t.Min)), Num(float64(t.Max))
	}
	row["sleep_low_h"], row["sleep_high_h"] = Num(7), Num(9)
	row["red_flag"] = Flag(m.redFlag())
	if n, ok := a.foamRolled(m.d); ok {
		row[foamRolled] = Num(n)
	}
	if x := s.params.Exceeded; x != nil {
		row[hrmaxExceeded] = Num(*x)
	}
	s.drinks(row, distance)
	a.fuel(m.d, s, row)
	s.card = row
}

// Numbers of the card that are said, not exported.
const (
	foamRolled    = "foam_roll_7d"
	hrmaxExceeded = "hrmax_exceeded_bpm"
)

// foamRolled counts the check-ins of d−6..d that noted foam rolling, false when
// none says either way.
func (a *almanac) foamRolled(d Date) (n float64, said bool) {
	for day := d - 6; day <= d; day++ {
		v := a.f.checkinNumber(day, "foam_roll")
		n, said = n+v.v, said || v.ok
	}
	return n, said
}

// redFlag reports a sign that a physiotherapist should see.
func (m *morning) redFlag() bool {
	for _, sign := range []string{"swelling", "limping", "sharp", "worse_when_running"} {
		if m.said.flag(sign) {
			return true
		}
	}
	return m.pain.v > 3
}

// drinks fills what to drink: the target of a weighed run, else a range.
func (s *session) drinks(row Row, distance *float64) {
	set := func(low, high Value) { row["fluid_low_l"], row["fluid_high_l"] = low, high }
	target := s.row["fluid_target_l"]
	switch l, weighed := target.Float(); {
	case weighed:
		shown := Num(physio.FluidShown(l)).With("", "weighed", 0)
		set(shown, shown)
	case target.Reason == "mass_gain":
		set(target, target)
	case s.forgotten():
		set(Null("session_implausible"), Null("session_implausible"))
	default:
		r := physio.FluidUnweighed(distance, s.timer()/3600)
		set(Num(r.Low).With(Low, "estimate", 0), Num(r.High).With(Low, "estimate", 0))
	}
}

// fuel fills what to eat and the sodium of the drink. Both are hidden from
// athletes they are not meant for.
func (a *almanac) fuel(d Date, s *session, row Row) {
	set := func(name, unit string, low, high Value) {
		row[name+"_low_"+unit], row[name+"_high_"+unit] = low, high
	}
	short := Null("too_short")
	set("sodium", "mg_l", short, short)
	if a.hidesFuel(d) {
		hidden := Null("no_body_mass")
		set("protein", "g", hidden, hidden)
		set("carb", "g", hidden, hidden)
		return
	}
	if s.timer() >= 3600 {
		r := physio.Sodium()
		set("sodium", "mg_l", Num(r.Low), Num(r.High))
	}
	mass := a.bodyMass(d)
	grade := func(x float64) Value {
		if !mass.ok {
			return Num(x).With(Low, "estimate", 0)
		}
		return Num(x)
	}
	p, c := physio.Protein(mass.ptr()), physio.Carbohydrate(mass.ptr())
	set("protein", "g", grade(p.Low), grade(p.High))
	set("carb", "g", grade(c.Low), grade(c.High))
}

// hidesFuel reports an athlete whom grams and sodium are not meant for: under
// 18, which nobody knows of a run without a date, or the profile says so
// (pregnancy, kidney or heart disease).
func (a *almanac) hidesFuel(d Date) bool {
	age, known := a.f.profile.age(d)
	asked, _ := a.f.profile.param("hide_fuel_numbers", d)
	return known && age < 18 || asked > 0 || Undated(d.Time())
}

// bodyMass is that of the profile, else the last one said up to the date, kg.
func (a *almanac) bodyMass(d Date) maybe {
	if p := a.f.profile; p != nil && p.BodyMass > 0 {
		return known(p.BodyMass)
	}
	for day := d; day >= a.from; day-- {
		if kg := a.mass.at(day); kg.ok {
			return kg
		}
	}
	return maybe{}
}
