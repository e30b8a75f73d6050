package main

import (
	"strings"
	"testing"
)

// explain, replay and the export of samples say the same through a running
// program as on the folder itself.
func TestQuestionsBesideARunningProgram(t *testing.T) {
	src, names := seasonFolder(t, 40)
	p := newProgram(t)
	data, folder := t.TempDir(), t.TempDir()
	for _, name := range names {
		write(t, folder, name, read(t, src, name))
	}
	p.run("import", folder, "--data", data)
	questions := [][]string{
		{"explain", "last", "--json"}, {"explain", "last"}, {"card", "--json"}, {"replay", "--what-if", strictRules(t), "--json"},
		{"export", "--kind", "samples", "--format", "csv"},
	}
	var alone []string
	for _, q := range questions {
		alone = append(alone, p.run(append(q, "--data", data)...))
	}
	up := p.start("up", folder, "--data", data)
	p.awaitQuiet(data, len(names))
	for i, q := range questions {
		if got := p.run(append(q, "--data", data)...); got != alone[i] {
			t.Errorf("%s: another answer beside a running program: %s", strings.Join(q, " "), firstDifference(got, alone[i]))
		}
	}
	up.stop()
	if lines := strings.Count(alone[4], "\n"); lines < 1000 {
		t.Errorf("%d lines of samples", lines)
	}
	if !strings.Contains(alone[3], `"band_would_be": "steady"`) {
		t.Errorf("a stricter border moves no day: %s", alone[3])
	}
}

func strictRules(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "strict.yaml", []byte("bands: {ready: 85}\n"))
	return dir + "/strict.yaml"
}
