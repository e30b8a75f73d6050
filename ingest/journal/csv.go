package journal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"afterrun/readiness"
)

// csv reads comma-, semicolon- or tab-separated rows below a header.
func (b *book) csv(data []byte) error {
	delimiter := delimiterOf(data)
	if err := boundLines(data, byte(delimiter)); err != nil {
		return err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace, r.LazyQuotes = delimiter, -1, delimiter != '\t', true
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("no header line: %w", readiness.ErrInvalid)
	}
	names, err := b.header(head)
	if err != nil {
		return err
	}
	for n := int64(1); ; n++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
		}
		line, _ := r.FieldPos(0)
		if n > MaxRows {
			return fmt.Errorf("line %d: more than %d rows: %w", line, MaxRows, readiness.ErrInvalid)
		}
		if err := b.add(b.fields(names, fields, line, n, delimiter)); err != nil {
			return err
		}
	}
}

// boundLines refuses a line with more values than any table has: each would
// cost memory.
func boundLines(data []byte, delimiter byte) error {
	n := 0
	for line := range bytes.Lines(data) {
		if n++; bytes.Count(line, []byte{delimiter}) >= maxColumns {
			return fmt.Errorf("line %d: more than %d values: %w", n, maxColumns, readiness.ErrInvalid)
		}
	}
	return nil
}

// fields names the values of a line. A decimal comma is possible only where
// the comma does not separate values.
func (b *book) fields(names, fields []string, line int, order int64, delimiter rune) row {
	values := make(map[string]string, len(names))
	for i, v := range fields {
		if i >= len(names) {
			break
		}
		v = strings.TrimSpace(v)
		if col, ok := b.columns[names[i]]; ok && !col.Text && delimiter != ',' {
			v = strings.Replace(v, ",", ".", 1)
		}
		values[names[i]] = v
	}
	if len(fields) > len(names) {
		b.warn(line, "%d values for %d columns", len(fields), len(names))
	}
	return row{line: line, order: order, values: values}
}

// header checks the column names: `date` and a known one, none of them twice.
func (b *book) header(head []string) ([]string, error) {
	names := make([]string, len(head))
	seen := map[string]bool{}
	known := false
	for i, h := range head {
		n := strings.ToLower(strings.TrimSpace(h))
		_, ok := b.columns[n]
		if (ok || n == "date" || n == "run") && seen[n] {
			return nil, fmt.Errorf("line 1: the column %s appears twice: %w", n, readiness.ErrInvalid)
		}
		names[i], seen[n], known = n, true, known || ok
	}
	if !seen["date"] || !known {
		return nil, fmt.Errorf("line 1: no check-in: the header needs `date` and a known column: %w", readiness.ErrIgnored)
	}
	return names, nil
}

// delimiterOf returns the separator of the header line: the most frequent of
// comma, semicolon and tab.
func delimiterOf(data []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, d := range []rune{';', '\t'} {
		if n := bytes.Count(line, []byte(string(d))); n > most {
			best, most = d, n
		}
	}
	return best
}

// IsCheckIn reports whether the first line of a text looks like the header of
// a check-in file.
func IsCheckIn(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	line, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	if len(line) > 4<<10 {
		return false
	}
	_, err := newBook().header(strings.FieldsFunc(string(line), func(r rune) bool {
		return r == delimiterOf(line) || r == '"' || r == '\r'
	}))
	return err == nil
}
