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
	Newest  bool // there is no day after
	Ratings []rating
	Efforts []readiness.RunSummary       // of the last days, newest first
	Answers map[string]map[string]string // what is known, or could not be used, by run; "" = the morning
	Fault   string
}

// Of is what was answered about a run, "" for the morning.
func (v checkinView) Of(run string) map[string]string { return v.Answers[run] }

// Open reports that one of these was answered: then what folds them away is open.
func (v checkinView) Open(run string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return v.Answers[run][name] != "" })
}

// Other is the same form of a day before or after.
func (v checkinView) Other(days int) string {
	return v.with("checkin", url.Values{"date": {(v.Date + readiness.Date(days)).String()}})
}

// asked is what the form of the morning asks for.
var asked = []string{
	"fatigue", "soreness", "stress", "mood", "sleep_quality", "rhr_bpm", "sleep_h", "hrv_rmssd_ms", "notes", "illness",
	"pain", "pain_site", "pain_since", "swelling", "limping", "sharp", "worse_when_running",
}

// Kept are all other answers of the morning: saving the form must not lose them.
func (v checkinView) Kept() map[string]string {
	kept := map[string]string{}
	for _, c := range readiness.CheckInColumns {
		if text := v.Answers[""][c.Name]; c.Part == readiness.PartDay && text != "" && !slices.Contains(asked, c.Name) {
			kept[c.Name] = text
		}
	}
	return kept
}

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
	d, err := date("date", r.URL.Query().Get("date"), s.today(f.Athlete))
	if err != nil {
		return nil, err
	}
	return s.checkinForm(r, f, d)
}

// checkinForm is the form of a day with the answers that are known by now.
func (s *server) checkinForm(r *http.Request, f frame, d readiness.Date) (checkinView, error) {
	v := checkinView{frame: f, Token: s.token(), Date: d, Newest: d >= s.today(f.Athlete), Ratings: ratings, Answers: map[string]map[string]string{}}
	runs, err := s.o.Reader.Runs(r.Context(), f.Athlete, d-2, d+1)
	for _, x := range slices.Backward(runs) {
		if x.DuplicateOf == "" {
			v.Efforts = append(v.Efforts, x)
		}
	}
	v.Efforts = v.Efforts[:min(len(v.Efforts), shownEfforts)]
	return v, errors.Join(err, s.recall(r.Context(), v))
}

// recall fills in what was answered before.
func (s *server) recall(ctx context.Context, v checkinView) (err error) {
	if v.Answers[""], err = s.o.Inbox.Said(ctx, v.Athlete, v.Date, ""); err != nil {
		return err
	}
	for _, run := range v.Efforts {
		start := startOf(run)
		if v.Answers[start], err = s.o.Inbox.Said(ctx, v.Athlete, dateOf(run), start); err != nil {
			return err
		}
	}
	return nil
}

// again shows the form with what could not be used, to be corrected.
func (s *server) again(r *http.Request, f frame, said map[string]string, fault error) (checkinView, error) {
	d, err := readiness.ParseDate(said["date"])
	if err != nil {
		d = s.today(f.Athlete)
	}
	v, err := s.checkinForm(r, f, d)
	if v.Fault = sentence(plainError(fault)); said != nil { // nil: the form could not be read at all
		v.Answers[said["run"]] = said
	}
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
		v, err2 := s.again(r, f, said, err)
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
