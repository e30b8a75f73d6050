package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"afterrun/readiness"
)

// json reads one object or an array of objects. Objects take the place of
// lines in messages: the first one is line 1.
func (b *book) json(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	array := bytes.TrimSpace(data)[0] == '['
	if array {
		if _, err := d.Token(); err != nil {
			return faulty(err)
		}
	}
	n := 0
	for (array && d.More()) || (!array && n == 0) {
		if n++; n > MaxRows {
			return fmt.Errorf("line %d: more than %d rows: %w", n, MaxRows, readiness.ErrInvalid)
		}
		if err := b.object(d, n); err != nil {
			return err
		}
	}
	if array {
		if _, err := d.Token(); err != nil {
			return faulty(err)
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("text behind the end: %w", readiness.ErrInvalid)
	}
	return nil
}

// object reads one row.
func (b *book) object(d *json.Decoder, n int) error {
	var raw map[string]json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return fmt.Errorf("line %d: %w", n, faulty(err))
	}
	r := row{line: n, order: int64(n), values: make(map[string]string, len(raw))}
	known := false
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		k := strings.ToLower(strings.TrimSpace(name))
		_, ok := b.columns[k]
		if known = known || ok; !ok && k != "date" && k != "run" {
			continue
		}
		if _, twice := r.values[k]; twice {
			return fmt.Errorf("line %d: the key %s appears twice: %w", n, k, readiness.ErrInvalid)
		}
		s, err := scalar(raw[name])
		if err != nil {
			return fmt.Errorf("line %d: %s: %w", n, k, err)
		}
		r.values[k] = s
	}
	if _, ok := r.values["date"]; !ok || !known {
		return fmt.Errorf("line %d: no check-in: an object needs `date` and a known key: %w", n, readiness.ErrIgnored)
	}
	return b.add(r)
}

// scalar returns a value as a text of the CSV form.
func scalar(raw json.RawMessage) (string, error) {
	if len(raw) > 0 && (raw[0] == '[' || raw[0] == '{') {
		return "", fmt.Errorf("neither text nor number: %w", readiness.ErrInvalid)
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return "", faulty(err)
	}
	switch x := v.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(x), nil
	case json.Number:
		return x.String(), nil
	case bool:
		return strconv.FormatBool(x), nil
	}
	return "", fmt.Errorf("neither text nor number: %w", readiness.ErrInvalid)
}

// faulty tells a document that is cut from one that is wrong.
func faulty(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the document is not closed: %w", readiness.ErrIncomplete)
	}
	return fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
}
