package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"afterrun/readiness"
)

// checkinView is the form of the morning and of the last run.
type checkinView struct {
	frame
	Token   string
	Date    readiness.Date
	Ratings []rating
	Efforts []readiness.RunSummary // of the last days, newest first
	Said    map[string]string      // what was entered, when it could not be used
	Fault   string
}

// Of is what was entered about a run, "" for the morning.
func (v checkinView) Of(run string) map[string]string {
	if v.Said["run"] != run {
		return nil
	}
	return v.Said
}

// Open reports that something was entered: then its form shows all of itself.
func (v checkinView) Open(run string) bool { return len(v.Of(run)) > 0 }

// shownEfforts bounds the runs that are asked about.
const shownEfforts = 3

// rating is a question with five answers.
type rating struct{ Name, Label, Low, High string }

var ratings = []rating{
	{"fatigue", "Energy", "tired", "fresh"},
	{"soreness", "Muscles", "very sore", "not sore"},
	{"stress", "Stress", "high", "relaxed"},
	{"mood", "Mood", "low", "very good"},
	{"sleep_quality", "Sleep", "bad", "very good"},
}

func (s *server) viewCheckin(r *http.Request, f frame) (any, error) {
	return s.checkinForm(r, f, nil, "")
}

func (s *server) checkinForm(r *http.Request, f frame, said map[string]string, fault string) (checkinView, error) {
	v := checkinView{frame: f, Token: s.token(), Date: s.today(f.Athlete), Ratings: ratings, Said: said, Fault: fault}
	runs, err := s.o.Reader.Runs(r.Context(), f.Athlete, v.Date-2, v.Date+1)
	for _, x := range slices.Backward(runs) {
		if x.DuplicateOf == "" {
			v.Efforts = append(v.Efforts, x)
		}
	}
	v.Efforts = v.Efforts[:min(len(v.Efforts), shownEfforts)]
	return v, err
}

// checkIn takes the form. What cannot be used is shown again, to be corrected.
func (s *server) checkIn(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r)
	if err != nil {
		s.sorry(w, r, f, err)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	said, err := s.said(r)
	if err == nil {
		err = s.publish(r.Context(), f.Athlete, said)
	}
	switch {
	case err == nil:
		seeOther(w, f.with("./", url.Values{"noted": {"1"}}))
	case errors.Is(err, readiness.ErrInvalid):
		v, err2 := s.checkinForm(r, f, said, sentence(plainError(err)))
		if err2 != nil {
			s.sorry(w, r, f, err2)
			return
		}
		s.render(w, r, s.status(r, err), "checkin", v)
	default:
		s.sorry(w, r, f, err)
	}
}

// said reads the answers that were given.
func (s *server) said(r *http.Request) (map[string]string, error) {
	err := r.ParseForm()
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, tooLarge("64 KiB in a form")
	}
	if err != nil {
		return nil, fmt.Errorf("the form cannot be read: %w", readiness.ErrInvalid)
	}
	said := map[string]string{}
	for _, name := range append([]string{"date", "run"}, checkinNames()...) {
		if v := r.PostForm.Get(name); v != "" {
			said[name] = v
		}
	}
	if !s.ownForm(r.PostForm.Get("token")) {
		return said, errToken
	}
	return said, nil
}

func checkinNames() []string {
	var names []string
	for _, c := range readiness.CheckInColumns {
		names = append(names, c.Name)
	}
	return names
}

// publish hands the answers on as the row of a check-in file.
func (s *server) publish(ctx context.Context, athlete readiness.AthleteID, said map[string]string) error {
	var head, row []string
	for name, value := range said {
		head, row = append(head, name), append(row, value)
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll([][]string{head, row}); err != nil {
		return err
	}
	_, err := s.o.Inbox.CheckIn(ctx, athlete, b.Bytes())
	return err
}
