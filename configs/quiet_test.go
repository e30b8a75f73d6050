package configs_test

import (
	"testing"
	"time"

	"afterrun/configs"
)

func TestQuietHoursOfAChannelBeatTheGeneralOnes(t *testing.T) {
	c, err := configs.Load("", []string{
		`AFTERRUN_ALERTS_QUIET_HOURS=21:30-07:00`,
		`AFTERRUN_ALERTS_MAIL_HOST=mail.example.org`, `AFTERRUN_ALERTS_MAIL_FROM=afterrun@example.org`, `AFTERRUN_ALERTS_MAIL_PASSWORD=geheim`,
		`AFTERRUN_ALERTS_CHANNELS=[{name: a, ntfy: "https://ntfy.sh/x"}, {name: b, email: [b@example.org], quiet_hours: "22:00-23:00"}, {name: c, url: "telegram://t@telegram?chats=1", quiet_hours: ""}]`,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]time.Duration{{21*time.Hour + 30*time.Minute, 7 * time.Hour}, {22 * time.Hour, 23 * time.Hour}, {}}
	for i, channel := range c.Alerts.Channels {
		if from, to := c.Alerts.Quiet(channel); from != want[i][0] || to != want[i][1] {
			t.Errorf("%s: %v-%v, want %v", channel.Name, from, to, want[i])
		}
	}
	if c.Alerts.Mail.Password.Reveal() != "geheim" || c.Alerts.Mail.Password.String() != "***" {
		t.Error("the password is lost, or shows itself")
	}
}

// TestQuietHoursThatEndAsTheyBegin are none, not those from midnight on.
func TestQuietHoursThatEndAsTheyBegin(t *testing.T) {
	c, err := configs.Load("", []string{`AFTERRUN_ALERTS_QUIET_HOURS=07:00-07:00`})
	if err != nil {
		t.Fatal(err)
	}
	if from, to := c.Alerts.Quiet(configs.Channel{}); from != to {
		t.Errorf("quiet from %v to %v", from, to)
	}
}
