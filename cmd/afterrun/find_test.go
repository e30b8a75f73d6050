package main

import (
	"os"
	"testing"

	"afterrun/readiness"
)

// TestADeviceIsNoFile: it may have no end, or never begin.
func TestADeviceIsNoFile(t *testing.T) {
	f, err := findFiles([]string{os.DevNull}, func(s string) string { return s })
	if err != nil || len(f.paths) != 0 || len(f.other) != 1 || f.other[0].State != readiness.FileRefused || f.other[0].Reason == "" {
		t.Errorf("%+v, %v", f, err)
	}
}
