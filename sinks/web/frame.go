package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"afterrun/readiness"
)

// frame is what every page shows around its content.
type frame struct {
	Athlete  readiness.AthleteID // the newcomer while nothing is stored
	Athletes []readiness.AthleteID
	Pages    []link
	Page     string // path of the page shown
	Version  string
	Live     bool   // the page hears of changes
	LogOut   string // token of the form, "" = nobody has logged in
}

// link is an entry of the navigation.
type link struct{ Path, Name string }

// To is the address of another page for the same athlete, relative, so that the
// program works below any path of a proxy.
func (f frame) To(page string) string { return f.with(page, nil) }

// ToRun is the address of a run's page.
func (f frame) ToRun(id string) string { return f.with("run", url.Values{"id": {id}}) }

// ToWhy is the address of a day's explanation.
func (f frame) ToWhy(d readiness.Date) string { return f.with("why", url.Values{"date": {d.String()}}) }

// ShowsName reports that the page must say whose it is: among several athletes,
// where they are not all listed.
func (f frame) ShowsName() bool {
	return len(f.Athletes) > 1 && !f.ShowsPeople() && f.Page != "team"
}

// ShowsPeople reports a few athletes to choose between; of many there is the
// team's table.
func (f frame) ShowsPeople() bool {
	return len(f.Athletes) > 1 && len(f.Athletes) <= 8 && f.Page != "team" && f.Page != "run"
}

func (f frame) with(page string, query url.Values) string {
	if len(f.Athletes) > 1 {
		if query == nil {
			query = url.Values{}
		}
		query.Set("athlete", string(f.Athlete))
	}
	if len(query) == 0 {
		return page
	}
	return page + "?" + query.Encode()
}

// frame finds whom the request is about: the athlete asked for, else
// the first of whom something is stored.
func (s *server) frame(r *http.Request) (frame, error) {
	f := frame{Version: s.o.Version, Page: "./", Athlete: s.o.Newcomer, Live: s.o.Changes != nil}
	if s.door != nil && s.door.knows(session(r)) {
		f.LogOut = s.token()
	}
	if p := strings.TrimPrefix(r.URL.Path, "/"); p != "" {
		f.Page = p
	}
	stored, err := s.o.Reader.Athletes(r.Context())
	f.Athletes = s.people(stored)
	f.Pages = s.navigation(len(f.Athletes))
	switch {
	case len(stored) > 0:
		f.Athlete = stored[0]
	case len(f.Athletes) > 0 && !slices.Contains(f.Athletes, f.Athlete):
		f.Athlete = f.Athletes[0]
	}
	if asked := r.URL.Query().Get("athlete"); err == nil && asked != "" && len(f.Athletes) > 0 {
		f.Athlete, err = choose(f.Athletes, asked)
	}
	return f, err
}

// people are those of whom something is stored and those who are configured.
func (s *server) people(stored []readiness.AthleteID) []readiness.AthleteID {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(stored, s.o.People))))
}

func (s *server) navigation(athletes int) []link {
	pages := []link{{"./", "Today"}, {"trends", "Trends"}}
	if athletes > 1 {
		pages = append(pages, link{"team", "Team"})
	}
	if s.o.Inbox != nil {
		pages = append(pages, link{"checkin", "Check-in"})
	}
	return append(pages, link{"files", "Files"})
}

func choose(all []readiness.AthleteID, asked string) (readiness.AthleteID, error) {
	if id := readiness.AthleteID(asked); slices.Contains(all, id) {
		return id, nil
	}
	return "", errUnknown
}

// show serves a page: fill gives its content.
func (s *server) show(name string, fill func(*http.Request, frame) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := s.frame(r)
		var content any
		if err == nil {
			content, err = fill(r, f)
		}
		if err != nil {
			s.sorry(w, r, f, err)
			return
		}
		s.render(w, r, http.StatusOK, name, content)
	}
}

// sorryView says in words that a page cannot be shown.
type sorryView struct {
	frame
	Sorry, Advice string
}

func (s *server) sorry(w http.ResponseWriter, r *http.Request, f frame, err error) {
	v := sorryView{f, "The results cannot be read", "The program’s log says why."}
	status := s.status(r, err)
	switch {
	case errors.Is(err, errUnknown):
		v.Sorry, v.Advice = "Nothing under that name", "There is no such page, or no such athlete, run or day is stored."
	case errors.Is(err, errBusy):
		v.Sorry, v.Advice = "Just a moment", sentence(err.Error())+"."
	case status == http.StatusBadRequest:
		v.Sorry, v.Advice = "That cannot be shown", sentence(plainError(err))+"."
	}
	s.render(w, r, status, "sorry", v)
}

func (s *server) render(w http.ResponseWriter, r *http.Request, status int, name string, content any) {
	var page bytes.Buffer // a fault half way must not leave half a page
	if err := s.pages[name].Execute(&page, content); err != nil {
		s.fault(w, r, fmt.Errorf("fill the page %s: %w", name, err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := page.WriteTo(w); err != nil {
		s.o.Log.DebugContext(r.Context(), "page", "err", err) // the reader has gone
	}
}

// seeOther leads to another page. The address stays relative, as http.Redirect
// would not leave it: below a proxy's path only the browser knows the whole one.
func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// parsePages reads the layout and, over it, every page; version is that of the
// static files.
func parsePages(files fs.FS, version string) (map[string]*template.Template, error) {
	asset := template.FuncMap{"static": func(name string) string { return "static/" + name + "?v=" + version }}
	layout, err := template.New("layout.html").Funcs(helpers).Funcs(asset).ParseFS(files, "templates/layout.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		if name == "templates/layout.html" {
			continue
		}
		page, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if _, err := page.ParseFS(files, name); err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return pages, nil
}
