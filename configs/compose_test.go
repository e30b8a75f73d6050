package configs_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"

	"afterrun/configs"
)

// service is the part of a compose file that is checked.
type service struct {
	Image       string
	Build       string
	Command     []string
	User        string
	Volumes     []string
	Tmpfs       []string
	Ports       []string
	Environment map[string]string
	Restart     string
	Healthcheck struct {
		Test              []string
		Interval, Timeout string
		Retries           int
		StartPeriod       string `yaml:"start_period"`
	}
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	ReadOnly    bool                                  `yaml:"read_only"`
	CapDrop     []string                              `yaml:"cap_drop"`
	CapAdd      []string                              `yaml:"cap_add"`
	SecurityOpt []string                              `yaml:"security_opt"`
}

// mount returns where a volume or folder appears in the service.
func (s service) mount(source string) string {
	for _, v := range s.Volumes {
		if from, to, _ := strings.Cut(v, ":"); from == source {
			return strings.TrimSuffix(to, ":ro")
		}
	}
	return ""
}

type compose struct {
	Name     string
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
	d := yaml.NewDecoder(strings.NewReader(string(b)))
	d.KnownFields(true) // an unknown key is a typing error
	if err := d.Decode(&c); err != nil {
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
		if h := s.Healthcheck; len(h.Test) < 2 || h.Test[0] != "CMD" || h.Interval == "" || h.Timeout == "" || h.Retries < 1 {
			t.Errorf("%s: health check %+v", name, h)
		}
		if !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) || s.Restart == "" {
			t.Errorf("%s keeps privileges, or stays down", name)
		}
		if !s.ReadOnly && name != "influxdb" {
			t.Errorf("%s can write its image", name)
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
	used := map[string]bool{}
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			switch {
			case strings.HasPrefix(source, "./"):
				if _, err := os.Stat(filepath.Join(root, source)); err != nil || !strings.HasSuffix(v, ":ro") {
					t.Errorf("%s: %s: %v, or not read-only", name, v, err)
				}
			case strings.HasPrefix(source, "${SYNC_FOLDER"):
				if !strings.HasSuffix(v, ":/sync:ro") {
					t.Errorf("%s: the synced folder is not mounted read-only: %s", name, v)
				}
			default:
				if _, ok := c.Volumes[source]; !ok || used[source] {
					t.Errorf("%s: volume %s is not declared, or shared", name, source)
				}
				used[source] = true
			}
		}
	}
	if len(used) != len(c.Volumes) {
		t.Errorf("volumes %v declared, %v used", c.Volumes, used)
	}
}

// TestComposeGivesNATSAValidConfiguration reads the mounted file as nats-server
// does.
func TestComposeGivesNATSAValidConfiguration(t *testing.T) {
	c, _ := readCompose(t)
	s := c.Services["nats"]
	o := natsOptions(t, s, "geheim")
	if !slices.Equal(s.Command, []string{"-c", s.mount("./configs/nats.conf")}) || o.StoreDir != s.mount("nats") {
		t.Errorf("command %v, store %s", s.Command, o.StoreDir)
	}
	if !o.JetStream || !o.SyncAlways || o.Port != 4222 || o.HTTPPort != 8222 || o.Username != "afterrun" || o.Password != "geheim" {
		t.Errorf("options %+v", o)
	}
	if _, ok := s.Environment["NATS_PASSWORD"]; !ok || len(s.Ports) > 0 {
		t.Errorf("environment %v, ports %v", s.Environment, s.Ports)
	}
}

// natsOptions is what nats-server makes of its file when .env holds the password.
func natsOptions(t *testing.T, s service, password string) *server.Options {
	t.Helper()
	t.Setenv("NATS_PASSWORD", variable.ReplaceAllLiteralString(s.Environment["NATS_PASSWORD"], password))
	o, err := server.ProcessConfigFile(filepath.Join(root, "configs/nats.conf"))
	if err != nil {
		t.Fatalf("password %s: %v", password, err)
	}
	return o
}

// nats.conf reads variables as values of its own language: digits as a number,
// "true" as a truth, a space as the end.
func TestComposeGivesNATSAnyPassword(t *testing.T) {
	c, _ := readCompose(t)
	for _, password := range []string{"123456789012", "12e", "true", "correct horse", "s3cret}x", "a#b", "6f1e0b7c2d", "pa$$word"} {
		if o := natsOptions(t, c.Services["nats"], password); o.Password != password {
			t.Errorf("password %s becomes %s", password, o.Password)
		}
	}
}

// TestComposeFitsGrafanaTogether follows Grafana from its files to InfluxDB.
func TestComposeFitsGrafanaTogether(t *testing.T) {
	c, _ := readCompose(t)
	s := c.Services["grafana"]
	if s.Environment["GF_AUTH_ANONYMOUS_ENABLED"] != "false" || s.Environment["GF_USERS_ALLOW_SIGN_UP"] != "false" || strings.HasPrefix(s.User, "0") || s.User == "" {
		t.Errorf("grafana is open: %v, user %q", s.Environment, s.User)
	}
	if s.mount("./configs/grafana/provisioning") != "/etc/grafana/provisioning" || s.mount("grafana") != "/var/lib/grafana" {
		t.Errorf("volumes %v", s.Volumes)
	}
	var providers struct {
		Providers []struct{ Options struct{ Path string } }
	}
	readYAML(t, "configs/grafana/provisioning/dashboards/afterrun.yaml", &providers)
	boards := s.mount("./configs/grafana/dashboards")
	if len(providers.Providers) != 1 || providers.Providers[0].Options.Path != boards {
		t.Errorf("dashboards are looked for in %+v", providers)
	}
	home := strings.Replace(s.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"], boards, filepath.Join(root, "configs/grafana/dashboards"), 1)
	if b, err := os.ReadFile(home); err != nil || !json.Valid(b) {
		t.Errorf("home dashboard: %v", err)
	}
	sourceFits(t, c)
}

// sourceFits checks that the data source leads to the InfluxDB of the stack, to
// the bucket Afterrun writes.
func sourceFits(t *testing.T, c compose) {
	t.Helper()
	var f struct {
		Datasources []struct {
			URL    string
			Raw    map[string]string `yaml:"jsonData"`
			Secret map[string]string `yaml:"secureJsonData"`
		}
	}
	readYAML(t, "configs/grafana/provisioning/datasources/influxdb.yaml", &f)
	if len(f.Datasources) != 1 {
		t.Fatalf("%+v", f)
	}
	d := f.Datasources[0]
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	afterrun := c.Services["afterrun"].Environment
	if _, ok := c.Services[u.Hostname()]; !ok || d.URL != afterrun["AFTERRUN_INFLUX_URL"] {
		t.Errorf("grafana asks %s, afterrun writes to %s", d.URL, afterrun["AFTERRUN_INFLUX_URL"])
	}
	if d.Raw["version"] != "InfluxQL" || d.Raw["dbName"] != afterrun["AFTERRUN_INFLUX_BUCKET"] || d.Raw["httpHeaderName1"] != "Authorization" {
		t.Errorf("data source %+v", d)
	}
	if d.Secret["httpHeaderValue1"] != "Token $INFLUX_TOKEN" || c.Services["grafana"].Environment["INFLUX_TOKEN"] == "" {
		t.Errorf("grafana has no token: %+v", d.Secret)
	}
	influx := c.Services["influxdb"].Environment
	if influx["DOCKER_INFLUXDB_INIT_ORG"] != afterrun["AFTERRUN_INFLUX_ORG"] || influx["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"] != afterrun["AFTERRUN_INFLUX_TOKEN"] {
		t.Errorf("organisation or token differ: %v", influx)
	}
	// A bucket made by setup would have shards of a week; Afterrun makes its own.
	if influx["DOCKER_INFLUXDB_INIT_BUCKET"] == afterrun["AFTERRUN_INFLUX_BUCKET"] {
		t.Error("setup makes the bucket, with short shards")
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", path, err)
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
	if s.User != "65532:65532" || s.mount("afterrun") != s.Environment["AFTERRUN_DATA"] || !slices.Equal(s.Command, []string{"up", "/sync"}) {
		t.Errorf("user %q, volumes %v, command %v", s.User, s.Volumes, s.Command)
	}
	if _, port, _ := strings.Cut(s.Environment["AFTERRUN_WEB_LISTEN"], ":"); len(s.Ports) != 1 || !strings.HasSuffix(s.Ports[0], ":"+port) {
		t.Errorf("page on %s, ports %v", s.Environment["AFTERRUN_WEB_LISTEN"], s.Ports)
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

var fromImage = regexp.MustCompile(`(?m)^FROM (\S+)`)

func TestDockerfileIsPinnedAndNotRoot(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "\nUSER 65532:65532\n") {
		t.Error("Dockerfile runs as root")
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	toolchain := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	for _, m := range fromImage.FindAllStringSubmatch(string(b), -1) {
		if m[1] != "scratch" && !pinned.MatchString(m[1]) {
			t.Errorf("%s is not pinned", m[1])
		}
		if v, ok := strings.CutPrefix(m[1], "golang:"); ok && !strings.HasPrefix(v, string(toolchain[1])+".") {
			t.Errorf("built by Go %s, go.mod says %s", v, toolchain[1])
		}
	}
}
