package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"afterrun/cmd/afterrun/season"
	"afterrun/readiness"
	"afterrun/sinks/web"
)

// contract checks answers against the description that the program serves.
type contract struct {
	t     *testing.T
	rules *jsonschema.Compiler
	paths map[string]json.RawMessage
}

const contractPlace = "file:///openapi.json"

func (c counter) contract() contract {
	c.t.Helper()
	_, text := c.send(http.MethodGet, "/api/v1/openapi.json", "", nil)
	var d struct{ Paths map[string]json.RawMessage }
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = json.Unmarshal([]byte(text), &d)
	}
	rules := jsonschema.NewCompiler()
	if err == nil {
		err = rules.AddResource(contractPlace, whole)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return contract{c.t, rules, d.Paths}
}

// holds checks a document against a schema at a JSON pointer.
func (c contract) holds(pointer, text string) {
	c.t.Helper()
	s, err := c.rules.Compile(contractPlace + "#" + pointer)
	if err != nil {
		c.t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		c.t.Fatalf("%.200q: %v", text, err)
	}
	if err := s.Validate(v); err != nil {
		c.t.Errorf("%s: %v", pointer, err)
	}
}

// schemaOf is the pointer to what a path answers.
func schemaOf(path string) string {
	escaped := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(path)
	return "/paths/" + escaped + "/get/responses/200/content/application~1json/schema"
}

// Every answer about a whole season, with pain, an under-recovery and files of
// every state, is as the description says, over HTTP and over NATS.
func TestAnswersOfASeasonAreAsDescribed(t *testing.T) {
	c := newCounter(t)
	days, err := season.Plan(season.Options{End: c.p.now(), Days: 60, Zone: time.FixedZone("east", 3600*5+1800)})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"broken.fit": []byte("nonsense"), "empty.gpx": {}}
	for _, d := range days {
		for _, f := range d.Files {
			all[f.Name] = f.Data
		}
	}
	if status, text := c.give(c.token(), map[string][]byte{"season.zip": zipOf(t, all)}); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := c.say(map[string][]string{"token": {c.token()}, "date": {readiness.DateOf(c.p.now()).String()}, "pain": {"6"}, "limping": {"1"}}); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	d := c.contract()
	get := func(path, query string) string {
		t.Helper()
		status, text := c.send(http.MethodGet, path+query, "", nil)
		if status != http.StatusOK {
			t.Fatalf("%s%s: %d %.300s", path, query, status, text)
		}
		return text
	}
	var runs []struct{ ID string }
	if err := json.Unmarshal([]byte(get("/api/v1/athletes/demo/runs", "")), &runs); err != nil || len(runs) < 20 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for path := range d.paths {
		if strings.HasSuffix(path, ".csv") {
			continue
		}
		of := strings.NewReplacer("{athlete}", "demo").Replace(path)
		if !strings.Contains(of, "{run}") {
			d.holds(schemaOf(path), get(of, "?columns=rhr_bpm,band,hrr_key"))
			continue
		}
		for _, r := range runs {
			d.holds(schemaOf(path), get(strings.ReplaceAll(of, "{run}", r.ID), ""))
		}
	}
	for target, want := range map[string]int{
		"/api/v1/athletes/eve/days": 404, "/api/v1/athletes/demo/days?from=x": 400, "/api/v1/athletes/demo/series": 400, "/api/v1/athletes/demo/runs/x/course": 404,
	} {
		status, text := c.send(http.MethodGet, target, "", nil)
		if status != want {
			t.Errorf("%s: status %d, want %d", target, status, want)
		}
		d.holds("/components/schemas/Problem", text)
	}
	nats := natsAPI{c.p, web.NewAsker(web.Options{Reader: c.p.store, Samples: c.p, Now: c.p.now})}
	overNATS, err := nats.Readiness(t.Context(), demoAthlete)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(overNATS)
	if err != nil {
		t.Fatal(err)
	}
	d.holds("/components/schemas/Day", string(text))
	for what, query := range map[string]string{"verdict": "", "days": "from=2026-06-01", "series": "columns=rhr_bpm", "alerts": "", "runs": "", "files": "", "course": "run=" + runs[0].ID} {
		got, err := nats.Ask(t.Context(), demoAthlete, what, query)
		path := strings.Replace("/api/v1/athletes/demo/"+what, "/course", "/runs/"+runs[0].ID+"/course", 1)
		if http := strings.TrimSpace(get(path, "?"+query)); err != nil || string(got.(json.RawMessage)) != http {
			t.Errorf("%s over NATS %.200s, %v, over HTTP %.200s", what, got, err, http)
		}
	}
	for _, bad := range [][2]string{{"days", "from=x"}, {"course", "run=../../files"}, {"course", "run=%zz"}, {"course", ""}, {"series", "columns=\x7f"}} {
		if got, err := nats.Ask(t.Context(), demoAthlete, bad[0], bad[1]); !errors.Is(err, readiness.ErrInvalid) {
			t.Errorf("%s %s: %.100s, %v", bad[0], bad[1], got, err)
		}
	}
}
