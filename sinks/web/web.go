// Package web is the page and its JSON API: today's verdict with its reasons,
// what is missing, ninety days of resting heart rate, recovery and load, and the
// list of runs. It reads stored results through the interfaces below, writes
// nothing, and imports readiness only. All assets are embedded; nothing is
// fetched from elsewhere.
package web

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// Results gives the stored results of an athlete.
type Results interface {
	Athletes(ctx context.Context) ([]readiness.AthleteID, error)
	Days(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.Day, error)
	Runs(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.RunSummary, error)
}

// Notices gives what an owner should know beside the results.
type Notices interface {
	Files(ctx context.Context, athlete readiness.AthleteID) ([]readiness.File, error)
	Alerts(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.Alert, error)
}

// Reader is all the page reads.
type Reader interface {
	Results
	Notices
}

// Options are the page's parts; Log and Now may be left out.
type Options struct {
	Reader  Reader
	Log     *slog.Logger
	Now     func() time.Time
	Version string
	Hosts   []string // names the page may be called by, besides loopback
}

//go:embed static page.html
var assets embed.FS

type server struct {
	o    Options
	page *template.Template
}

// New returns the page's handler. It answers GET and HEAD only, to its own names
// only (a foreign page cannot read it by DNS rebinding), and allows no script,
// style or connection but its own.
func New(o Options) (http.Handler, error) {
	if o.Reader == nil {
		return nil, errors.New("web: a reader is needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	page, err := template.New("page.html").Funcs(helpers).ParseFS(assets, "page.html")
	if err != nil {
		return nil, err
	}
	static, err := fs.Sub(assets, "static")
	if err != nil {
		return nil, err
	}
	s := &server{o: o, page: page}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.StripPrefix("/static/", cached(http.FileServerFS(static))))
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /api/v1/athletes", s.athletes)
	mux.HandleFunc("GET /api/v1/athletes/{athlete}/verdict", s.verdict)
	mux.HandleFunc("GET /api/v1/athletes/{athlete}/days", s.days)
	mux.HandleFunc("GET /api/v1/athletes/{athlete}/runs", s.runs)
	mux.HandleFunc("GET /api/v1/athletes/{athlete}/files", s.files)
	return s.guard(mux), nil
}

func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		h.ServeHTTP(w, r)
	})
}

// guard sets the headers every answer carries and refuses foreign names.
func (s *server) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		if !s.ours(r.Host) {
			problem(w, http.StatusMisdirectedRequest, "this page is not called by that name; add it to web.hosts")
			return
		}
		h.ServeHTTP(w, r)
	})
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
