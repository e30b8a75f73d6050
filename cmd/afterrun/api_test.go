package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"afterrun/readiness"
)

func TestOtherProgramsAskOverNATS(t *testing.T) {
	url := natsServer(t)
	folder, _ := seasonFolder(t, 25)
	p := newProgram(t, "AFTERRUN_NATS_URL="+url, "AFTERRUN_NATS_USER=afterrun", "AFTERRUN_NATS_PASSWORD=geheim")
	data := t.TempDir()
	up := p.start("up", folder, "--data", data)
	nc, err := nats.Connect(url, nats.UserInfo("afterrun", "geheim"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	var before, after struct {
		Date   string
		Values map[string]any
	}
	ask := func(into any, kind, body string) bool {
		m, err := nc.Request("afterrun.v1.api."+kind+".me", []byte(body), 20*time.Second)
		return err == nil && m.Header.Get("Nats-Service-Error") == "" && json.Unmarshal(m.Data, into) == nil
	}
	await(t, "a verdict of today over NATS", func() bool {
		return ask(&before, "readiness", "") && before.Date == readiness.DateOf(time.Now().UTC()).String() && before.Values["readiness"] != nil
	})
	var series struct{ Date []string }
	if !ask(&series, "series", "columns=readiness&from=2000-01-01") || len(series.Date) < 25 {
		t.Errorf("%d days of a series over NATS", len(series.Date))
	}
	var said struct{ State string }
	body := "date,fatigue,soreness,stress,mood,sleep_quality,illness\n" + before.Date + ",1,1,1,1,1,1\n"
	if !ask(&said, "checkin", body) || said.State == "" {
		t.Fatalf("check-in: %+v", said)
	}
	if !ask(&after, "readiness", "") || after.Values["capped_by"] != "illness" {
		t.Errorf("after the check-in: %v", after.Values["capped_by"])
	}
	up.stop()

	// The originals lie on the server, where every machine finds them.
	if _, err := os.Stat(filepath.Join(data, "originals")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("originals in the data folder: %v", err)
	}
	if got := p.run("verify", "--data", data); !strings.Contains(got, "originals  ok") {
		t.Errorf("verify says:\n%s", got)
	}
}
