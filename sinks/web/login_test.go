package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"afterrun/sinks/web"
)

const secret = "correct horse battery"

// gate is a page with a password and a clock of its own.
type gate struct {
	t   *testing.T
	h   http.Handler
	now time.Time
}

func newGate(t *testing.T, password string) *gate {
	g := &gate{t: t, now: now()}
	g.h = page(t, func(o *web.Options) { o.Password, o.Now = password, func() time.Time { return g.now } })
	return g
}

var formToken = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

func (g *gate) token() string {
	g.t.Helper()
	m := formToken.FindStringSubmatch(body(g.t, ask(g.h, "GET", "/login", nil)))
	if m == nil {
		g.t.Fatal("no token in the form")
	}
	return m[1]
}

// post sends a form.
func (g *gate) post(path string, values url.Values, change func(*http.Request)) *http.Response {
	return ask(g.h, "POST", path, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = io.NopCloser(strings.NewReader(values.Encode()))
		if change != nil {
			change(r)
		}
	})
}

// enter logs in from a host and returns the answer.
func (g *gate) enter(password, host, next string) *http.Response {
	values := url.Values{"token": {g.token()}, "password": {password}, "next": {next}}
	return g.post("/login", values, func(r *http.Request) { r.RemoteAddr = host + ":4711" })
}

func (g *gate) cookie(r *http.Response) *http.Cookie {
	g.t.Helper()
	if r.StatusCode != http.StatusSeeOther || len(r.Cookies()) != 1 {
		g.t.Fatalf("status %d, cookies %v", r.StatusCode, r.Cookies())
	}
	return r.Cookies()[0]
}

func with(c *http.Cookie) func(*http.Request) { return func(r *http.Request) { r.AddCookie(c) } }

// tellsOfAda finds the athlete's name, but not its letters within a token.
var tellsOfAda = regexp.MustCompile(`\bada\b`)

func TestNothingIsShownWithoutAPassword(t *testing.T) {
	g := newGate(t, secret)
	for target, want := range map[string]int{
		"/": 303, "/run?id=1": 303, "/files": 303, "/trends": 303, "/nowhere": 303,
		"/api/v1/athletes": 401, "/api/v1/athletes/ada/days": 401, "/api/v1/athletes/ada/days.csv": 401, "/events": 401,
		"/login": 200, "/static/style.css": 200,
	} {
		r := ask(g.h, "GET", target, nil)
		if r.StatusCode != want {
			t.Errorf("%s: status %d, want %d", target, r.StatusCode, want)
		}
		answersStrictly(t, r)
		if text := body(t, r); tellsOfAda.MatchString(text) || strings.Contains(text, secret) {
			t.Errorf("%s tells something: %s", target, text)
		}
	}
	if r := g.post("/checkin", url.Values{"token": {g.token()}}, nil); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a form without a login: status %d", r.StatusCode)
	}
	if got := ask(g.h, "GET", "/run?id=1", nil).Header.Get("Location"); got != "login?next=run%3Fid%3D1" {
		t.Errorf("led to %s", got)
	}
}

func TestLoginLastsAndEnds(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for name, password := range map[string]string{"text": secret, "hash": string(hash)} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, password)
			c := g.cookie(g.enter(secret, "192.0.2.1", ""))
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "" || c.Secure {
				t.Errorf("cookie %v", c)
			}
			if r := ask(g.h, "GET", "/", with(c)); r.StatusCode != http.StatusOK {
				t.Fatalf("with the cookie: status %d", r.StatusCode)
			}
			g.now = g.now.Add(31 * 24 * time.Hour)
			if r := ask(g.h, "GET", "/", with(c)); r.StatusCode != http.StatusSeeOther {
				t.Errorf("a month later: status %d", r.StatusCode)
			}
			c = g.cookie(g.enter(secret, "192.0.2.1", ""))
			if r := g.post("/logout", url.Values{}, with(c)); r.StatusCode != http.StatusBadRequest {
				t.Errorf("logged out by a form of another site: status %d", r.StatusCode)
			}
			g.post("/logout", url.Values{"token": {g.token()}}, with(c))
			if r := ask(g.h, "GET", "/", with(c)); r.StatusCode != http.StatusSeeOther {
				t.Errorf("after the log-out: status %d", r.StatusCode)
			}
		})
	}
	if _, err := web.New(web.Options{Reader: filled(t), Password: "$2y$not-a-hash"}); err == nil {
		t.Error("a broken hash was taken")
	}
}

func TestBehindHTTPSTheCookieIsSecure(t *testing.T) {
	g := newGate(t, secret)
	r := g.post("/login", url.Values{"token": {g.token()}, "password": {secret}}, head("X-Forwarded-Proto", "https"))
	if !g.cookie(r).Secure {
		t.Error("the cookie is sent without encryption")
	}
}

func TestForgedCookiesOpenNothing(t *testing.T) {
	g := newGate(t, secret)
	good := g.cookie(g.enter(secret, "192.0.2.1", "")).Value
	for _, value := range []string{"", "0", strings.Repeat("0", 64), strings.ToUpper(good) + "x", good[:63], "../" + good} {
		r := ask(g.h, "GET", "/", with(&http.Cookie{Name: "afterrun_session", Value: value}))
		if r.StatusCode != http.StatusSeeOther {
			t.Errorf("cookie %q: status %d", value, r.StatusCode)
		}
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	g := newGate(t, secret)
	for n := range 8 {
		if r := g.enter(fmt.Sprintf("guess %d", n), "192.0.2.7", ""); r.StatusCode != http.StatusUnauthorized {
			t.Fatalf("guess %d: status %d", n, r.StatusCode)
		}
		if r := g.enter(secret, "192.0.2.7", ""); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
			t.Fatalf("at once after guess %d: status %d", n, r.StatusCode)
		}
		g.now = g.now.Add(time.Second << min(n, 6))
	}
	basic := func(r *http.Request) { r.RemoteAddr = "192.0.2.8:1"; r.SetBasicAuth("afterrun", "wrong") }
	ask(g.h, "GET", "/api/v1/athletes", basic)
	if r := ask(g.h, "GET", "/api/v1/athletes", basic); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("guessing over the API: status %d", r.StatusCode)
	}
	g.cookie(g.enter(secret, "192.0.2.9", "")) // somebody else does not wait
}

// TestGuessingAtOnce: many guesses at one time are slowed down like one after the
// other.
func TestGuessingAtOnce(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.DefaultCost) // long enough to be asked at once
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(t, string(hash))
	var checked atomic.Int32
	var guesses sync.WaitGroup
	for n := range 20 {
		guesses.Go(func() {
			r := ask(g.h, "GET", "/api/v1/athletes", func(r *http.Request) {
				r.RemoteAddr = "192.0.2.7:1"
				r.SetBasicAuth("afterrun", fmt.Sprintf("guess %d", n))
			})
			if r.StatusCode == http.StatusUnauthorized {
				checked.Add(1)
			}
		})
	}
	guesses.Wait()
	if n := checked.Load(); n != 1 {
		t.Errorf("%d passwords of 20 were checked", n)
	}
}

func TestProgramsUseBasicAuthentication(t *testing.T) {
	g := newGate(t, secret)
	for credentials, want := range map[[2]string]int{{"afterrun", secret}: 200, {"root", secret}: 401, {"afterrun", ""}: 401} {
		r := ask(g.h, "GET", "/api/v1/athletes", func(r *http.Request) {
			r.RemoteAddr = credentials[0] + credentials[1]
			r.SetBasicAuth(credentials[0], credentials[1])
		})
		if r.StatusCode != want {
			t.Errorf("%v: status %d", credentials, r.StatusCode)
		}
	}
}

func TestLoginLeadsToOwnPagesOnly(t *testing.T) {
	for next, want := range map[string]string{
		"": "./", "run?id=1": "./run?id=1", "trends": "./trends", "https://evil.example/": "./", "//evil.example": "./", `\\evil.example`: "./",
		"../../etc": "./etc", "javascript:alert(1)": "./", "/files": "./files",
		"run\r\nSet-Cookie: evil=1": "./",
	} {
		g := newGate(t, secret)
		r := g.enter(secret, "192.0.2.1", next)
		got := r.Header.Get("Location")
		if u, err := url.Parse(got); err != nil || u.Host != "" || got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

func TestEverythingWorksBelowAProxyPath(t *testing.T) {
	g := newGate(t, secret)
	mux := http.NewServeMux()
	mux.Handle("/club/", http.StripPrefix("/club", g.h))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Client()
	c.Jar = jar
	visit := func(r *http.Response, err error) (string, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r.Request.URL.RequestURI(), body(t, r)
	}
	at, text := visit(c.Get(s.URL + "/club/trends?span=1y"))
	if !strings.HasPrefix(at, "/club/login?next=trends") {
		t.Fatalf("led to %s", at)
	}
	values := url.Values{"token": {formToken.FindStringSubmatch(text)[1]}, "password": {secret}, "next": {"trends?span=1y"}}
	if at, text = visit(c.PostForm(s.URL+"/club/login", values)); at != "/club/trends?span=1y" || !strings.Contains(text, "Week by week") {
		t.Errorf("after the login at %s", at)
	}
	if absolute := regexp.MustCompile(`(href|src|action)="/[^"]*"`).FindString(text); absolute != "" {
		t.Errorf("an address that ignores the proxy's path: %s", absolute)
	}
}
