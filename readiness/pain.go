package readiness

import "fmt"

// painWatch follows an episode of pain for the alert to see a physiotherapist
// (§14).
type painWatch struct {
	open         bool
	episode      Date
	told, active Date // last message, last day with a sign
}

// repeatDays is the distance between two messages of an episode of pain; an
// episode ends with a check-in without signs, or after quietDays without any.
const (
	repeatDays = 7
	quietDays  = 14
)

// painSteps returns the messages of the day: at once when a sign appears, again
// after a week.
func (m *morning) painSteps(w *walk) []Transition {
	var steps []Transition
	if m.emergency {
		steps = append(steps, Transition{Rule: "medical_help", Episode: m.d, Kind: "enter", Date: m.d, Text: "Stop training and seek medical help now."})
	}
	p, sign := &w.pain, m.painSign()
	if sign == "" {
		if today := m.today(); p.open && (m.d-p.active > quietDays || today != nil && today.number("pain").ok && today.number("pain").v == 0) {
			p.open = false
		}
		return steps
	}
	p.active = m.d
	kind := "enter"
	switch {
	case !p.open:
		*p = painWatch{open: true, episode: m.d, told: m.d, active: m.d}
	case m.d-p.told >= repeatDays:
		kind, p.told = "reminder", m.d
	default:
		return steps
	}
	return append(steps, Transition{Rule: "see_physio", Episode: p.episode, Kind: kind, Date: m.d, Text: sign + " Not a medical opinion."})
}

// painSign says why a physiotherapist should have a look, "" without a reason.
// It reads today's check-in, else yesterday's.
func (m *morning) painSign() string {
	const advise = "consider seeing a physiotherapist."
	days := int(m.pain.v)
	switch {
	case m.said.flag("limping"):
		return "You limp or walk with difficulty: do not run, and " + advise
	case m.said.flag("swelling"):
		return "A joint or tendon is swollen: do not run, and " + advise
	case m.said.flag("sharp"):
		return "You have a sharp, pinpoint pain: do not run on it, and " + advise
	case m.said.flag("worse_when_running"):
		return "Your pain gets worse when you run: pause running, and " + advise
	case days >= 6:
		return fmt.Sprintf("Pain for %d days: stop running on it, and please do %s", days, advise)
	case days > 3:
		return fmt.Sprintf("Pain for %d days: %s", days, advise)
	}
	return ""
}
