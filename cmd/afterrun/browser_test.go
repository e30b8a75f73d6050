package main

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe is axe-core 4.14.1 (https://github.com/dequelabs/axe-core, MPL-2.0), which
// finds what a screen reader or weak eyes would stumble over.
//
//go:embed testdata/axe/axe.min.js.gz
var axe []byte

// look is how somebody looks at the page.
type look struct {
	width    int64
	dark     bool
	noScript bool
}

func (l look) String() string {
	name := fmt.Sprintf("%d px, light", l.width)
	if l.dark {
		name = fmt.Sprintf("%d px, dark", l.width)
	}
	if l.noScript {
		name += ", no JavaScript"
	}
	return name
}

// looks are the ways every state of the page is looked at.
func looks() []look {
	var all []look
	for _, width := range []int64{360, 1280} {
		for _, dark := range []bool{false, true} {
			all = append(all, look{width, dark, false}, look{width, dark, true})
		}
	}
	return all
}

// browser is a real Chromium.
type browser struct{ ctx context.Context }

func startBrowser(t *testing.T) browser {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Chromium, left out by -short")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, leave := chromedp.NewContext(allocator)
	t.Cleanup(func() { leave(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return browser{ctx}
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("the page is tested with a real browser: apt-get install chromium")
	return ""
}

// tab is an open page. It keeps what a page must not do: errors in the console
// and requests to other hosts.
type tab struct {
	t    *testing.T
	ctx  context.Context
	host string

	mu     sync.Mutex
	faults []string
}

// open shows an address and waits until the page is complete.
func (b browser) open(t *testing.T, address string, l look) *tab {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := chromedp.NewContext(b.ctx)
	t.Cleanup(leave)
	p := &tab{t: t, ctx: ctx, host: u.Host}
	if err := chromedp.Listen(ctx, p.note); err != nil {
		t.Fatal(err)
	}
	p.emulate(l)
	p.do(chromedp.Navigate(address))
	if !l.noScript {
		p.await(`document.body.dataset.ready`)
	}
	return p
}

func (p *tab) emulate(l look) {
	p.t.Helper()
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	p.do(chromedp.EmulateViewport(l.width, 800))
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript}); err != nil {
		p.t.Fatal(err)
	}
}

// note is called for every event of the page.
func (p *tab) note(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.fault("exception: " + e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			p.fault("console: " + e.Entry.Text + " " + e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" && u.Host != p.host {
			p.fault("request to " + e.Request.URL)
		}
	}
}

func (p *tab) fault(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, text)
}

// do performs steps within a minute.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx); err != nil { // the tab lives as long as its first call's context
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// await waits until an expression of the page is true, whatever page it is by
// then: a wait for an element may hold on to the page that was left.
func (p *tab) await(expression string) {
	p.t.Helper()
	await(p.t, expression, func() bool {
		yes, err := evaluate[bool](p, "!!("+expression+")")
		return err == nil && yes // no answer while one page gives way to another
	})
}

// ask evaluates an expression in the page.
func ask[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := evaluate[T](p, expression)
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func evaluate[T any](p *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// text is what the page says.
func (p *tab) text() string { return ask[string](p, `document.body.innerText`) }

// says reports the wanted texts the page does not say.
func (p *tab) says(want ...string) {
	p.t.Helper()
	got := strings.ToLower(p.text())
	for _, w := range want {
		if !strings.Contains(got, strings.ToLower(w)) {
			p.t.Errorf("the page does not say %q:\n%s", w, got)
		}
	}
}

// behaves checks what holds for every page: nothing in the console, no request
// to another host, nothing beyond the screen's edge.
func (p *tab) behaves() {
	p.t.Helper()
	if wide := ask[[]string](p, overflowing); len(wide) > 0 {
		p.t.Errorf("wider than the screen: %v", wide)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		p.t.Error(f)
	}
}

// overflowing lists what is wider than the screen, with its right edge.
const overflowing = `(() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > room + 1)
    .map(e => e.tagName + "." + e.className + " to " + Math.round(e.getBoundingClientRect().right));
})()`

// isAccessible asks axe-core.
func (p *tab) isAccessible() {
	p.t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(axe))
	if err != nil {
		p.t.Fatal(err)
	}
	script, err := io.ReadAll(r)
	if err != nil {
		p.t.Fatal(err)
	}
	ask[bool](p, string(script)+"\n;!!window.axe")
	found := ask[[]string](p, `axe.run({resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => r.violations.map(v =>
		v.id + ": " + v.help + ": " + v.nodes.map(n => n.target + " " + n.failureSummary).join("; ")))`)
	for _, f := range found {
		p.t.Error("axe: " + f)
	}
}

// picture is the whole page as PNG.
func (p *tab) picture() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := png.DecodeConfig(bytes.NewReader(b)); err != nil {
		p.t.Fatal(err)
	}
	return b
}
