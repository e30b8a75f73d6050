package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"afterrun/sinks/web"
)

func TestAFormThatIsTooLargeIsRefused(t *testing.T) {
	inbox := &inboxOf{}
	h := page(t, func(o *web.Options) { o.Inbox = inbox })
	r := tell(t, h, url.Values{"notes": {strings.Repeat("so much to tell ", 5000)}})
	if text := body(t, r); r.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, "More than 64 KiB in a form") || inbox.csv != "" {
		t.Errorf("status %d, inbox %.50q", r.StatusCode, inbox.csv)
	}
}

// A form of another site has neither our token nor our origin: each alone stops
// it.
func TestFormsWithoutOurTokenOrOriginChangeNothing(t *testing.T) {
	inbox := &inboxOf{}
	h := page(t, func(o *web.Options) { o.Inbox = inbox })
	token := formToken.FindStringSubmatch(body(t, ask(h, "GET", "/checkin", nil)))[1]
	for name, c := range map[string]struct {
		token  string
		change func(*http.Request)
		want   int
	}{
		"no token":         {"", func(*http.Request) {}, http.StatusBadRequest},
		"another's token":  {strings.Repeat("0", len(token)), func(*http.Request) {}, http.StatusBadRequest},
		"another origin":   {token, head("Origin", "https://evil.example"), http.StatusForbidden},
		"no origin at all": {token, head("Origin", "null"), http.StatusForbidden},
		"another site":     {token, head("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"another name":     {token, func(r *http.Request) { r.Host = "evil.example" }, http.StatusMisdirectedRequest},
		"a name by proxy":  {token, func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("X-Forwarded-Host", "localhost") }, http.StatusMisdirectedRequest},
	} {
		for _, target := range []string{"/checkin", "/files"} {
			form := url.Values{"token": {c.token}, "fatigue": {"1"}}.Encode()
			r := ask(h, "POST", target, func(r *http.Request) {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
				c.change(r)
			})
			if r.StatusCode != c.want || inbox.csv != "" || inbox.bytes != 0 {
				t.Errorf("%s to %s: status %d, want %d; the inbox got %q", name, target, r.StatusCode, c.want, inbox.csv)
			}
			answersStrictly(t, r)
		}
	}
}

// What a request says never becomes a header of its own in the answer.
func TestNoHeaderIsInjected(t *testing.T) {
	h := page(t, func(o *web.Options) { o.Inbox = &inboxOf{} })
	const evil = "%0d%0aSet-Cookie:%20evil=1%0d%0a"
	for _, target := range []string{
		"/" + evil, "/?athlete=ada" + evil, "/trends?span=" + evil, "/files?state=" + evil, "/static/style.css" + evil, "/static/style.css?v=" + evil,
		"/api/v1/athletes/ada" + evil + "/days.csv", "/api/v1/athletes/ada/series?columns=" + evil, "/why?date=" + evil, "/run?id=" + evil,
	} {
		r := ask(h, "GET", target, nil)
		for name, values := range r.Header {
			if strings.Contains(name, "Cookie") || strings.ContainsAny(strings.Join(values, ""), "\r\n") {
				t.Errorf("%s: header %q %q", target, name, values)
			}
		}
	}
}
