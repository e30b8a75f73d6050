package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestQueuesInOrder: the same report reads the same each time.
func TestQueuesInOrder(t *testing.T) {
	var out bytes.Buffer
	r := statusReport{Queues: map[string]uint64{"store": 2, "alert": 1, "readiness": 1400, "files": 0, "influx": 3, "samples": 4}}
	if err := (&app{out: &out}).printStatus(r); err != nil {
		t.Fatal(err)
	}
	_, waiting, _ := strings.Cut(out.String(), "waiting")
	if got := strings.Join(strings.Fields(strings.ReplaceAll(waiting, "waiting", "")), " "); got != "alert 1 message influx 3 messages readiness 1400 messages samples 4 messages store 2 messages" {
		t.Errorf("waiting: %s", got)
	}
}
