package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"afterrun/readiness"
)

// teamView lists the athletes, who needs attention first.
type teamView struct {
	frame
	Members []member
}

// member is an athlete in the coach's table.
type member struct {
	ID      readiness.AthleteID
	Day     *readiness.Day // nil = nothing lately
	Stale   int            // days since then
	Concern string         // why to look, "" = nothing
	Link    string
	worry   int
}

func (s *server) viewTeam(r *http.Request, f frame) (any, error) {
	v := teamView{frame: f}
	for _, id := range f.Athletes {
		m, err := s.member(r.Context(), id)
		if err != nil {
			return nil, err
		}
		f.Athlete = id
		m.Link = f.To("./")
		v.Members = append(v.Members, m)
	}
	slices.SortStableFunc(v.Members, func(a, b member) int {
		return cmp.Or(cmp.Compare(b.worry, a.worry), cmp.Compare(a.score(), b.score()), cmp.Compare(a.ID, b.ID))
	})
	return v, nil
}

func (s *server) member(ctx context.Context, id readiness.AthleteID) (member, error) {
	today := s.today(id)
	m := member{ID: id}
	days, err := s.o.Reader.Days(ctx, id, today-shownDays, today+1)
	if err == nil && len(days) > 0 {
		m.Day = &days[len(days)-1]
		m.Stale = int(today - m.Day.Date)
	}
	m.worry, m.Concern = m.concern()
	return m, err
}

// score is that of the day, beyond all others without one.
func (m member) score() float64 {
	if m.Day == nil || m.Day.Verdict.Score == nil {
		return 1000
	}
	return *m.Day.Verdict.Score
}

// concern says how much an athlete needs a look, and why.
func (m member) concern() (int, string) {
	switch {
	case m.Day == nil:
		return 1, "nothing in ninety days"
	case m.Day.Row["recovery_state"].String() == "UNDER_RECOVERED":
		return 5, "under-recovered"
	case slices.Contains([]string{"limping", "swelling", "illness", "pain"}, m.Day.Verdict.CappedBy):
		return 4, strings.ReplaceAll(m.Day.Verdict.CappedBy, "_", " ")
	case m.Day.Verdict.Band == "rest":
		return 3, m.worst()
	case m.Day.Verdict.Band == "easy":
		return 2, m.worst()
	case m.Stale > 3:
		return 1, "nothing new"
	case m.Day.Verdict.Band == "":
		return 1, "no verdict: " + m.lacking()
	}
	return 0, ""
}

// lacking names what a verdict would need first.
func (m member) lacking() string {
	var names []string
	for _, l := range m.Day.Verdict.Missing {
		names = append(names, strings.ToLower(component(l.Component)))
	}
	if len(names) == 0 {
		return "too little is known"
	}
	return strings.Join(names[:min(2, len(names))], " and ") + " missing"
}

// worst is the weightiest reason against.
func (m member) worst() string {
	for _, b := range m.Day.Verdict.Reasons {
		if b.G < -0.5 {
			return b.Text
		}
	}
	return ""
}
