package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is what the test reads of the OpenAPI document.
type description struct {
	Paths map[string]struct {
		Get struct {
			Responses map[string]struct {
				Content map[string]struct{ Schema json.RawMessage }
			}
		}
	}
}

const described = "file:///openapi.json"

// openAPI reads the served document and a compiler for the schemas in it.
func openAPI(t *testing.T, h http.Handler) (description, *jsonschema.Compiler) {
	t.Helper()
	text := body(t, ask(h, "GET", "/api/v1/openapi.json", nil))
	var d description
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(described, whole); err != nil {
		t.Fatal(err)
	}
	return d, c
}

// pointer escapes a path for a JSON pointer in a fragment.
func pointer(path string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(path)
}

func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	h := withRun(t)
	d, c := openAPI(t, h)
	fill := strings.NewReplacer("{athlete}", "ada", "{run}", "id-walked")
	for path, p := range d.Paths {
		for media := range p.Get.Responses["200"].Content {
			target := fill.Replace(path) + "?from=2024-01-01&to=2024-03-01&columns=rhr_bpm,band"
			r := ask(h, "GET", target, nil)
			got := body(t, r)
			if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), media) || len(got) < 3 {
				t.Errorf("%s: status %d, %s: %.80s", path, r.StatusCode, r.Header.Get("Content-Type"), got)
				continue
			}
			if media == "application/json" {
				fits(t, c, "#/paths/"+pointer(path)+"/get/responses/200/content/application~1json/schema", got)
			}
		}
	}
	for _, target := range []string{"/api/v1/athletes/eve/days", "/api/v1/athletes/ada/days?from=x", "/api/v1/athletes/ada/series"} {
		fits(t, c, "#/components/schemas/Problem", body(t, ask(h, "GET", target, nil)))
	}
}

// fits checks a document against a schema of the description.
func fits(t *testing.T, c *jsonschema.Compiler, schema, text string) {
	t.Helper()
	s, err := c.Compile(described + schema)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %v", schema, err)
	}
}

// docs/api.md and the document name the same paths.
func TestDocumentsNameTheSamePaths(t *testing.T) {
	d, _ := openAPI(t, page(t, nil))
	text := readFile(t, "../../docs/api.md")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## GET (\S+)$`).FindAllStringSubmatch(text, -1) {
		named[m[1]] = true
		if _, ok := d.Paths[m[1]]; !ok {
			t.Errorf("openapi.json lacks %s", m[1])
		}
	}
	for path := range d.Paths {
		if !named[path] {
			t.Errorf("docs/api.md lacks %s", path)
		}
	}
}
