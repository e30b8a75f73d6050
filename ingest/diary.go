package ingest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"afterrun/readiness"
)

// The diary lies beside the originals: a line per file read, whose it was and
// where it lay, and a line per fact that came in no file, as a form's. With the
// originals it is enough to fill an empty JetStream again, whatever happened to
// the old one.
const diaryName = "diary.jsonl"

// maxDiaryLine bounds a line: a file may name [MaxEvents] events.
const maxDiaryLine = 16 << 20

// entry is a line of the diary; exactly one part is set.
type entry struct {
	File  *readiness.File  `json:"file,omitempty"`
	Event *readiness.Event `json:"event,omitempty"`
}

func (e entry) check() error {
	switch {
	case e.Event != nil:
		return e.Event.Athlete.Validate()
	case e.File == nil || !hexSum.MatchString(e.File.SHA256):
		return fmt.Errorf("neither file nor event: %w", readiness.ErrInvalid)
	}
	return e.File.Athlete.Validate()
}

// enter appends a line; it is on disk when enter returns. Lines may repeat: the
// later one of a path counts.
func (o Originals) enter(e entry) error {
	if !o.Keep || o.Objects != nil { // an external NATS is restored by its operator
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("diary: %w", err)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("diary: %w", err)
	}
	w, err := os.OpenFile(filepath.Join(o.Dir, diaryName), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("diary: %w", err)
	}
	// A crash may have torn the last line; an empty one costs nothing.
	if _, err := w.Write(append(append([]byte{'\n'}, line...), '\n')); err != nil {
		return errors.Join(fmt.Errorf("diary: %w", err), w.Close())
	}
	return errors.Join(w.Sync(), w.Close())
}

// eachEntry calls fn for every whole line of the diary in order; what cannot be
// understood, as a torn line, is passed over and counted.
func (o Originals) eachEntry(fn func(entry) error) (torn int, err error) {
	r, err := os.Open(filepath.Join(o.Dir, diaryName))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("diary: %w", err)
	}
	defer func() { _ = r.Close() }() // read only
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxDiaryLine)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.check() != nil {
			torn++
			continue
		}
		if err := fn(e); err != nil {
			return torn, err
		}
	}
	if err := lines.Err(); err != nil {
		return torn, fmt.Errorf("diary: %w", err)
	}
	return torn, nil
}

// Say publishes a fact that comes in no file, as of a form, and notes it in the
// diary first.
func (g *Ingester) Say(ctx context.Context, e readiness.Event) (readiness.FileState, error) {
	if err := g.o.Originals.enter(entry{Event: &e}); err != nil {
		return "", err
	}
	return g.o.Publisher.Publish(ctx, e)
}

// Told is what the diary tells: the last line of every file, and every fact that
// came in no file.
type Told struct {
	Files  []readiness.File
	Events []readiness.Event
}

// Told reads the diary.
func (g *Ingester) Told() (t Told, err error) {
	files := map[place]readiness.File{}
	_, err = g.o.Originals.eachEntry(func(e entry) error {
		if e.Event != nil {
			t.Events = append(t.Events, *e.Event)
			return nil
		}
		files[place{e.File.Athlete, e.File.Path}] = *e.File
		return nil
	})
	t.Files = slices.SortedFunc(maps.Values(files), func(a, b readiness.File) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Athlete, b.Athlete))
	})
	return t, err
}

// Refilled counts what [Ingester.Refill] found.
type Refilled struct {
	Files, Events int
	Lost          []string // paths whose original is missing or damaged
	Torn          int      // lines that cannot be understood
}

// Refill reads the kept originals again, in the order of the diary, as if they
// lay where they were found: an empty JetStream then holds what the old one did.
// It may be repeated.
func (g *Ingester) Refill(ctx context.Context) (Refilled, error) {
	again := &Ingester{o: g.o}
	again.o.Originals.Keep = false // they are kept, and in the diary
	var done Refilled
	var err error
	done.Torn, err = g.o.Originals.eachEntry(func(e entry) error {
		if e.Event != nil {
			done.Events++
			return again.repeat(ctx, *e.Event)
		}
		return again.refillFile(ctx, *e.File, &done)
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines = nil // the ledger has changed
	return done, err
}

// repeat says once more what came in no file.
func (g *Ingester) repeat(ctx context.Context, e readiness.Event) error {
	if r := e.Retraction; r != nil {
		for _, digest := range r.Digests {
			if err := g.o.Retracter.Retract(ctx, e.Athlete, r.Kind, r.Key, digest, r.Reason); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := g.o.Publisher.Publish(ctx, e)
	return err
}

func (g *Ingester) refillFile(ctx context.Context, f readiness.File, done *Refilled) error {
	if f.Reason == readiness.ReasonForgotten {
		done.Files++
		_, err := g.note(ctx, f)
		return err
	}
	data, err := g.o.Originals.Get(ctx, f.SHA256)
	if err != nil {
		done.Lost = append(done.Lost, f.Path)
		return ctx.Err()
	}
	done.Files++
	_, err = g.Given(ctx, f.Athlete, f.Path, data, past{f})
	return err
}

// past is a file as the diary remembers it.
type past struct{ f readiness.File }

func (p past) Name() string       { return filepath.Base(p.f.Path) }
func (p past) Size() int64        { return p.f.Size }
func (p past) Mode() fs.FileMode  { return 0o400 }
func (p past) ModTime() time.Time { return p.f.ModTime }
func (p past) IsDir() bool        { return false }
func (p past) Sys() any           { return nil }
