package configs

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// Validate reports every fault of the configuration, joined.
func (c *Config) Validate() error {
	var f faults
	f.oneOf("originals", c.Originals, "keep", "none")
	f.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	f.oneOf("log.format", c.Log.Format, "auto", "text", "json")
	f.folders(c.Folders)
	for id, a := range c.Athletes {
		f.athlete(id, a)
		_, err := c.rulesOf(id)
		f.rules("athletes."+string(id)+".physiology", err)
	}
	f.rules("physiology", c.Rules.Check())
	f.between("watch.scan_every", c.Watch.ScanEvery, time.Second, 24*time.Hour)
	f.between("watch.settle", c.Watch.Settle, 0, time.Hour)
	f.nats(c.NATS)
	f.influx(c.Influx)
	f.web(c.Web)
	f.alerts(c.Alerts)
	return errors.Join(f...)
}

type faults []error

func (f *faults) add(format string, a ...any) { *f = append(*f, fmt.Errorf(format, a...)) }

func (f *faults) oneOf(key, v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		f.add("%s: %q is not one of %s", key, v, strings.Join(allowed, ", "))
	}
}

func (f *faults) between(key string, v, low, high time.Duration) {
	if v < low || v > high {
		f.add("%s: %v is not between %v and %v", key, v, low, high)
	}
}

func (f *faults) folders(folders []Folder) {
	for i, d := range folders {
		key := fmt.Sprintf("folders[%d]", i)
		if d.Path == "" {
			f.add("%s.path: missing", key)
		}
		switch {
		case d.AthletesFrom != "" && d.AthletesFrom != "subfolder":
			f.add("%s.athletes_from: %q is not subfolder", key, d.AthletesFrom)
		case d.AthletesFrom != "" && d.Athlete != "":
			f.add("%s: give athlete or athletes_from, not both", key)
		case d.AthletesFrom == "":
			f.slug(key+".athlete", d.Athlete)
		}
	}
}

func (f *faults) slug(key string, id readiness.AthleteID) {
	if err := id.Validate(); err != nil {
		f.add("%s: %w", key, err)
	}
}

func (f *faults) athlete(id readiness.AthleteID, a AthleteProfile) {
	key := "athletes." + string(id)
	f.slug(key, id)
	if a.Sex != "" {
		f.oneOf(key+".sex", a.Sex, "male", "female", "unspecified")
	}
	if a.BirthDate != "" {
		d, err := readiness.ParseDate(a.BirthDate)
		if err != nil {
			f.add("%s.birth_date: %w", key, err)
		} else if y := d.Time().Year(); y < 1900 || d.Time().After(time.Now()) {
			f.add("%s.birth_date: %s is not a birth date", key, a.BirthDate)
		}
	}
	if _, err := time.LoadLocation(a.TimeZone); err != nil {
		f.add("%s.time_zone: %q is not an IANA zone such as Europe/Rome", key, a.TimeZone)
	}
	f.number(key+".body_mass_kg", a.BodyMassKg, 20, 300)
	f.params(key, a.Params)
}

func (f *faults) params(key string, params []DatedParams) {
	for i, p := range params {
		k := fmt.Sprintf("%s.params[%d]", key, i)
		if _, err := readiness.ParseDate(p.From); err != nil {
			f.add("%s.from: %w", k, err)
		}
		f.number(k+".hrmax", p.HRMax, 100, 230)
		f.number(k+".hrrest", p.HRRest, 25, 120)
		f.number(k+".lthr", p.LTHR, 80, 220)
		f.number(k+".threshold_speed_mps", p.ThresholdSpeedMPS, 0.5, 8)
		if p.HRMax > 0 && p.HRRest >= p.HRMax {
			f.add("%s: hrrest %g is not below hrmax %g", k, p.HRRest, p.HRMax)
		}
	}
}

// number checks an optional number; 0 means not set.
func (f *faults) number(key string, v, low, high float64) {
	if v != 0 && !(v >= low && v <= high) {
		f.add("%s: %g is not between %g and %g", key, v, low, high)
	}
}

// maxPrefix is the longest prefix of subjects that the bus takes.
const maxPrefix = 24

func (f *faults) nats(n NATS) {
	if err := readiness.AthleteID(n.Prefix).Validate(); err != nil || len(n.Prefix) > maxPrefix {
		f.add("nats.prefix: %q: want 1-%d of a-z 0-9 _ -", n.Prefix, maxPrefix)
	}
	if n.URL != "" {
		f.url("nats.url", n.URL, "nats", "tls", "ws", "wss")
	}
	if (n.TLS.CertFile == "") != (n.TLS.KeyFile == "") {
		f.add("nats.tls: cert_file and key_file belong together")
	}
	if n.MaxStore < 0 {
		f.add("nats.max_store_bytes: %d is negative", n.MaxStore)
	}
}

func (f *faults) influx(i Influx) {
	if i.URL == "" {
		return
	}
	f.url("influx.url", i.URL, "http", "https")
	if i.Bucket == "" {
		f.add("influx.bucket: missing")
	}
	f.between("influx.timeout", i.Timeout, time.Second, 10*time.Minute)
}

// web refuses a page that other machines could open without a password.
func (f *faults) web(w Web) {
	if w.Listen == "" {
		return
	}
	host, _, err := net.SplitHostPort(w.Listen)
	if err != nil {
		f.add("web.listen: %q is not host:port", w.Listen)
		return
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return
	}
	if len(w.Password) < 12 {
		f.add("web.listen: %s is not a loopback address: set web.password (12 characters or more) first", w.Listen)
	}
}

func (f *faults) alerts(a Alerts) {
	f.quiet("alerts.quiet_hours", &a.QuietHours)
	if a.Page != "" {
		f.url("alerts.page", a.Page, "http", "https")
	}
	if a.Mail.From != "" {
		f.address("alerts.mail.from", a.Mail.From)
	}
	f.oneOf("alerts.mail.tls", a.Mail.TLS, "starttls", "tls", "none")
	if a.Mail.Port < 0 || a.Mail.Port > 65535 {
		f.add("alerts.mail.port: %d is not a port", a.Mail.Port)
	}
	names := map[string]bool{}
	for i, c := range a.Channels {
		key := fmt.Sprintf("alerts.channels[%d]", i)
		if names[c.Name] {
			f.add("%s.name: %q is used twice", key, c.Name)
		}
		names[c.Name] = true
		f.channel(key, c)
		if len(c.Email) > 0 && (a.Mail.Host == "" || a.Mail.From == "") {
			f.add("%s: e-mail needs alerts.mail.host and alerts.mail.from", key)
		}
	}
}

func (f *faults) channel(key string, c Channel) {
	if err := readiness.AthleteID(c.Name).Validate(); err != nil {
		f.add("%s.name: %q: want 1-32 of a-z 0-9 _ -", key, c.Name)
	}
	f.quiet(key+".quiet_hours", c.QuietHours)
	if c.Severity != "" {
		f.oneOf(key+".severity", c.Severity, "info", "warning", "critical")
	}
	for _, a := range c.Athletes {
		f.slug(key+".athletes", a)
	}
	for _, to := range c.Email {
		f.address(key+".email", to)
	}
	ways := 0
	for _, given := range []bool{c.Ntfy != "", c.Webhook != "", len(c.Email) > 0, c.URL != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		f.add("%s: give one of ntfy, webhook, email and url", key)
	case c.Ntfy+c.Webhook != "":
		f.url(key, c.Ntfy.Reveal()+c.Webhook.Reveal(), "http", "https")
	case c.URL != "" && !strings.Contains(c.URL.Reveal(), "://"):
		f.add("%s.url: want an address as shoutrrr takes it, e.g. telegram://…", key)
	}
}

func (f *faults) quiet(key string, text *string) {
	if text == nil {
		return
	}
	if _, _, err := parseQuiet(*text); err != nil {
		f.add("%s: %w", key, err)
	}
}

func (f *faults) address(key, s string) {
	if _, err := mail.ParseAddress(s); err != nil {
		f.add("%s: %q is no e-mail address, e.g. me@example.org or Coach <coach@example.org>", key, s)
	}
}

// url checks without ever printing the address: it may carry a secret.
func (f *faults) url(key, s string, schemes ...string) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		f.add("%s: not an address of the form %s://host…", key, strings.Join(schemes, "|"))
	}
}

// Profile turns the configured part into the event's content.
func (a AthleteProfile) Profile() readiness.Profile {
	p := readiness.Profile{BirthDate: a.BirthDate, Sex: a.Sex, TimeZone: a.TimeZone, BodyMass: a.BodyMassKg}
	if p.Sex == "" {
		p.Sex = "unspecified"
	}
	for _, d := range a.Params {
		from, err := readiness.ParseDate(d.From)
		if err != nil {
			continue // Validate has reported it
		}
		p.Params = append(p.Params, readiness.DatedParams{From: from, Values: d.values()})
	}
	slices.SortStableFunc(p.Params, func(a, b readiness.DatedParams) int { return int(a.From) - int(b.From) })
	return p
}

func (d DatedParams) values() map[string]float64 {
	v := map[string]float64{"hrmax": d.HRMax, "hrrest": d.HRRest, "lthr": d.LTHR, "threshold_speed_mps": d.ThresholdSpeedMPS}
	for k, x := range v {
		if x == 0 {
			delete(v, k)
		}
	}
	if hide := d.HideFuelNumbers; hide != nil {
		v["hide_fuel_numbers"] = 0
		if *hide {
			v["hide_fuel_numbers"] = 1
		}
	}
	return v
}
