package configs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"afterrun/configs"
)

// service is the part of a compose file that is checked.
type service struct {
	Image       string
	Build       string
	Volumes     []string
	Ports       []string
	Environment map[string]string
	Healthcheck struct{ Test []string }
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	ReadOnly    bool                                  `yaml:"read_only"`
	CapDrop     []string                              `yaml:"cap_drop"`
}

type compose struct {
	Services map[string]service
	Volumes  map[string]any
}

const root = ".."

func readCompose(t *testing.T) (compose, string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var c compose
	if err := yaml.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) != 4 {
		t.Fatalf("%d services, want nats, influxdb, afterrun, grafana", len(c.Services))
	}
	return c, string(b)
}

var pinned = regexp.MustCompile(`:\d+\.\d+\.\d+(-[a-z]+)?$`)

func TestComposeIsPinnedWatchedAndLocal(t *testing.T) {
	c, _ := readCompose(t)
	for name, s := range c.Services {
		if s.Build == "" && !pinned.MatchString(s.Image) {
			t.Errorf("%s: image %q is not pinned to a version", name, s.Image)
		}
		if len(s.Healthcheck.Test) < 2 {
			t.Errorf("%s: no health check", name)
		}
		for dep, d := range s.DependsOn {
			if _, ok := c.Services[dep]; !ok || d.Condition != "service_healthy" {
				t.Errorf("%s depends on %s: %+v", name, dep, d)
			}
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to the network", name, p)
			}
		}
	}
}

func TestComposeMountsExist(t *testing.T) {
	c, _ := readCompose(t)
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			switch {
			case strings.HasPrefix(source, "./"):
				if _, err := os.Stat(filepath.Join(root, source)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			case strings.HasPrefix(source, "${SYNC_FOLDER"):
				if !strings.HasSuffix(v, ":ro") {
					t.Errorf("%s: the synced folder is not mounted read-only: %s", name, v)
				}
			default:
				if _, ok := c.Volumes[source]; !ok {
					t.Errorf("%s: volume %s is not declared", name, source)
				}
			}
		}
	}
}

var variable = regexp.MustCompile(`\$\{([A-Z_]+)(:\?[^}]*)?\}`)

func TestComposeNeedsItsSecretsAndTheExampleHasNone(t *testing.T) {
	_, text := readCompose(t)
	b, err := os.ReadFile(filepath.Join(root, ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		if m[2] == "" {
			t.Errorf("%s may be empty", m[1])
		}
		if !regexp.MustCompile(`(?m)^` + m[1] + `=$`).Match(b) {
			t.Errorf(".env.example does not list %s without a value", m[1])
		}
	}
}

func TestComposeConfiguresAfterrunValidly(t *testing.T) {
	c, _ := readCompose(t)
	s := c.Services["afterrun"]
	if !s.ReadOnly || len(s.CapDrop) == 0 {
		t.Error("afterrun may write its file system or keeps capabilities")
	}
	var environ []string
	for k, v := range s.Environment {
		environ = append(environ, k+"="+variable.ReplaceAllString(v, "a long enough secret"))
	}
	cfg, err := configs.Load("", environ)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Services["nats"]; !ok || cfg.NATS.URL != "nats://nats:4222" || cfg.Influx.URL != "http://influxdb:8086" {
		t.Errorf("nats %q, influx %q", cfg.NATS.URL, cfg.Influx.URL)
	}
}

func TestDockerfileIsNotRoot(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "\nUSER 65532:65532\n") || strings.Contains(string(b), ":latest") {
		t.Error("Dockerfile runs as root or is not pinned")
	}
}
