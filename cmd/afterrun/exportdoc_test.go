package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"afterrun/readiness"
)

var update = flag.Bool("update", false, "write the columns into docs/export.md")

// docs/export.md promises names, order, types and units: it must say what the
// program does.
func TestExportDocumentListsTheColumns(t *testing.T) {
	const path = "../../docs/export.md"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, kind := range []struct {
		name    string
		columns []readiness.Column
	}{
		{"days", readiness.DayColumns}, {"runs", readiness.RunColumns}, {"interim", readiness.InterimColumns},
		{"cards", readiness.CardColumns}, {"samples", readiness.SampleColumns},
	} {
		begin, end := "<!-- columns of "+kind.name+" -->\n", "<!-- end of "+kind.name+" -->"
		before, rest, ok := strings.Cut(text, begin)
		listed, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("no place for the columns of %s", kind.name)
		}
		want := columnTable(kind.columns)
		if *update {
			text = before + begin + want + end + after
		} else if listed != want {
			t.Errorf("the columns of %s differ; go test ./cmd/afterrun -run ExportDocument -update writes them:\n%s", kind.name, firstDifference(listed, want))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func columnTable(columns []readiness.Column) string {
	var b strings.Builder
	b.WriteString("| # | name | type | unit | what it is |\n|--:|---|---|---|---|\n")
	for i, c := range columns {
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s | %s |\n", i+1, c.Name, c.Type, c.Unit, readiness.Meaning(c.Name))
	}
	return b.String()
}

// The header of an export is the list of its columns, in order.
func TestExportHeaders(t *testing.T) {
	var names []string
	for _, c := range readiness.InterimColumns {
		names = append(names, c.Name)
	}
	var b strings.Builder
	if err := writeCSV(&b, rows(readiness.InterimColumns, []readiness.Row{{"k": readiness.Num(1), "hrr60_bpm": readiness.Null("no_hr")}}), exportOptions{}); err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(names, ",") + "\n,,1,,,,,,,,\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	if err := writeCSV(&b, rows(readiness.InterimColumns[2:3], []readiness.Row{{"k": readiness.Null("no_hr")}}), exportOptions{reasons: true, quality: true}); err != nil {
		t.Fatal(err)
	}
	if want := "k,k_reason,k_quality\n,no_hr,\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
