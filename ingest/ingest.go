// Package ingest turns files into events: what a file says is published, what
// became of it goes into the ledger, and its bytes are kept. It chooses between
// the formats of its sub-packages (format.go) and knows neither the folder nor
// NATS; the interfaces below are all it needs of them.
package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"afterrun/readiness"
)

// Publisher stores an event for good and says whether it was new.
type Publisher interface {
	Publish(ctx context.Context, e readiness.Event) (readiness.FileState, error)
}

// Ledger remembers what became of every file; the last line of a path counts.
type Ledger interface {
	PutFile(ctx context.Context, f readiness.File) error
	Files(ctx context.Context) ([]readiness.File, error)
}

// Retracter records that a content no longer counts.
type Retracter interface {
	Retract(ctx context.Context, athlete readiness.AthleteID, kind readiness.Kind, key, digest, reason string) error
}

// Options are an ingester's parts; Log and Now may be left out.
type Options struct {
	Publisher Publisher
	Ledger    Ledger
	Retracter Retracter
	Originals Originals
	Log       *slog.Logger
	Now       func() time.Time
}

// Ingester reads files. Its methods may be called from several goroutines, for
// one path by one at a time.
type Ingester struct {
	o  Options
	mu sync.Mutex // guards lines
	// lines is the ledger in memory, nil until it is first needed.
	lines map[place]readiness.File
}

// place is where a file lies.
type place struct {
	athlete readiness.AthleteID
	path    string
}

// New returns an ingester.
func New(o Options) (*Ingester, error) {
	if o.Publisher == nil || o.Ledger == nil || o.Retracter == nil {
		return nil, errors.New("ingest: publisher, ledger and retracter are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Ingester{o: o}, nil
}

// File reads one file: parse, keep the bytes, publish the events, retract what
// the path said before and no longer says, write the ledger. It may be repeated
// after a crash between any two of these and ends the same. The line says what
// became of the file; an error means that nothing could be decided, and the file
// is to be read again.
func (g *Ingester) File(ctx context.Context, athlete readiness.AthleteID, path string, data []byte, info fs.FileInfo) (readiness.File, error) {
	sum := sha256.Sum256(data)
	line := readiness.File{
		Athlete: athlete, Path: path, SHA256: hex.EncodeToString(sum[:]), Size: info.Size(), ModTime: info.ModTime().UTC(),
	}
	before, err := g.Known(ctx, athlete, path)
	if err != nil {
		return line, err
	}
	parsed, err := Parse(path, data)
	line.State, line.Reason = judge(err)
	if line.State == readiness.FilePending || line.State == readiness.FileRefused {
		line.Events = before.Events // what it said before still counts
		return g.note(ctx, line)
	}
	if err := g.o.Originals.Put(line.SHA256, data); err != nil {
		return line, fmt.Errorf("keep original: %w", err)
	}
	if err := g.publish(ctx, &line, parsed); err != nil {
		return line, err
	}
	if err := g.retire(ctx, before, line); err != nil {
		return line, err
	}
	return g.note(ctx, line)
}

// judge turns a parser's verdict into a state and a reason for people; no error
// leaves the state to the publisher.
func judge(err error) (readiness.FileState, string) {
	for target, state := range map[error]readiness.FileState{
		readiness.ErrIncomplete: readiness.FilePending,
		readiness.ErrIgnored:    readiness.FileIgnored,
		readiness.ErrInvalid:    readiness.FileRefused,
	} {
		if errors.Is(err, target) {
			return state, strings.TrimSuffix(err.Error(), ": "+target.Error())
		}
	}
	if err != nil {
		return readiness.FileRefused, err.Error()
	}
	return "", ""
}

func (g *Ingester) publish(ctx context.Context, line *readiness.File, p Parsed) error {
	if line.State == readiness.FileIgnored {
		return nil
	}
	line.State, line.Reason = readiness.FileDuplicate, strings.Join(p.Warnings, "; ")
	for _, e := range p.Events {
		e.Athlete, e.Source = line.Athlete, readiness.Source{File: line.Path, SHA256: line.SHA256}
		state, err := g.o.Publisher.Publish(ctx, e)
		if err != nil {
			return fmt.Errorf("publish %s %s: %w", e.Kind, e.Key, err)
		}
		line.Events = append(line.Events, readiness.EventRef{Kind: e.Kind, Key: e.Key, Digest: e.Digest, Outcome: state})
		line.State = better(line.State, state)
	}
	if line.State == readiness.FileDuplicate && line.Reason == "" {
		line.Reason = g.twin(*line)
	}
	return nil
}

// better is the state of a file with events of both outcomes.
func better(a, b readiness.FileState) readiness.FileState {
	order := []readiness.FileState{readiness.FilePublished, readiness.FileCorrected, readiness.FileDuplicate}
	return order[min(slices.Index(order, a), max(0, slices.Index(order, b)))]
}

// twin names another file of the same content.
func (g *Ingester) twin(line readiness.File) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var paths []string
	for at, f := range g.lines {
		if at.athlete == line.Athlete && at.path != line.Path && f.SHA256 == line.SHA256 {
			paths = append(paths, f.Path)
		}
	}
	if len(paths) == 0 {
		return "all it says was known"
	}
	return "same content as " + slices.Min(paths)
}

// retire retracts what the path said before and does not say now, unless another
// file still says it.
func (g *Ingester) retire(ctx context.Context, before, now readiness.File) error {
	for _, old := range before.Events {
		if says(now, old) || g.saidElsewhere(now, old) {
			continue
		}
		if err := g.o.Retracter.Retract(ctx, now.Athlete, old.Kind, old.Key, old.Digest, "replaced"); err != nil {
			return fmt.Errorf("retract %s %s: %w", old.Kind, old.Key, err)
		}
	}
	return nil
}

// says reports whether a file yields a content.
func says(f readiness.File, e readiness.EventRef) bool {
	return slices.ContainsFunc(f.Events, func(x readiness.EventRef) bool {
		return x.Kind == e.Kind && x.Key == e.Key && x.Digest == e.Digest
	})
}

func (g *Ingester) saidElsewhere(now readiness.File, e readiness.EventRef) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for at, f := range g.lines {
		if at.athlete == now.Athlete && at.path != now.Path && says(f, e) {
			return true
		}
	}
	return false
}

// Note writes a line of a file that was not read, e.g. because it is too large.
func (g *Ingester) Note(ctx context.Context, f readiness.File) error {
	_, err := g.note(ctx, f)
	return err
}

func (g *Ingester) note(ctx context.Context, f readiness.File) (readiness.File, error) {
	f.Seen = g.o.Now().UTC()
	if err := g.o.Ledger.PutFile(ctx, f); err != nil {
		return f, fmt.Errorf("write ledger: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lines != nil {
		g.lines[place{f.Athlete, f.Path}] = f
	}
	return f, nil
}

// Known returns the ledger's line of a path; the zero File when there is none.
func (g *Ingester) Known(ctx context.Context, athlete readiness.AthleteID, path string) (readiness.File, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lines == nil {
		files, err := g.o.Ledger.Files(ctx)
		if err != nil {
			return readiness.File{}, fmt.Errorf("read ledger: %w", err)
		}
		g.lines = map[place]readiness.File{}
		for _, f := range files {
			g.lines[place{f.Athlete, f.Path}] = f
		}
	}
	return g.lines[place{athlete, path}], nil
}
