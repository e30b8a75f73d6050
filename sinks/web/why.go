package web

import (
	"errors"
	"fmt"
	"net/http"

	"afterrun/readiness"
)

// whyView is the explanation of a day.
type whyView struct {
	frame
	*readiness.DayExplanation
	Newest bool // there is no day after
}

func (s *server) viewWhy(r *http.Request, f frame) (any, error) {
	if s.o.Explainer == nil || len(f.Athletes) == 0 {
		return nil, errUnknown
	}
	d, err := date("date", r.URL.Query().Get("date"), s.today(f.Athlete))
	if err != nil {
		return nil, err
	}
	e, err := s.o.Explainer.Explain(r.Context(), f.Athlete, d)
	if errors.Is(err, readiness.ErrUnknown) {
		err = errUnknown
	}
	return whyView{f, e, d >= s.today(f.Athlete)}, err
}

// Other is the same page of a day before or after.
func (v whyView) Other(days int) string { return v.ToWhy(v.Date + readiness.Date(days)) }

// fixed prints a number with so many decimals.
func fixed(x float64, decimals int) string {
	return minus(fmt.Sprintf("%.*f", decimals, zero(x, decimals)))
}
