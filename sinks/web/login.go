package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"afterrun/readiness"
)

// user is the one user name there is.
const user = "afterrun"

// errPassword is returned for a password that is neither a text nor a bcrypt
// hash.
var errPassword = errors.New("web: the password begins like a bcrypt hash ($2…) and is none")

// password is the configured one: a text, or its bcrypt hash.
type password struct {
	sum  [32]byte // of the text
	hash []byte   // nil for a text
}

func newPassword(text string) (password, error) {
	if !strings.HasPrefix(text, "$2") {
		return password{sum: sha256.Sum256([]byte(text))}, nil
	}
	if _, err := bcrypt.Cost([]byte(text)); err != nil {
		return password{}, errPassword
	}
	return password{hash: []byte(text)}, nil
}

func (p password) is(given string) bool {
	if p.hash != nil {
		return bcrypt.CompareHashAndPassword(p.hash, []byte(given)) == nil
	}
	got := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(p.sum[:], got[:]) == 1
}

// How long a login lasts, how many there may be, and how many hosts that gave a
// wrong password are remembered.
const (
	sessionTime = 30 * 24 * time.Hour
	maxSessions = 1000
	maxFailures = 10_000
)

// doorman knows who has logged in, and who guesses.
type doorman struct {
	password password
	now      func() time.Time

	checking sync.Mutex         // one password at a time: a hash costs what it is meant to cost; guards failures
	failures map[string]failure // by remote host

	mu       sync.Mutex             // guards sessions
	sessions map[[32]byte]time.Time // by hash of the cookie, until when
}

// failure counts wrong passwords; until then nothing more is listened to.
type failure struct {
	n     int
	until time.Time
}

func newDoorman(text string, now func() time.Time) (*doorman, error) {
	p, err := newPassword(text)
	return &doorman{password: p, now: now, sessions: map[[32]byte]time.Time{}, failures: map[string]failure{}}, err
}

// try checks a password. Wrong ones make a host wait: 1, 2, 4 … 64 s; of guesses
// at once all but one do.
func (d *doorman) try(host, given string) (ok bool, wait time.Duration) {
	d.checking.Lock()
	defer d.checking.Unlock()
	f := d.failures[host]
	if wait = f.until.Sub(d.now()); wait > 0 {
		return false, wait
	}
	if d.password.is(given) {
		delete(d.failures, host)
		return true, 0
	}
	if len(d.failures) >= maxFailures {
		clear(d.failures)
	}
	d.failures[host] = failure{f.n + 1, d.now().Add(time.Second << min(f.n, 6))}
	return false, 0
}

// admit starts a session and returns its cookie's value.
func (d *doorman) admit() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, until := range d.sessions {
		if until.Before(d.now()) || len(d.sessions) >= maxSessions {
			delete(d.sessions, id)
		}
	}
	value := hex.EncodeToString(secret[:])
	d.sessions[sha256.Sum256([]byte(value))] = d.now().Add(sessionTime)
	return value
}

func (d *doorman) knows(value string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now().Before(d.sessions[sha256.Sum256([]byte(value))])
}

func (d *doorman) dismiss(value string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, sha256.Sum256([]byte(value)))
}

// sessionCookie is the name of the cookie.
const sessionCookie = "afterrun_session"

// cookie has no path: it holds where the page is, below any path of a proxy.
func cookie(r *http.Request, value string, age int) *http.Cookie {
	secure := r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
	return &http.Cookie{Name: sessionCookie, Value: value, MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

func session(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// hostOf is the remote host without its port.
func hostOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// locked lets nobody in without the password, if there is one: people log in,
// programs use basic authentication. Assets are the same for everybody.
func (s *server) locked(h http.Handler) http.Handler {
	if s.door == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, given, basic := r.BasicAuth()
		switch {
		case r.URL.Path == "/login", strings.HasPrefix(r.URL.Path, "/static/"), s.door.knows(session(r)):
			h.ServeHTTP(w, r)
		case basic:
			ok, wait := s.door.try(hostOf(r), given)
			if ok && name == user {
				h.ServeHTTP(w, r)
				return
			}
			refuse(w, wait)
		case strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/events" || r.Method != http.MethodGet:
			refuse(w, 0)
		default:
			seeOther(w, s.loginFor(r))
		}
	})
}

func refuse(w http.ResponseWriter, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		problem(w, http.StatusTooManyRequests, "too many wrong passwords: wait a moment")
		return
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="Afterrun", charset="UTF-8"`)
	problem(w, http.StatusUnauthorized, "the user name is afterrun; the password is the one of the configuration")
}

// loginFor is the address of the login that leads back here, relative to it.
func (s *server) loginFor(r *http.Request) string {
	here := strings.TrimPrefix(r.URL.RequestURI(), "/")
	up := strings.Repeat("../", strings.Count(strings.TrimPrefix(r.URL.Path, "/"), "/"))
	return up + "login?" + url.Values{"next": {here}}.Encode()
}

// loginView is the form that asks for the password.
type loginView struct {
	frame
	Token, Next, Fault string
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "login", s.loginForm(r.URL.Query().Get("next"), ""))
}

func (s *server) loginForm(next, fault string) loginView {
	return loginView{frame{Page: "login", Version: s.o.Version}, s.token(), next, fault}
}

// enter takes the password.
func (s *server) enter(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || !s.ownForm(r.PostForm.Get("token")) {
		s.render(w, r, http.StatusBadRequest, "login", s.loginForm("", sentence(plainError(errToken))+"."))
		return
	}
	next := r.PostForm.Get("next")
	ok, wait := s.door.try(hostOf(r), r.PostForm.Get("password"))
	switch {
	case wait > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		s.render(w, r, http.StatusTooManyRequests, "login", s.loginForm(next, fmt.Sprintf("Too many wrong passwords: try again in %d s.", int(wait.Seconds())+1)))
	case !ok:
		s.render(w, r, http.StatusUnauthorized, "login", s.loginForm(next, "That is not the password."))
	default:
		http.SetCookie(w, cookie(r, s.door.admit(), int(sessionTime.Seconds())))
		seeOther(w, inside(next))
	}
}

// inside is a page of ours to go to, whatever the form says.
func inside(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Opaque != "" || next == "" || strings.ContainsAny(next, `\`) {
		return "./"
	}
	target := "./" + strings.TrimPrefix(path.Clean("/"+u.Path), "/")
	if u.RawQuery != "" {
		target += "?" + u.RawQuery
	}
	return target
}

// leave ends the session.
func (s *server) leave(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || !s.ownForm(r.PostForm.Get("token")) {
		s.sorry(w, r, frame{Version: s.o.Version}, fmt.Errorf("log out: %w: %w", errToken, readiness.ErrInvalid))
		return
	}
	s.door.dismiss(session(r))
	http.SetCookie(w, cookie(r, "", -1))
	seeOther(w, "login")
}
