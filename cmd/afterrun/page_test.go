package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

// pictures says where the pictures of the documents go:
//
//	go test ./cmd/afterrun -run TestPageOfTheDemo -pictures ../../docs
var pictures = flag.String("pictures", "", "folder for page.png and page-dark.png")

var pageAddress = regexp.MustCompile(`Page: (http://\S+/)`)

// page waits until the program says where its page is.
func (s *process) page() string {
	s.t.Helper()
	await(s.t, "the page's address", func() bool { return pageAddress.MatchString(s.log.String()) })
	return pageAddress.FindStringSubmatch(s.log.String())[1]
}

// eachLook looks at a page in every way.
func eachLook(t *testing.T, b browser, address string, check func(*tab)) {
	t.Helper()
	lookAs(t, b, address, looks(), check)
}

// fewLooks has every width with every shade, and with and without JavaScript.
func fewLooks(t *testing.T, b browser, address string, check func(*tab)) {
	t.Helper()
	lookAs(t, b, address, []look{{360, false, false}, {360, true, true}, {1280, true, false}, {1280, false, true}}, check)
}

func lookAs(t *testing.T, b browser, address string, looks []look, check func(*tab)) {
	t.Helper()
	for _, l := range looks {
		t.Run(l.String(), func(t *testing.T) {
			p := b.open(t, address, l)
			check(p)
			p.behaves()
			p.keep(p.picture())
			if !l.noScript {
				p.isAccessible()
			}
		})
	}
}

// keep stores a picture among the test's artefacts (go test -artifacts).
func (p *tab) keep(picture []byte) {
	p.t.Helper()
	write(p.t, p.t.ArtifactDir(), strings.ReplaceAll(p.t.Name(), "/", " ")+".png", picture)
}

// speaksWords reports names of columns where people read. Closed details count.
func (p *tab) speaksWords(selector string) {
	p.t.Helper()
	for _, name := range ask[[]string](p, `[...document.querySelectorAll("`+selector+`")].flatMap(e => [...e.childNodes])
		.filter(n => n.nodeType === Node.TEXT_NODE).flatMap(n => n.data.match(/[a-z0-9]+_[a-z0-9_]+/g) ?? [])`) {
		p.t.Errorf("the page shows the name %s instead of words", name)
	}
}

func TestPageOfTheDemo(t *testing.T) {
	b := startBrowser(t)
	address := newProgram(t).start("demo").page()
	eachLook(t, b, address, func(p *tab) {
		p.says("of 100", "confidence", "Why", "usual", "Missing", "Resting heart rate", "Fitness, fatigue, form", "Activities", "not diagnosis")
	})
	t.Run("by keyboard", func(t *testing.T) {
		p := b.open(t, address, look{width: 360})
		p.do(chromedp.KeyEvent(kb.Tab))
		if got := ask[string](p, `document.activeElement.innerText + " at " + Math.sign(document.activeElement.getBoundingClientRect().left)`); got != "To the content at 1" {
			t.Errorf("the first tab leads to %q", got)
		}
		p.do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
		if !ask[bool](p, `document.querySelector("main").contains(document.activeElement)`) {
			t.Error("the skip link does not lead into the content")
		}
	})
	t.Run("a run", func(t *testing.T) {
		p := b.open(t, address, look{width: 1280})
		run := ask[string](p, `document.querySelector(".runs tbody a").href`)
		fewLooks(t, b, run, func(p *tab) {
			p.speaksWords(`main :not(code)`)
			p.says("Running", "Walking", "Recovery after the effort", "Fallen after 1 min", "Zone 3", "Splits", "From 2", ".fit", "After this run", "Load that counts")
		})
	})
	t.Run("a run without recovery", func(t *testing.T) {
		p := b.open(t, address, look{width: 1280})
		gpx := ask[string](p, `fetch("api/v1/athletes/demo/runs").then(r => r.json()).then(all => all.find(r => r.reasons.hrr60_bpm === "recording_stopped").id)`)
		fewLooks(t, b, address+"run?id="+gpx, func(p *tab) { p.says("No one-minute recovery", "keep the watch recording") })
	})
	t.Run("routine", func(t *testing.T) {
		fewLooks(t, b, address+"routine", func(p *tab) { p.says("Walk", "Breathe", "Stretch: calves", "30 seconds each side", "Drink") })
		p := b.open(t, address+"routine", look{width: 360})
		step := func() string { return ask[string](p, `document.querySelector("#step").innerText`) }
		if step() != "Walk" {
			t.Errorf("begins with %q", step())
		}
		p.do(chromedp.Click(`#skip`), chromedp.Click(`#go`))
		p.await(`document.querySelector("#clock").innerText < "2:08" && /^(Breathe|Hold)/.test(document.querySelector("#phase").innerText)`)
		p.says("Pause")
		for range 7 {
			p.do(chromedp.Click(`#skip`))
		}
		if step() != "Done. Well run." {
			t.Errorf("ends with %q", step())
		}
	})
	t.Run("trends", func(t *testing.T) {
		fewLooks(t, b, address+"trends", func(p *tab) {
			p.says("6 weeks", "Resting heart rate", "Distance in seven days", "Monotony", "Week by week", "CSV")
			if n := ask[int](p, `document.querySelectorAll("section table tbody tr").length`); n < 17 || n > 19 {
				t.Errorf("%d weeks of 120 days", n)
			}
		})
	})
	t.Run("an older value in a legend has its date", func(t *testing.T) {
		p := b.open(t, address+"trends", look{width: 1280})
		rests := ask[string](p, `document.querySelector("#hrr .u-legend").innerText`)
		if !regexp.MustCompile(`in one minute\s*\d+ bpm \(\d+ [A-Z][a-z]+\)`).MatchString(rests) {
			t.Errorf("the newest recovery, of a run before today, reads %q", rests)
		}
	})
	t.Run("the tile and the picture tell the same recovery", func(t *testing.T) {
		p := b.open(t, address, look{width: 1280})
		tile := ask[string](p, `document.querySelector(".tiles div:nth-child(2) b").innerText`)
		if legend := ask[string](p, `document.querySelector("#hrr .u-legend").innerText`); !regexp.MustCompile(`last runs\s*` + tile + ` bpm`).MatchString(legend) {
			t.Errorf("the tile says %s, the picture %q", tile, legend)
		}
	})
	t.Run("raised days are marked", func(t *testing.T) {
		p := b.open(t, address+"trends", look{width: 1280})
		if legend := ask[string](p, `document.querySelector("#rhr .u-legend").innerText`); !regexp.MustCompile(`raised\s*\d+ bpm`).MatchString(legend) {
			t.Errorf("the legend of the resting heart rate reads %q", legend)
		}
	})
	t.Run("the usual range has a lower edge", func(t *testing.T) {
		p := b.open(t, address+"trends", look{width: 1280})
		if n := ask[int](p, clearBelowTheBand); n == 0 {
			t.Error("the band of the resting heart rate reaches down to the axis")
		}
	})
	t.Run("why", func(t *testing.T) {
		p := b.open(t, address, look{width: 1280})
		fewLooks(t, b, ask[string](p, `document.querySelector("#why ~ p a").href`), func(p *tab) {
			p.says("What went in", "weight", "The score", "confidence", "Under-recovery", "All numbers of the day")
			for _, part := range []string{"Check-in", "Resting heart rate", "Training load", "Sleep"} {
				p.says(part)
			}
			p.speaksWords(`.part th, .part td, summary, #score ~ p`)
		})
	})
	for name, dark := range map[string]bool{"page.png": false, "page-dark.png": true} {
		p := b.open(t, address, look{width: 1000, dark: dark})
		picture := p.picture()
		if kib := len(picture) >> 10; kib >= 400 {
			t.Errorf("%s has %d KiB, want less than 400", name, kib)
		}
		if *pictures != "" {
			write(t, *pictures, name, picture)
		}
	}
}

func TestEffortOfARun(t *testing.T) {
	b := startBrowser(t)
	address := newProgram(t).start("demo").page()
	fewLooks(t, b, address+"checkin", func(p *tab) { p.says("How hard was", "Running, ", "all out", "Save the run", "Cool-down, or weighed?") })
	p := b.open(t, address+"checkin", look{width: 360})
	const sources = `fetch("api/v1/athletes/demo/runs").then(r => r.json()).then(all => all.filter(r => r.values.srpe_load != null).map(r => r.start))`
	before := ask[[]string](p, sources)
	asked := ask[string](p, `document.querySelector("[name=run]").value`)
	p.do(chromedp.Click(`[name=rpe][value="7"] + span`), chromedp.Click(`#effort + form button`))
	p.await("document.querySelector(`.note[role=status]`)")
	if after := ask[[]string](p, sources); len(after) != len(before)+1 || !slices.Contains(after, asked) {
		t.Errorf("runs with an effort: before %v, after %v; want %s added", before, after, asked)
	}
}

func TestPageOfANewcomer(t *testing.T) {
	b := startBrowser(t)
	folder := t.TempDir()
	address := newProgram(t).start("up", folder).page()
	t.Run("nothing yet", func(t *testing.T) {
		eachLook(t, b, address, func(p *tab) { p.says("Nothing here yet", "synced folder") })
	})
	t.Run("one file", func(t *testing.T) {
		season, names := seasonFolder(t, 40)
		p := b.open(t, address, look{width: 360})
		ask[bool](p, `window.same = true`)
		write(t, folder, names[0], read(t, season, names[0]))
		p.await(`document.querySelector(".runs tbody tr")`)
		if !ask[bool](p, `window.same && document.querySelector("#live").innerText.startsWith("Updated")`) {
			t.Error("the page was reloaded instead of changed")
		}
		p.behaves()
		eachLook(t, b, address, func(p *tab) { p.says("No verdict yet", "Missing", "check-in", "Activities") })
	})
}

func TestWhatIsGivenThroughThePage(t *testing.T) {
	b := startBrowser(t)
	folder, data := t.TempDir(), t.TempDir()
	address := newProgram(t).start("up", folder, "--data", data).page()
	season, names := seasonFolder(t, 30)
	known := ""
	for _, l := range []look{{360, false, false}, {1280, true, true}} {
		t.Run("check-in at "+l.String(), func(t *testing.T) {
			p := b.open(t, address+"checkin", l)
			if got := ask[string](p, `document.querySelector("[name=rhr_bpm]").value`); got != known {
				t.Errorf("the form knows a resting heart rate of %q, want %q", got, known)
			}
			p.says("How are you", "Muscles", "Resting HR", "Pain, or ill?")
			p.behaves()
			p.keep(p.picture())
			if !l.noScript {
				p.isAccessible()
			}
			p.do(chromedp.Click(`[name=soreness][value="2"] + span`), chromedp.SetValue(`[name=rhr_bpm]`, "48"), chromedp.Click(`.checkin button`))
			known = "48"
			p.await("document.querySelector(`.note[role=status]`)")
			p.says("Noted", "48 bpm")
			p.behaves()
		})
	}
	t.Run("files", func(t *testing.T) {
		p := b.open(t, address+"files", look{width: 360})
		fit := filepath.Join(season, names[0])
		rubbish := filepath.Join(t.TempDir(), "rubbish.fit")
		write(t, filepath.Dir(rubbish), "rubbish.fit", []byte("this is no watch file, whatever its name says"))
		p.do(chromedp.SetUploadFiles(`[name=file]`, []string{fit, rubbish}), chromedp.Click(`.drop button`))
		p.await("document.querySelector(`.read`)")
		p.says("Just read", "published", names[0], "refused", "rubbish.fit", "the run")
		p.behaves()
		p.isAccessible()
		p.keep(p.picture())
		fewLooks(t, b, address+"files", func(p *tab) { p.says("1 refused", "1 published", "1 run") })
		p.do(chromedp.SendKeys(`.find [name=q]`, "RUBBISH"), chromedp.Click(`.find button`))
		p.await("location.search.includes('q=RUBBISH') && document.querySelectorAll(`.files tbody tr`).length === 1")
		p.says("rubbish.fit", "1 published")
		p.behaves()
	})
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("the synced folder holds %v, %v", entries, err)
	}
	if left, err := filepath.Glob(filepath.Join(data, "upload-*")); err != nil || len(left) > 0 {
		t.Errorf("uploads left behind: %v, %v", left, err)
	}
}

func TestPageOfSeveralAthletes(t *testing.T) {
	b := startBrowser(t)
	club := t.TempDir()
	for _, name := range []string{"ada", "an_athlete_with_a_long_name", "grace"} {
		season, files := seasonFolder(t, 40)
		if err := os.Rename(season, filepath.Join(club, name)); err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Fatal("no season")
		}
	}
	address := newProgram(t, "AFTERRUN_ATHLETES={ada: {}, an_athlete_with_a_long_name: {}, grace: {}}",
		"AFTERRUN_FOLDERS=[{path: "+club+", athletes_from: subfolder}]").start("up").page()
	fewLooks(t, b, address+"?athlete=grace", func(p *tab) {
		p.says("ada", "an_athlete_with_a_long_name", "of 100")
		if got := ask[string](p, `document.querySelector(".people [aria-current]").innerText`); got != "grace" {
			t.Errorf("current athlete %q", got)
		}
	})
	t.Run("team", func(t *testing.T) {
		fewLooks(t, b, address+"team", func(p *tab) {
			p.says("Team", "ada", "an_athlete_with_a_long_name", "grace", "Who needs a look comes first")
		})
	})
}

// clearBelowTheBand counts columns of the resting heart rate's chart whose
// lowest pixels, above the axis, are not painted.
const clearBelowTheBand = `(() => {
  const canvas = document.querySelector("#rhr canvas"), over = document.querySelector("#rhr .u-over"), scale = canvas.width / canvas.clientWidth;
  const box = over.getBoundingClientRect(), top = (over.offsetTop + box.height - 4) * scale;
  const row = canvas.getContext("2d").getImageData((over.offsetLeft + box.width / 2) * scale, top, box.width / 4 * scale, 1).data;
  return row.filter((v, i) => i % 4 === 3 && v === 0).length;
})()`

// inkOfTheLine counts pixels of the resting heart rate's line in a third of its
// chart: 0, 1 or 2.
const inkOfTheLine = `(third => {
  const canvas = document.querySelector("#rhr canvas"), over = document.querySelector("#rhr .u-over"), scale = canvas.width / canvas.clientWidth, box = over.getBoundingClientRect();
  const all = canvas.getContext("2d").getImageData((over.offsetLeft + box.width * third / 3) * scale, over.offsetTop * scale, box.width / 3 * scale, box.height * scale).data;
  return all.filter((v, i) => i % 4 === 0 && v === 0 && all[i + 1] === 114 && all[i + 2] === 178 && all[i + 3] === 255).length;
})`

// A line does not lead over weeks of which nothing is known, and what only the
// watch knows of the recovery is drawn.
func TestPicturesShowWhatIsKnown(t *testing.T) {
	b := startBrowser(t)
	s, err := store.Open(filepath.Join(t.TempDir(), "afterrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // read only from here on
	story := sinktest.Season(sinktest.Athlete, 60)
	for i, r := range story {
		if r.Run != nil {
			r.Run.Row["hrr60_bpm"], r.Run.Row["hrr120_device_bpm"] = readiness.Null("recording_stopped"), readiness.Num(41)
		}
		if r.Day != nil {
			r.Day.Row["rhr_delta_bpm"], r.Day.Row["hrr_key"] = readiness.Null("no_rhr"), readiness.Null("recent_short")
			if d := r.Day.Date - sinktest.Monday; d >= 20 && d < 40 {
				story[i].Day.Row["rhr_bpm"] = readiness.Null("no_rhr")
			}
		}
	}
	if err := s.Write(t.Context(), story); err != nil {
		t.Fatal(err)
	}
	h, err := web.New(web.Options{Reader: s, Now: func() time.Time { return (sinktest.Monday + 59).Noon() }})
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(h)
	t.Cleanup(served.Close)
	p := b.open(t, served.URL+"/trends", look{width: 1280})
	p.behaves()
	for third, drawn := range []bool{true, false, true} {
		if ink := ask[int](p, fmt.Sprintf("%s(%d)", inkOfTheLine, third)); ink > 0 != drawn {
			t.Errorf("the line has %d pixels in third %d", ink, third)
		}
	}
	if legend := ask[string](p, `document.querySelector("#hrr").innerText`); !regexp.MustCompile(`by the watch\s*41 bpm`).MatchString(legend) {
		t.Errorf("the recovery reads %q", legend)
	}
}

// brokenStore fails as a store on a damaged disk does.
type brokenStore struct{ *store.Store }

func (brokenStore) Athletes(context.Context) ([]readiness.AthleteID, error) {
	return nil, errors.New("disk I/O error")
}

func TestPageWhenTheStoreFails(t *testing.T) {
	b := startBrowser(t)
	h, err := web.New(web.Options{Reader: brokenStore{}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	for _, l := range looks() {
		t.Run(l.String(), func(t *testing.T) {
			p := b.open(t, s.URL, l)
			p.says("cannot be read", "log says why")
			if ask[bool](p, `document.body.innerText.includes("disk")`) {
				t.Error("the page shows an inner error")
			}
		})
	}
}

func TestPageBehindAPassword(t *testing.T) {
	b := startBrowser(t)
	address := newProgram(t, "AFTERRUN_WEB_PASSWORD=correct horse battery").start("up", t.TempDir()).page()
	// A tab of its own sees what the browser may see, whatever the form's tab does.
	sees := func(l look, word string) *tab {
		t.Helper()
		var p *tab
		await(t, "the files page says "+word, func() bool {
			p = b.open(t, address+"files", l)
			return strings.Contains(p.text(), word)
		})
		return p
	}
	for _, l := range []look{{360, true, false}, {1280, false, true}} {
		t.Run(l.String(), func(t *testing.T) {
			p := b.open(t, address+"files", l)
			p.says("Log in", "Password")
			p.behaves()
			p.keep(p.picture())
			if !l.noScript {
				p.isAccessible()
			}
			p.do(chromedp.SendKeys(`[name=password]`, "correct horse battery"), chromedp.Click(`.login button`))
			p = sees(l, "Log out")
			p.says("Files")
			p.behaves()
			p.do(chromedp.Click(`footer button`))
			sees(l, "Password")
		})
	}
}
