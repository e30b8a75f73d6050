package web

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"afterrun/readiness"
)

// filesView lists what became of every file.
type filesView struct {
	frame
	Token  string // "" = files cannot be given here
	Counts []count
	readiness.FileFilter
	Files []readiness.File
	More  int              // not shown
	Read  []readiness.File // just given
	Fault string
}

// OfState is the address of the list of files in a state.
func (v filesView) OfState(state readiness.FileState) string {
	q := url.Values{}
	for name, value := range map[string]string{"state": string(state), "q": v.Match, "kind": v.Kind, "sort": v.Sort} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return v.with("files", q)
}

// choice is an option of the form above the list.
type choice struct{ Value, Says string }

// Kinds are what files may have become.
func (filesView) Kinds() []choice {
	return []choice{{"", "anything"}, {"run", "a run"}, {"night", "a night"}, {"checkin", "a check-in"}, {"nothing", "nothing"}}
}

// Orders are those in which files may be listed.
func (filesView) Orders() []choice {
	return []choice{{"seen", "newest"}, {"path", "path"}, {"state", "state"}, {"size", "largest"}}
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
	q := r.URL.Query()
	v := filesView{frame: f, FileFilter: readiness.FileFilter{
		State: q.Get("state"), Match: strings.TrimSpace(q.Get("q")), Kind: q.Get("kind"), Sort: cmp.Or(q.Get("sort"), "seen"),
	}}
	if s.o.Inbox != nil {
		v.Token = s.token()
	}
	all, err := s.o.Reader.Files(r.Context(), f.Athlete)
	v.Counts = countStates(all)
	v.Files = v.Apply(all)
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

// errBusy says that enough uploads are under way.
var errBusy = errors.New("other files are being read: try again in a moment")

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
		s.sorry(w, r, f, errBusy)
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
	v.Read = read
	if fault == nil {
		s.render(w, r, http.StatusOK, "files", v)
		return
	}
	v.Fault = sentence(plainError(fault))
	s.render(w, r, s.status(r, fault), "files", v)
}

// take reads a form whose first part is the token and whose others are files.
func (s *server) take(w http.ResponseWriter, r *http.Request, athlete readiness.AthleteID) ([]readiness.File, error) {
	limit := time.Now().Add(uploadTime)
	control := http.NewResponseController(w)
	_ = errors.Join(control.SetReadDeadline(limit), control.SetWriteDeadline(limit)) // a recorder has none
	if r.ContentLength > s.o.MaxUpload {                                             // before a minute of waiting for it
		return nil, uploadTooLarge(s.o.MaxUpload)
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.o.MaxUpload)
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

// tooLarge is the fault of a request that brings more than one may; it says
// more than what.
type tooLarge string

func (e tooLarge) Error() string { return "more than " + string(e) }
func (tooLarge) Unwrap() error   { return readiness.ErrInvalid }

func uploadTooLarge(limit int64) error {
	return tooLarge(fmt.Sprintf("%d MiB at once: give fewer files, or read them on the machine itself with afterrun import", limit>>20))
}

// cutOff tells an upload that is too large or broke off from a fault of ours.
func cutOff(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return uploadTooLarge(large.Limit)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the upload broke off: try again: %w", readiness.ErrInvalid)
	}
	return err
}
