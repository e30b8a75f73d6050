// Package configs holds Afterrun's configuration: its documented default
// (afterrun.yaml, embedded), strict reading, overrides from the environment and
// validation that reports every fault at once. It imports readiness for the
// athletes' profiles and rules and nothing else of the program.
package configs

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"afterrun/readiness"
	"afterrun/readiness/physio"
)

// Reference is the documented default configuration, every key with its
// default and unit.
//
//go:embed afterrun.yaml
var Reference []byte

// Secret is a text that never shows itself: printing or marshalling it gives
// "***". Use Reveal where it is needed.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// MarshalYAML hides the secret.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Config is the whole configuration; afterrun.yaml documents every key.
type Config struct {
	Data      string                                 `yaml:"data"`
	Originals string                                 `yaml:"originals"`
	Folders   []Folder                               `yaml:"folders"`
	Athletes  map[readiness.AthleteID]AthleteProfile `yaml:"athletes"`
	Watch     Watch                                  `yaml:"watch"`
	Health    AppleHealth                            `yaml:"apple_health"`
	NATS      NATS                                   `yaml:"nats"`
	Influx    Influx                                 `yaml:"influx"`
	Web       Web                                    `yaml:"web"`
	Alerts    Alerts                                 `yaml:"alerts"`
	Log       Log                                    `yaml:"log"`
	Rules     physio.Rules                           `yaml:"physiology"`
}

// AppleHealth steers the reading of Apple Health's exports.
type AppleHealth struct {
	Sources []string `yaml:"sources"` // empty: of every metric the source with the most days
}

// Folder is one synced folder: of one athlete, or with one sub-folder per
// athlete.
type Folder struct {
	Path         string              `yaml:"path"`
	Athlete      readiness.AthleteID `yaml:"athlete,omitempty"`
	AthletesFrom string              `yaml:"athletes_from,omitempty"`
}

// AthleteProfile is what the owner tells about a person; all of it optional.
type AthleteProfile struct {
	BirthDate  string         `yaml:"birth_date,omitempty"`
	Sex        string         `yaml:"sex,omitempty"`
	TimeZone   string         `yaml:"time_zone,omitempty"`
	BodyMassKg float64        `yaml:"body_mass_kg,omitempty"`
	Params     []DatedParams  `yaml:"params,omitempty"`
	Rules      map[string]any `yaml:"physiology,omitempty"` // over those of everybody, see [Config.RulesOf]
}

// DatedParams holds from its date on, key by key; 0 = not set.
type DatedParams struct {
	From              string  `yaml:"from"`
	HRMax             float64 `yaml:"hrmax,omitempty"`
	HRRest            float64 `yaml:"hrrest,omitempty"`
	LTHR              float64 `yaml:"lthr,omitempty"`
	ThresholdSpeedMPS float64 `yaml:"threshold_speed_mps,omitempty"`
	HideFuelNumbers   *bool   `yaml:"hide_fuel_numbers,omitempty"`
}

// Watch steers the look at the folders.
type Watch struct {
	ScanEvery time.Duration `yaml:"scan_every"`
	Settle    time.Duration `yaml:"settle"`
	Events    bool          `yaml:"events"`
}

// NATS says where JetStream is; without a URL it runs inside the program.
type NATS struct {
	URL          string `yaml:"url"`
	Prefix       string `yaml:"prefix"`
	CredsFile    string `yaml:"creds_file"`
	User         string `yaml:"user"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
	TLS          TLS    `yaml:"tls"`
	MaxStore     int64  `yaml:"max_store_bytes"`
}

// TLS names the files of a TLS connection.
type TLS struct {
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// Influx says where InfluxDB is; without a URL nothing is written there.
type Influx struct {
	URL       string        `yaml:"url"`
	Org       string        `yaml:"org"`
	Bucket    string        `yaml:"bucket"`
	Token     Secret        `yaml:"token"`
	TokenFile string        `yaml:"token_file"`
	Timeout   time.Duration `yaml:"timeout"`
	Samples   bool          `yaml:"samples"`
}

// Web steers the page.
type Web struct {
	Listen       string   `yaml:"listen"`
	Hosts        []string `yaml:"hosts"`
	Password     Secret   `yaml:"password"`
	PasswordFile string   `yaml:"password_file"`
}

// Alerts says who is warned, how and when.
type Alerts struct {
	QuietHours string    `yaml:"quiet_hours"`
	Page       string    `yaml:"page"`
	Mail       Mail      `yaml:"mail"`
	Channels   []Channel `yaml:"channels"`
}

// Mail is the server for channels of e-mail.
type Mail struct {
	Host         string `yaml:"host"`
	Port         int    `yaml:"port"`
	TLS          string `yaml:"tls"`
	User         string `yaml:"user"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
	From         string `yaml:"from"`
}

// Channel is one way to reach the athlete. Exactly one of Ntfy, Webhook, Email
// and URL is set.
type Channel struct {
	Name       string                `yaml:"name"`
	Ntfy       Secret                `yaml:"ntfy,omitempty"`
	Webhook    Secret                `yaml:"webhook,omitempty"`
	Email      []string              `yaml:"email,omitempty"`
	URL        Secret                `yaml:"url,omitempty"`
	Token      Secret                `yaml:"token,omitempty"`
	Secret     Secret                `yaml:"secret,omitempty"`
	Athletes   []readiness.AthleteID `yaml:"athletes,omitempty"`
	Severity   string                `yaml:"severity,omitempty"`
	QuietHours *string               `yaml:"quiet_hours,omitempty"` // nil = that of Alerts
}

// Quiet are the hours in which the channel is to be quiet, as time since
// midnight; equal ends mean none. The configuration must be valid.
func (a Alerts) Quiet(c Channel) (from, to time.Duration) {
	text := a.QuietHours
	if c.QuietHours != nil {
		text = *c.QuietHours
	}
	from, to, _ = parseQuiet(text) // validated
	return from, to
}

// parseQuiet reads hours such as 21:30-07:00; "" = none.
func parseQuiet(text string) (from, to time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	start, end, _ := strings.Cut(text, "-")
	from, err1 := clock(start)
	to, err2 := clock(end)
	if errors.Join(err1, err2) != nil {
		return 0, 0, fmt.Errorf("%q is not HH:MM-HH:MM, e.g. 21:30-07:00", text)
	}
	return from, to, nil
}

// clock reads a time of the day, as time since midnight.
func clock(text string) (time.Duration, error) {
	at, err := time.Parse("15:04", strings.TrimSpace(text))
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, err
}

// Log steers logging.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// Default returns the configuration of the embedded reference.
func Default() Config {
	var c Config
	if err := decode(Reference, &c); err != nil {
		panic("configs: embedded afterrun.yaml: " + err.Error())
	}
	return c
}

// Load reads the file over the default (path "" = no file), then the
// environment over both, reads the secrets' files and validates. The error joins
// every fault found.
//
// Every key has a variable, e.g. AFTERRUN_NATS_URL for nats.url. Lists and maps
// (folders, athletes, alerts.channels) take YAML.
func Load(path string, environ []string) (Config, error) {
	c := Default()
	var faults []error
	if path != "" {
		faults = append(faults, loadFile(path, &c))
	}
	faults = append(faults, applyEnviron(environ, &c))
	if err := errors.Join(faults...); err != nil {
		return c, err
	}
	return c, errors.Join(c.readSecretFiles(), c.Validate())
}

// The largest configuration and the largest secret that are believed to be one,
// bytes.
const maxFile, maxSecret = 1 << 20, 64 << 10

func loadFile(path string, c *Config) error {
	b, err := readLimited(path, maxFile)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := decode(b, c); err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	return nil
}

// readLimited reads a file that may be anything, even one without an end.
func readLimited(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s: larger than %d bytes", path, most)
	}
	return b, err
}

// decode reads YAML strictly over c; an empty file changes nothing.
func decode(b []byte, c *Config) error {
	if err := strictly(yaml.NewDecoder(bytes.NewReader(b)), c); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// strictly decodes a document over v: an unknown or repeated key is an error that
// names its line.
func strictly(d *yaml.Decoder, v any) error {
	d.KnownFields(true)
	err := d.Decode(v)
	if t, ok := errors.AsType[*yaml.TypeError](err); ok {
		return errors.New(humane(t.Errors))
	}
	return err
}

// unreadable is how the decoder tells of a value that is not of its key's type.
var unreadable = regexp.MustCompile("cannot unmarshal !!(\\w+) ?(`.*`)? into (.+)")

// humane turns "line 3: field foo not found in type configs.Config" into
// "line 3: unknown key foo", and says what kind of value is wanted.
func humane(lines []string) string {
	for i, l := range lines {
		if before, after, ok := strings.Cut(l, "field "); ok {
			if name, _, ok := strings.Cut(after, " not found in type"); ok {
				lines[i] = before + "unknown key " + name
			}
		}
		if m := unreadable.FindStringSubmatch(l); m != nil {
			lines[i] = strings.Replace(l, m[0], cmp.Or(m[2], map[string]string{"seq": "a list", "map": "a section of keys"}[m[1]], m[1])+" is not "+kindOf(m[3]), 1)
		}
	}
	return strings.Join(lines, "; ")
}

// kindOf is a type of Go in words.
func kindOf(name string) string {
	switch {
	case strings.HasPrefix(name, "float"):
		return "a number"
	case strings.HasPrefix(name, "int"):
		return "a whole number"
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case name == "bool":
		return "true or false"
	case name == "time.Duration":
		return "a duration such as 60s"
	case name == "string" || name == "configs.Secret":
		return "a text"
	}
	return "a section of keys"
}

func (c *Config) readSecretFiles() error {
	return errors.Join(
		readSecret("nats.password_file", c.NATS.PasswordFile, &c.NATS.Password),
		readSecret("influx.token_file", c.Influx.TokenFile, &c.Influx.Token),
		readSecret("web.password_file", c.Web.PasswordFile, &c.Web.Password),
		readSecret("alerts.mail.password_file", c.Alerts.Mail.PasswordFile, &c.Alerts.Mail.Password),
	)
}

func readSecret(key, path string, s *Secret) error {
	if path == "" {
		return nil
	}
	b, err := readLimited(path, maxSecret)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	*s = Secret(strings.TrimSpace(string(b)))
	return nil
}
