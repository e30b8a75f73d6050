package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"time"

	"afterrun/readiness"
)

// Inbox takes what the athlete gives through the page, the same way as a file
// of the folder, and returns when the results are visible. Nothing is written
// into the folder.
type Inbox interface {
	// CheckIn takes a header line and a row; an error that wraps
	// readiness.ErrInvalid says what to correct.
	CheckIn(ctx context.Context, athlete readiness.AthleteID, csv []byte) (readiness.File, error)
	// Upload takes a file, or a zip of files, and says what became of each.
	Upload(ctx context.Context, athlete readiness.AthleteID, name string, content io.Reader) ([]readiness.File, error)
}

// What one request may bring, how long it may take, and how many at once.
const (
	maxForm     = 64 << 10
	maxUpload   = 1 << 30
	uploadTime  = 10 * time.Minute
	uploadSlots = 2
)

// errToken says that a form was not made by this page.
var errToken = fmt.Errorf("this form is too old: reload the page and try again: %w", readiness.ErrInvalid)

// token marks the forms of this program's page: another site cannot read it.
func (s *server) token() string {
	m := hmac.New(sha256.New, s.key[:])
	_, _ = m.Write([]byte("form")) // a hash takes everything
	return hex.EncodeToString(m.Sum(nil))
}

func (s *server) ownForm(token string) bool { return hmac.Equal([]byte(token), []byte(s.token())) }

// checkinView is the form of the morning and of the last run.
type checkinView struct {
	frame
	Token   string
	Date    readiness.Date
	Ratings []rating
	Run     *readiness.RunSummary // nil = none lately
	Said    map[string]string     // what was entered, when it could not be used
	Fault   string
}

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
	v := checkinView{frame: f, Token: s.token(), Date: s.today(), Ratings: ratings, Said: said, Fault: fault}
	runs, err := s.o.Reader.Runs(r.Context(), f.Athlete, v.Date-2, v.Date+1)
	for _, x := range slices.Backward(runs) {
		if x.DuplicateOf == "" {
			v.Run = &x
			break
		}
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
		v, err2 := s.checkinForm(r, f, said, sentence(plainError(err)))
		if err2 != nil {
			s.sorry(w, r, f, err2)
			return
		}
		s.render(w, r, http.StatusBadRequest, "checkin", v)
	default:
		s.sorry(w, r, f, err)
	}
}

// said reads the answers that were given.
func (s *server) said(r *http.Request) (map[string]string, error) {
	if err := r.ParseForm(); err != nil {
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

// filesView lists what became of every file.
type filesView struct {
	frame
	Token  string // "" = files cannot be given here
	Counts []count
	State  string
	Files  []readiness.File // newest first
	More   int              // not shown
	Read   []readiness.File // just given
	Fault  string
}

// OfState is the address of the list of files in a state.
func (v filesView) OfState(state readiness.FileState) string {
	return v.with("files", url.Values{"state": {string(state)}})
}

// count is how many files are in a state.
type count struct {
	State readiness.FileState
	N     int
}

// shownFiles bounds the list.
const shownFiles = 300

func (s *server) viewFiles(r *http.Request, f frame) (any, error) { return s.fileList(r, f) }

func (s *server) fileList(r *http.Request, f frame) (filesView, error) {
	v := filesView{frame: f, State: r.URL.Query().Get("state")}
	if s.o.Inbox != nil {
		v.Token = s.token()
	}
	all, err := s.o.Reader.Files(r.Context(), f.Athlete)
	v.Counts = countStates(all)
	for _, x := range all {
		if v.State == "" || string(x.State) == v.State {
			v.Files = append(v.Files, x)
		}
	}
	slices.SortStableFunc(v.Files, func(a, b readiness.File) int { return b.Seen.Compare(a.Seen) })
	n := min(len(v.Files), shownFiles)
	v.More, v.Files = len(v.Files)-n, v.Files[:n]
	return v, err
}

func countStates(files []readiness.File) []count {
	var out []count
	for _, state := range []readiness.FileState{
		readiness.FilePublished, readiness.FileCorrected, readiness.FileDuplicate, readiness.FilePending, readiness.FileIgnored, readiness.FileRefused,
	} {
		c := count{State: state}
		for _, f := range files {
			if f.State == state {
				c.N++
			}
		}
		if c.N > 0 {
			out = append(out, c)
		}
	}
	return out
}

// upload takes files through the page and shows what became of them.
func (s *server) upload(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r)
	if err != nil {
		s.sorry(w, r, f, err)
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusServiceUnavailable, "other files are being read: try again in a moment")
		return
	}
	read, fault := s.take(w, r, f.Athlete)
	v, err := s.fileList(r, f)
	if err == nil && fault != nil && !errors.Is(fault, readiness.ErrInvalid) {
		err = fault
	}
	if err != nil {
		s.sorry(w, r, f, err)
		return
	}
	status := http.StatusOK
	v.Read = read
	if fault != nil {
		v.Fault, status = sentence(plainError(fault)), http.StatusBadRequest
	}
	s.render(w, r, status, "files", v)
}

// take reads a form whose first part is the token and whose others are files.
func (s *server) take(w http.ResponseWriter, r *http.Request, athlete readiness.AthleteID) ([]readiness.File, error) {
	limit := time.Now().Add(uploadTime)
	control := http.NewResponseController(w)
	_ = errors.Join(control.SetReadDeadline(limit), control.SetWriteDeadline(limit)) // a recorder has none
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fmt.Errorf("no files in the form: %w", readiness.ErrInvalid)
	}
	if err := s.firstIsToken(form); err != nil {
		return nil, err
	}
	var read []readiness.File
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return read, cutOff(err)
		}
		if part.FileName() == "" {
			continue
		}
		files, err := s.o.Inbox.Upload(r.Context(), athlete, part.FileName(), part)
		read = append(read, files...)
		if err != nil {
			return read, cutOff(err)
		}
	}
	if len(read) == 0 {
		return nil, fmt.Errorf("no file was chosen: %w", readiness.ErrInvalid)
	}
	return read, nil
}

func (s *server) firstIsToken(form *multipart.Reader) error {
	part, err := form.NextPart()
	if err != nil || part.FormName() != "token" {
		return errToken
	}
	token, err := io.ReadAll(io.LimitReader(part, 100))
	if err != nil || !s.ownForm(string(token)) {
		return errToken
	}
	return nil
}

// cutOff tells an upload that is too large or broke off from a fault of ours.
func cutOff(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("more than %d MiB at once: %w", tooLarge.Limit>>20, readiness.ErrInvalid)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the upload broke off: try again: %w", readiness.ErrInvalid)
	}
	return err
}
