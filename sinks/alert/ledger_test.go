package alert_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"afterrun/sinks/alert"
)

func openLedger(t *testing.T, path string) *alert.FileLedger {
	t.Helper()
	l, err := alert.OpenLedger(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // a test may have closed it
	return l
}

func delivery(channel, key string) alert.Delivery {
	return alert.Delivery{Channel: channel, Key: key, At: now, Outcome: alert.Sent}
}

func delivered(t *testing.T, l *alert.FileLedger, channel, key string) bool {
	t.Helper()
	done, err := l.Delivered(t.Context(), channel, key)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// A crash may cut the last line anywhere, even where the rest reads like another
// key.
func TestATornLineIsNoDelivery(t *testing.T) {
	whole := "hook\tme|a|reminder-1\nhook\tme|a|reminder-12\n"
	first := strings.IndexByte(whole, '\n') + 1
	for cut := first; cut < len(whole); cut++ {
		path := filepath.Join(t.TempDir(), "ledger")
		if err := os.WriteFile(path, []byte(whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		l := openLedger(t, path)
		if !delivered(t, l, "hook", "me|a|reminder-1") || delivered(t, l, "hook", "me|a|reminder-12") {
			t.Fatalf("cut at %d: %q misread", cut, whole[:cut])
		}
		if err := l.Record(t.Context(), delivery("hook", "me|b")); err != nil {
			t.Fatal(err)
		}
		l = openLedger(t, path)
		if !delivered(t, l, "hook", "me|a|reminder-1") || delivered(t, l, "hook", "me|a|reminder-12") || !delivered(t, l, "hook", "me|b") {
			t.Fatalf("cut at %d: wrong after the next delivery", cut)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != whole[:first]+"hook\tme|b\t2026-03-10T08:00:00Z\tsent\n" {
			t.Fatalf("cut at %d: file %q, %v", cut, b, err)
		}
	}
}

func TestADeliveryThatIsNotOnDiskDoesNotCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := openLedger(t, path)
	if err := l.Close(); err != nil { // the disk is gone
		t.Fatal(err)
	}
	if err := l.Record(t.Context(), delivery("hook", "k")); err == nil {
		t.Fatal("written to a closed file")
	}
	if delivered(t, l, "hook", "k") || delivered(t, openLedger(t, path), "hook", "k") {
		t.Error("counts all the same")
	}
}

func TestChannelsAndKeysCannotBeMistaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := openLedger(t, path)
	if err := l.Record(t.Context(), delivery("a\nb", "k\nc\td")); err != nil {
		t.Fatal(err)
	}
	l = openLedger(t, path)
	if !delivered(t, l, "a\nb", "k\nc\td") {
		t.Error("forgotten")
	}
	for _, other := range [][2]string{{"b", "k"}, {"c", "d"}, {"a", "k"}} {
		if delivered(t, l, other[0], other[1]) {
			t.Errorf("%q was never delivered", other)
		}
	}
}

func TestALedgerThatCannotBeReadIsAFault(t *testing.T) {
	if _, err := alert.OpenLedger(t.TempDir()); err == nil {
		t.Error("a folder was opened as a ledger: everything would be sent again")
	}
	if _, err := alert.New(alert.Options{}); err == nil {
		t.Error("a sink without a ledger would send everything again")
	}
}
