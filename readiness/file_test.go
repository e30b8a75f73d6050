package readiness

import "testing"

func TestWhatAFileBecame(t *testing.T) {
	refs := func(kind Kind, keys ...string) (out []EventRef) {
		for _, k := range keys {
			out = append(out, EventRef{Kind: kind, Key: k})
		}
		return out
	}
	for want, events := range map[string][]EventRef{
		"":            nil,
		"1 night":     refs(KindWellness, "device_day-oura-2026-01-05", "sleep-oura-2026-01-05", "device-oura-2026-01-05"),
		"2 nights":    refs(KindWellness, "sleep-oura-2026-01-05", "sleep-oura-2026-01-06"),
		"3 nights":    refs(KindWellness, "fit_0123456789abcdef", "fit_fedcba9876543210", "sleep-oura-2026-01-06"),
		"2 check-ins": refs(KindCheckIn, "2026-01-05", "2026-01-05-run"),
		"1 run (" + RunIDOf("running-1") + "), 1 night": append(refs(KindRun, "running-1"), refs(KindWellness, "a")...),
	} {
		if got := (File{Events: events}).Became(); got != want {
			t.Errorf("%v became %q, want %q", events, got, want)
		}
	}
}
