// Package ingest turns files into events: what a file says is published, what
// became of it goes into the ledger, and its bytes are kept. It chooses between
// the formats of its sub-packages (format.go) and knows neither the folder nor
// NATS; the interfaces below are all it needs of them.
package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"afterrun/ingest/bundle"
	"afterrun/ingest/wellness"
	"afterrun/readiness"
)

// MaxEvents bounds what one file may say: six values a day, as of an export of
// Apple Health, for twenty-seven years. The ledger's line of the file has to name
// them all: 45 bytes for each.
const MaxEvents = wellness.MaxDays

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

	HealthSources []string // whose values of an Apple Health export count; none = all
}

// Ingester reads files. Its methods may be called from several goroutines, for
// one path by one at a time.
type Ingester struct {
	o  Options
	mu sync.Mutex // guards lines
	// lines is the ledger in memory, nil until it is first needed; places are the
	// paths of a content, sayers those of the files that say something about an
	// event, forgotten the contents that the athlete deleted.
	lines     map[place]readiness.File
	places    map[bytesOf]map[string]bool
	sayers    map[eventOf][]string
	forgotten map[bytesOf]bool
}

// bytesOf names the content of an athlete's file.
type bytesOf struct {
	athlete readiness.AthleteID
	sha256  string
}

// eventOf names an athlete's event, whatever it says.
type eventOf struct {
	athlete readiness.AthleteID
	kind    readiness.Kind
	key     string
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
// the path said before and no longer says, publish what counts again by that,
// write the ledger. It may be repeated after a crash between any two of these
// and ends the same. The line says what became of the file; an error means that
// nothing could be decided, and the file is to be read again.
//
// What a path said before still counts while its new content is incomplete,
// refused or of no interest: as when a file is deleted, nothing takes its place.
func (g *Ingester) File(ctx context.Context, athlete readiness.AthleteID, path string, data []byte, info fs.FileInfo) (readiness.File, error) {
	return g.read(ctx, Parse, athlete, path, data, info)
}

// Given reads like File one of which nothing more will arrive, because somebody
// gave it as it is: of a watch file that is cut, what is there counts.
func (g *Ingester) Given(ctx context.Context, athlete readiness.AthleteID, path string, data []byte, info fs.FileInfo) (readiness.File, error) {
	return g.read(ctx, Salvage, athlete, path, data, info)
}

// parser is Parse or Salvage.
type parser func(name string, data []byte) (Parsed, error)

func (g *Ingester) read(ctx context.Context, parse parser, athlete readiness.AthleteID, path string, data []byte, info fs.FileInfo) (readiness.File, error) {
	if bundle.IsZip(data) {
		return g.Bundle(ctx, athlete, path, bytes.NewReader(data), info, nil)
	}
	line := newLine(athlete, path, info)
	if wellness.IsApple(data) {
		return g.document(ctx, line, bytes.NewReader(data))
	}
	line.SHA256 = sumOf(data)
	parsed, err := parse.bounded(line.Path, data)
	line.State, line.Reason = judge(err)
	return g.settle(ctx, line, parsed, data)
}

func newLine(athlete readiness.AthleteID, path string, info fs.FileInfo) readiness.File {
	return readiness.File{Athlete: athlete, Path: clean(path), Size: info.Size(), ModTime: info.ModTime().UTC()}
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// settle makes a parsed file count and writes its line. The bytes are kept even
// of a file that is of no use yet: a later version may read it.
func (g *Ingester) settle(ctx context.Context, line readiness.File, parsed Parsed, data []byte) (readiness.File, error) {
	before, err := g.Known(ctx, line.Athlete, line.Path)
	if err != nil {
		return line, err
	}
	if g.isForgotten(line) {
		line.State, line.Reason, line.Events = readiness.FileIgnored, readiness.ReasonForgotten, before.Events
		return g.note(ctx, line)
	}
	if line.State != readiness.FilePending && len(data) > 0 {
		if err := g.keep(ctx, before, line, data); err != nil {
			return line, fmt.Errorf("keep original: %w", err)
		}
	}
	if line.State != "" {
		line.Events = before.Events
		return g.note(ctx, line)
	}
	if err := g.replace(ctx, before, &line, parsed); err != nil {
		return line, err
	}
	return g.note(ctx, line)
}

// keep stores the bytes, and writes into the diary where they lay unless they
// were refused or the ledger's line of the path says the same already.
func (g *Ingester) keep(ctx context.Context, before, now readiness.File, data []byte) error {
	if err := g.o.Originals.Put(ctx, now.SHA256, data); err != nil {
		return err
	}
	if now.State == readiness.FileRefused || before.SHA256 == now.SHA256 && settled(before) {
		return nil
	}
	return g.o.Originals.enter(entry{File: &now})
}

func (parse parser) bounded(path string, data []byte) (Parsed, error) {
	p, err := parse(path, data)
	return p.bounded(err)
}

func (p Parsed) bounded(err error) (Parsed, error) {
	if err == nil && len(p.Events) > MaxEvents {
		return p, fmt.Errorf("%d entries, more than %d: %w", len(p.Events), MaxEvents, readiness.ErrInvalid)
	}
	return p, err
}

// verdict is the state of a file that its parser decides.
type verdict struct {
	err   error
	state readiness.FileState
}

var verdicts = []verdict{
	{readiness.ErrIncomplete, readiness.FilePending},
	{readiness.ErrIgnored, readiness.FileIgnored},
	{readiness.ErrInvalid, readiness.FileRefused},
}

// judge turns a parser's verdict into a state and a reason for people; no error
// leaves the state to the publisher.
func judge(err error) (readiness.FileState, string) {
	if err == nil {
		return "", ""
	}
	for _, v := range verdicts {
		if errors.Is(err, v.err) {
			return v.state, inWords(err)
		}
	}
	return readiness.FileRefused, inWords(err)
}

// doing is how an error says at what it happened.
var doing = regexp.MustCompile(`^(parse|publish) [a-z-]+: `)

// inWords is what the owner of a file is told: without the name of the parser
// and of the class of the error.
func inWords(err error) string {
	s := doing.ReplaceAllString(err.Error(), "")
	for _, v := range verdicts {
		s = strings.TrimSuffix(s, ": "+v.err.Error())
	}
	return s
}

// clean makes a path a text that the ledger gives back as it was.
func clean(path string) string { return strings.ToValidUTF8(path, "\uFFFD") }
