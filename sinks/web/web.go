// Package web is the page and its JSON API: today's verdict with its reasons,
// what is missing, the trends, every run, the check-in and the files. It reads
// stored results and hands on what the athlete gives through the interfaces
// below, and imports readiness and its formulas only. All assets are embedded; nothing is
// fetched from elsewhere.
package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
	"afterrun/readiness/physio"
)

// Results gives the stored results of an athlete.
type Results interface {
	Athletes(ctx context.Context) ([]readiness.AthleteID, error)
	Days(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.Day, error)
	Runs(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.RunSummary, error)
	// RunsNamed gives a run by its id, and the duplicates of it.
	RunsNamed(ctx context.Context, athlete readiness.AthleteID, id string) ([]readiness.RunSummary, error)
}

// Values gives a few metrics of every day, or of every run that counts, by
// column name, with the date in each row: years of them are read at once.
type Values interface {
	DayValues(ctx context.Context, athlete readiness.AthleteID, columns []readiness.Column, from, to readiness.Date) ([]readiness.Row, error)
	RunValues(ctx context.Context, athlete readiness.AthleteID, columns []readiness.Column, from, to readiness.Date) ([]readiness.Row, error)
}

// Notices gives what an owner should know beside the results.
type Notices interface {
	Files(ctx context.Context, athlete readiness.AthleteID) ([]readiness.File, error)
	Alerts(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.Alert, error)
}

// Reader is all the page reads.
type Reader interface {
	Results
	Values
	Notices
}

// Samples gives a run second by second, by its key; an error that wraps
// readiness.ErrInvalid means that there is none.
type Samples interface {
	Course(ctx context.Context, athlete readiness.AthleteID, key string) (*readiness.Course, error)
}

// Explainer tells every number behind a day; an error that wraps
// readiness.ErrUnknown means that nothing is known of it.
type Explainer interface {
	Explain(ctx context.Context, athlete readiness.AthleteID, d readiness.Date) (*readiness.DayExplanation, error)
}

// Rules tells by which rules an athlete is judged.
type Rules interface {
	Rules(ctx context.Context, athlete readiness.AthleteID) (physio.Rules, error)
}

// Options are the page's parts. Log, Now and Today may be left out; without Samples,
// Explainer, Inbox or Changes the page does without what needs them.
type Options struct {
	Reader    Reader
	Samples   Samples
	Explainer Explainer
	Inbox     Inbox
	Changes   Changes
	Rules     Rules                 // nil = everybody by the specification's
	Newcomer  readiness.AthleteID   // whom the first file or check-in belongs to
	People    []readiness.AthleteID // configured: they can be chosen before anything of them is stored
	MaxUpload int64                 // bytes one upload may bring; 0 = 1 GiB

	Log     *slog.Logger
	Now     func() time.Time
	Today   func(readiness.AthleteID) readiness.Date // where the athlete lives; nil = the date of Now
	Version string
	Hosts   []string // names the page may be called by, besides loopback

	// Password, or its bcrypt hash, is asked for; "" = none is needed. Programs
	// give it with the user name "afterrun".
	// Listen is where the page is served: New refuses an address that other
	// machines reach without a password. nil = the caller has seen to that.
	Password string
	Listen   net.Addr
}

//go:embed static templates openapi.json
var assets embed.FS

type server struct {
	o     Options
	pages map[string]*template.Template
	key   [32]byte      // marks the forms of this run of the program
	slots chan struct{} // taken by uploads under way

	listeners chan struct{} // taken by open pages
	door      *doorman      // nil without a password
}

// errOpen says that anyone on the network could read the page.
var errOpen = errors.New("web: an address that is not loopback needs a password")

// New returns the page's handler. It answers to its own names only (a foreign
// page cannot read it by DNS rebinding), not to requests that foreign pages send,
// and allows no script, style or connection but its own.
func New(o Options) (http.Handler, error) {
	if o.Reader == nil {
		return nil, errors.New("web: a reader is needed")
	}
	if o.Password == "" && !private(o.Listen) {
		return nil, errOpen
	}
	o = o.filled()
	static, err := fs.Sub(assets, "static")
	if err != nil {
		return nil, err
	}
	version, err := digest(static)
	if err != nil {
		return nil, err
	}
	pages, err := parsePages(assets, version)
	if err != nil {
		return nil, err
	}
	s := &server{o: o, pages: pages, slots: make(chan struct{}, uploadSlots), listeners: make(chan struct{}, maxListener)}
	_, _ = rand.Read(s.key[:]) // never fails
	if o.Password != "" {
		if s.door, err = newDoorman(o.Password, o.Now); err != nil {
			return nil, err
		}
	}
	return s.guard(s.locked(s.routes(immutable(static, version)))), nil
}

// filled are the options with what was left out.
func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = maxUpload
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (s *server) routes(files http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/{file}", http.StripPrefix("/static/", files))
	mux.HandleFunc("GET /{$}", s.show("today", s.viewToday))
	if s.door != nil {
		mux.HandleFunc("GET /login", s.login)
		mux.HandleFunc("POST /login", s.enter)
		mux.HandleFunc("POST /logout", s.leave)
	}
	mux.HandleFunc("/", s.nowhere)
	mux.HandleFunc("GET /run", s.show("run", s.viewRun))
	mux.HandleFunc("GET /why", s.show("why", s.viewWhy))
	mux.HandleFunc("GET /routine", s.show("routine", s.viewRoutine))
	mux.HandleFunc("GET /team", s.show("team", s.viewTeam))
	mux.HandleFunc("GET /trends", s.show("trends", s.viewTrends))
	mux.HandleFunc("GET /files", s.show("files", s.viewFiles))
	if s.o.Changes != nil {
		mux.HandleFunc("GET /events", s.events)
	}
	if s.o.Inbox != nil {
		mux.HandleFunc("GET /checkin", s.show("checkin", s.viewCheckin))
		mux.HandleFunc("POST /checkin", s.checkIn)
		mux.HandleFunc("POST /files", s.upload)
	}
	for path, handle := range s.api() {
		mux.HandleFunc("GET "+path, handle)
	}
	return mux
}

// nowhere answers what is no address of ours, or not by that method: people are
// led back. Below a path their browser would look for our style in the wrong
// place.
func (s *server) nowhere(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem(w, http.StatusMethodNotAllowed, "this address answers GET and HEAD only")
		return
	}
	if strings.Count(r.URL.Path, "/") > 1 {
		problem(w, http.StatusNotFound, "nothing is served here")
		return
	}
	f, err := s.frame(r)
	if err == nil {
		err = errUnknown
	}
	s.sorry(w, r, f, err)
}

// api lists what openapi.json describes.
func (s *server) api() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/api/v1/openapi.json":                         s.openAPI,
		"/api/v1/athletes":                             s.athletes,
		"/api/v1/athletes/{athlete}/verdict":           s.verdict,
		"/api/v1/athletes/{athlete}/days":              s.days,
		"/api/v1/athletes/{athlete}/days.csv":          s.daysTable,
		"/api/v1/athletes/{athlete}/series":            s.series,
		"/api/v1/athletes/{athlete}/alerts":            s.alerts,
		"/api/v1/athletes/{athlete}/runs":              s.runs,
		"/api/v1/athletes/{athlete}/runs/{run}/course": s.courseOfRun,
		"/api/v1/athletes/{athlete}/files":             s.files,
	}
}

// digest names the content of all files together.
func digest(files fs.FS) (string, error) {
	all, err := fs.ReadDir(files, ".")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, f := range all {
		content, err := fs.ReadFile(files, f.Name())
		if err != nil {
			return "", err
		}
		_, _ = h.Write(content) // a hash takes everything
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// immutable serves embedded files, which change with the program only. The
// pages name them with their version: under that name a browser keeps them for
// good. Without it, it asks again each time and is told so in a few bytes.
func immutable(files fs.FS, version string) http.Handler {
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := fs.Stat(files, r.PathValue("file")); err != nil {
			problem(w, http.StatusNotFound, "no such file")
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		if r.URL.Query().Get("v") == version {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		w.Header().Set("ETag", `"`+version+`"`)
		serve.ServeHTTP(w, r)
	})
}

// private reports an address that only this machine reaches.
func private(a net.Addr) bool {
	switch a := a.(type) {
	case nil, *net.UnixAddr:
		return true
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	}
	return false
}

// guard sets the headers every answer carries and refuses foreign names.
func (s *server) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin") // without one, our own forms have the origin null
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		if !s.ours(r.Host) {
			problem(w, http.StatusMisdirectedRequest, "this page is not called by that name; add it to web.hosts")
			return
		}
		if foreign(r) {
			problem(w, http.StatusForbidden, "this request comes from another page")
			return
		}
		h.ServeHTTP(w, r)
	})
}

// foreign reports a request that a page of another origin sends. Following a
// link to here is none.
func foreign(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// ours reports a name the page may be called by: loopback or configured.
func (s *server) ours(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return true
	}
	return host == "localhost" || slices.Contains(s.o.Hosts, host)
}
