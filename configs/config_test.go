package configs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterrun/configs"
	"afterrun/readiness"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "afterrun.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReferenceIsTheDefaultAndValid(t *testing.T) {
	c, err := configs.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Watch.ScanEvery != time.Minute || c.Originals != "keep" || c.Web.Listen != "127.0.0.1:8017" {
		t.Errorf("default = %+v", c)
	}
}

func TestAllFaultsAreReportedTogether(t *testing.T) {
	path := write(t, `
originals: maybe
folders: [{path: "", athlete: "Me!"}]
athletes: {me: {sex: robot, time_zone: Mars/Olympus, birth_date: yesterday}}
watch: {scan_every: 1ms}
nats: {prefix: a-prefix-of-too-many-letters}
influx: {url: "ftp://user:geheim@host", bucket: ""}
web: {listen: "0.0.0.0:80"}
alerts:
  quiet_hours: late
  page: run.example.org
  mail: {tls: maybe, port: 70000, from: "x\r\nBcc: y@example.org"}
  channels: [{name: a}, {name: a, ntfy: "x"}, {name: b, email: [a@b, me], severity: mild, quiet_hours: "25:00-7"}, {name: c, url: geheim}]
`)
	_, err := configs.Load(path, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"originals:", "folders[0].path: missing", "folders[0].athlete:", "athletes.me.sex", "time_zone", "birth_date",
		"watch.scan_every", "nats.prefix", "influx.url", "influx.bucket: missing", "web.listen", "give one of ntfy, webhook, email and url", "used twice",
		"alerts.quiet_hours", "alerts.page", "alerts.mail.from", `channels[2].email: "me" is no e-mail address`, "alerts.mail.tls", "alerts.mail.port", "channels[2]: e-mail needs alerts.mail.host", "channels[2].severity", "channels[2].quiet_hours", "channels[3].url",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "geheim") {
		t.Errorf("a secret is printed:\n%v", err)
	}
}

func TestUnknownKeyNamesItsLine(t *testing.T) {
	_, err := configs.Load(write(t, "nats:\n  urll: x\nfoo: 1\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "line 2: unknown key urll") || !strings.Contains(err.Error(), "line 3: unknown key foo") {
		t.Errorf("err = %v", err)
	}
}

func TestEnvironmentWins(t *testing.T) {
	path := write(t, "nats: {url: 'nats://file:4222', prefix: club}\n")
	c, err := configs.Load(path, []string{
		"AFTERRUN_NATS_URL=nats://env:4222", "AFTERRUN_WATCH_EVENTS=false", "AFTERRUN_WATCH_SETTLE=5s",
		"AFTERRUN_FOLDERS=[{path: /sync, athlete: me}]", "AFTERRUN_CORPUS=/elsewhere", "HOME=/root",
		"AFTERRUN_INFLUX_TOKEN=user:pass: word",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.NATS.URL != "nats://env:4222" || c.NATS.Prefix != "club" || c.Watch.Events || c.Watch.Settle != 5*time.Second {
		t.Errorf("config = %+v", c)
	}
	if len(c.Folders) != 1 || c.Folders[0].Path != "/sync" || c.Influx.Token.Reveal() != "user:pass: word" {
		t.Errorf("folders %+v, token %q", c.Folders, c.Influx.Token.Reveal())
	}
}

func TestEnvironmentFaults(t *testing.T) {
	_, err := configs.Load("", []string{"AFTERRUN_NAT_URL=x", "AFTERRUN_WATCH_EVENTS=perhaps"})
	if err == nil || !strings.Contains(err.Error(), "AFTERRUN_NAT_URL") || !strings.Contains(err.Error(), "AFTERRUN_WATCH_EVENTS") {
		t.Errorf("err = %v", err)
	}
}

func TestSecretsNeverShow(t *testing.T) {
	token := write(t, "hush\n")
	c, err := configs.Load("", []string{"AFTERRUN_INFLUX_TOKEN_FILE=" + token, "AFTERRUN_WEB_PASSWORD=correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Influx.Token.Reveal() != "hush" {
		t.Errorf("token = %q", c.Influx.Token.Reveal())
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Influx.Token)} {
		if strings.Contains(shown, "hush") || strings.Contains(shown, "horse") {
			t.Errorf("a secret shows in %s", shown)
		}
	}
}

// TestHugeFiles: what is no configuration and no secret is not read to its end.
func TestHugeFiles(t *testing.T) {
	huge := write(t, "")
	if err := os.Truncate(huge, 64<<30); err != nil { // sparse
		t.Fatal(err)
	}
	if _, err := configs.Load(huge, nil); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("configuration: %v", err)
	}
	if _, err := configs.Load("", []string{"AFTERRUN_INFLUX_TOKEN_FILE=" + huge}); err == nil || !strings.Contains(err.Error(), "influx.token_file: "+huge+": larger than") {
		t.Errorf("secret: %v", err)
	}
}

func TestProfileKeepsDatedParams(t *testing.T) {
	p := configs.AthleteProfile{Sex: "", Params: []configs.DatedParams{{From: "2025-02-01", HRMax: 190}, {From: "2025-01-01", HRRest: 50}}}.Profile()
	if p.Sex != "unspecified" || len(p.Params) != 2 || p.Params[0].From.String() != "2025-01-01" {
		t.Errorf("profile = %+v", p)
	}
	if _, has := p.Params[0].Values["hrmax"]; has {
		t.Error("an unset parameter is present")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(string(configs.Reference))
	f.Add("folders: [{path: x}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := configs.Load(path, nil); err == nil && c.Validate() != nil {
			t.Error("loaded without error, but is not valid")
		}
	})
}

func TestReferenceHoldsTheSpecificationsRules(t *testing.T) {
	c := configs.Default()
	if changes := c.Rules.Changes(); len(changes) > 0 {
		t.Errorf("afterrun.yaml changes %v", changes)
	}
}

func TestRulesOfTheConfiguration(t *testing.T) {
	path := write(t, `
physiology:
  weights: {sleep: 0.3}
  pmc: {alpha: inv, seed_ctl: 40}
athletes:
  anna:
    physiology: {load: {trimp_a: 0.7, trimp_b: 2.1}, pmc: {seed_ctl: 55}}
  ben: {sex: male}
  dora: {physiology: &slow {pmc: {alpha: exp}}}
  emil: {physiology: *slow}
`)
	c, err := configs.Load(path, []string{"AFTERRUN_PHYSIOLOGY_HR_MAX=210", "AFTERRUN_PHYSIOLOGY_PMC_ALPHA=ema"})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[readiness.AthleteID]string{
		"anna": "[weights.sleep 0.3 (0.15) pmc.alpha ema (exp) pmc.seed_ctl 55 (none) load.trimp_a 0.7 (none) load.trimp_b 2.1 (none) hr.max 210 (230)]",
		"ben":  "[weights.sleep 0.3 (0.15) pmc.alpha ema (exp) pmc.seed_ctl 40 (none) hr.max 210 (230)]",
		"dora": "[weights.sleep 0.3 (0.15) pmc.seed_ctl 40 (none) hr.max 210 (230)]",
		"emil": "[weights.sleep 0.3 (0.15) pmc.seed_ctl 40 (none) hr.max 210 (230)]",
		"carl": "[weights.sleep 0.3 (0.15) pmc.alpha ema (exp) pmc.seed_ctl 40 (none) hr.max 210 (230)]",
	} {
		if got := fmt.Sprint(c.RulesOf(id).Changes()); got != want {
			t.Errorf("%s is judged by %s, want %s", id, got, want)
		}
	}
}

// What `replay --what-if` reads can be pasted in as it is.
func TestRulesFileFitsIntoTheConfiguration(t *testing.T) {
	text := "weights:\n  sleep: 0.3\nbands:\n  ready: 75\nmax_gap_s: 12\n"
	fromFile, err := configs.ReadRules([]byte(text), configs.Default().Rules)
	if err != nil {
		t.Fatal(err)
	}
	c, err := configs.Load(write(t, "physiology:\n  "+strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")+"\n"), nil)
	if err != nil || c.Rules.Version() != fromFile.Version() || len(c.Rules.Changes()) != 3 {
		t.Errorf("%v: %v, from the file %v", err, c.Rules.Changes(), fromFile.Changes())
	}
}

func TestFaultsOfRules(t *testing.T) {
	path := write(t, `
originals: maybe
physiology: {weights: {sleep: -1}, bands: {easy: .nan}, pmc: {alpha: linear, seed_ctl: 1e9}, load: {trimp_a: 1}, hr: {max: 20}, max_gap_s: 0}
athletes:
  me: {physiology: {weights: {luck: 1}}}
  you: {physiology: {caps: {pain: 101}}}
`)
	_, err := configs.Load(path, nil)
	for _, want := range []string{
		"originals:", "physiology.weights: each", "physiology.bands.easy: must be a number", "physiology.pmc.alpha:", "physiology.pmc.seed_ctl", "physiology.load: trimp_a",
		"physiology.hr: ", "physiology.max_gap_s", "athletes.me.physiology: unknown key luck", "athletes.you.physiology.caps: each",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in:\n%v", want, err)
		}
	}
	if _, err := configs.Load(write(t, "physiology:\n  weights: {luck: 1}\n"), nil); err == nil || !strings.Contains(err.Error(), "line 2: unknown key luck") {
		t.Errorf("err = %v", err)
	}
	if _, err := configs.Load("", []string{"AFTERRUN_PHYSIOLOGY_CAPS_PAIN=lots"}); err == nil || err.Error() != "environment: AFTERRUN_PHYSIOLOGY_CAPS_PAIN: `lots` is not a number" {
		t.Errorf("err = %v", err)
	}
}

// A value of the wrong kind is told of in words, not in types of Go.
func TestValuesOfTheWrongKind(t *testing.T) {
	for text, want := range map[string]string{
		"physiology: {weights: {sleep: lots}}":         "line 1: `lots` is not a number",
		"physiology: {detector: {watch_points: many}}": "line 1: `many` is not a whole number",
		"physiology: []":           "line 1: a list is not a section of keys",
		"folders: 3":               "line 1: `3` is not a list",
		"watch: {events: perhaps}": "line 1: `perhaps` is not true or false",
		"watch: {settle: soon}":    "line 1: `soon` is not a duration such as 60s",
		"web: {password: {a: b}}":  "line 1: a section of keys is not a text",
	} {
		if _, err := configs.Load(write(t, text), nil); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
