package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unit reads a systemd unit: section/key to value. A key given twice is a fault
// here, though some may be.
func unit(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	values, section := map[string]string{}, ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case !ok || values[section+"/"+key] != "":
			t.Errorf("%s: %q", path, line)
		default:
			values[section+"/"+key] = value
		}
	}
	return values
}

func TestSystemdUnitIsHardened(t *testing.T) {
	u := unit(t, filepath.Join("systemd", "afterrun@.service"))
	for key, want := range map[string]string{
		"Service/ExecStart":               "/usr/local/bin/afterrun up",
		"Service/User":                    "%i",
		"Service/KillSignal":              "SIGINT",
		"Service/NoNewPrivileges":         "yes",
		"Service/CapabilityBoundingSet":   "",
		"Service/ProtectSystem":           "strict",
		"Service/ProtectHome":             "read-only", // the synced folder may lie there
		"Service/PrivateTmp":              "yes",
		"Service/PrivateDevices":          "yes",
		"Service/MemoryDenyWriteExecute":  "yes",
		"Service/RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
		"Service/SystemCallFilter":        "@system-service",
		"Service/UMask":                   "0077",
		"Service/StateDirectoryMode":      "0700",
		"Install/WantedBy":                "multi-user.target",
	} {
		if got, ok := u[key]; !ok || got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	// The one place it may write is where it keeps its data.
	data, _ := strings.CutPrefix(u["Service/Environment"], "AFTERRUN_DATA=")
	if data != "/var/lib/"+u["Service/StateDirectory"] {
		t.Errorf("data in %s, state in %s", data, u["Service/StateDirectory"])
	}
}
