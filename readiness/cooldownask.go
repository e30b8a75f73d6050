package readiness

// cooldownQuestion asks what a recording that ended with the run cannot show
// (§3.3).
const cooldownQuestion = "Did you walk for 5 to 10 minutes after your run? Tell the check-in how many."

// mostUnanswered is how many questions in a row may stay unanswered.
const mostUnanswered = 5

// cooldownAsk asks about the cool-down at most once a day, and no more after five
// unanswered questions in a row until the athlete answers one unasked.
type cooldownAsk struct{ unanswered int }

// question is today's, "" for none; the runs are those of the day, by start.
func (c *cooldownAsk) question(runs []*session) string {
	var last *session
	for _, s := range runs {
		if s.running() {
			last = s
		}
	}
	switch {
	case last == nil:
	case last.fields["cooldown_min"].ok:
		c.unanswered = 0
	case last.row["cooldown_verdict"].String() == "unknown" && c.unanswered < mostUnanswered:
		c.unanswered++
		return cooldownQuestion
	}
	return ""
}
