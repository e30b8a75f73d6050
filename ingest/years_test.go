package ingest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
)

// TestYearsOfMorningsAreReadAgain: the table that is kept of an export of Apple
// Health says all of what the export said, however long it was worn.
func TestYearsOfMorningsAreReadAgain(t *testing.T) {
	var b strings.Builder
	b.WriteString("<HealthData>")
	record := func(kind, value string, from, to time.Time) {
		const form = "2006-01-02 15:04:05 -0700"
		fmt.Fprintf(&b, `<Record type="HK%s" sourceName="Watch" startDate="%s" endDate="%s" value="%s"/>`, kind, from.Format(form), to.Format(form), value)
	}
	day := time.Date(2006, 1, 1, 7, 0, 0, 0, time.UTC)
	for range 20 * 365 {
		for _, kind := range []string{"RestingHeartRate", "HeartRateVariabilitySDNN", "HeartRateVariabilityRMSSD", "HeartRateRecoveryOneMinute", "BodyMass"} {
			record("QuantityTypeIdentifier"+kind, "50", day, day)
		}
		record("CategoryTypeIdentifierSleepAnalysis", "HKCategoryValueSleepAnalysisAsleepCore", day.Add(-7*time.Hour), day)
		day = day.AddDate(0, 0, 1)
	}
	b.WriteString("</HealthData>")
	said, table, _, err := new(Ingester).health(strings.NewReader(b.String()))
	if err != nil || len(said.Events) != 6*20*365 {
		t.Fatal(len(said.Events), err)
	}
	again, err := parser(Salvage).bounded("export.xml", table)
	if err != nil || !slices.EqualFunc(again.Events, said.Events, func(a, b readiness.Event) bool { return a.Key == b.Key && a.Digest == b.Digest }) {
		t.Errorf("read again: %d of %d values, %v", len(again.Events), len(said.Events), err)
	}
}
