package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"afterrun/ingest/journal"
	"afterrun/readiness"
)

// inbox takes what comes through the page, the way files of a folder come.
type inbox struct{ p *parts }

// CheckIn takes a form's answers.
func (i inbox) CheckIn(ctx context.Context, athlete readiness.AthleteID, csv []byte) (readiness.File, error) {
	f, err := i.p.checkIn(ctx, athlete, csv)
	if errors.Is(err, readiness.ErrIgnored) {
		err = fmt.Errorf("nothing was said: answer at least one question: %w", readiness.ErrInvalid)
	}
	return f, err
}

// Said gives the answers of a day's morning, or about the run of that start, by
// the names of the form.
func (i inbox) Said(ctx context.Context, athlete readiness.AthleteID, d readiness.Date, run string) (map[string]string, error) {
	asked := readiness.CheckIn{Date: d, Part: readiness.PartDay}
	if run != "" {
		asked.Part, asked.Run = readiness.PartRun, run
	}
	c, err := i.p.bus.CheckIn(ctx, athlete, journal.Key(asked))
	if c == nil || err != nil {
		return nil, err
	}
	said := map[string]string{}
	maps.Copy(said, c.Text)
	for name, x := range c.Numbers {
		said[name] = strconv.FormatFloat(x, 'f', -1, 64)
	}
	return said, nil
}

// Upload reads a file or a zip, and returns when its results are visible. The
// content waits in the data folder while it arrives, never in a synced one.
func (i inbox) Upload(ctx context.Context, athlete readiness.AthleteID, name string, content io.Reader) (files []readiness.File, err error) {
	f, err := os.CreateTemp(i.p.dir, "upload-*")
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	_ = os.Remove(f.Name()) // a crash leaves nothing
	defer func() {
		err = errors.Join(err, f.Close())
		_ = os.Remove(f.Name()) // where it could not go while it was open
	}()
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, sum), content)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	info := uploaded{givenName(name, sum.Sum(nil)), size, i.p.now()}
	inside := func(x readiness.File, _ int) { files = append(files, x) }
	whole, err := i.read(ctx, athlete, f, info, inside)
	if err != nil {
		return files, err
	}
	return append([]readiness.File{whole}, files...), i.p.waitVisible(ctx)
}

// read reads a file while the worker waits, as for every import.
func (i inbox) read(ctx context.Context, athlete readiness.AthleteID, f *os.File, info uploaded, tell func(f readiness.File, known int)) (readiness.File, error) {
	i.p.reading.Lock()
	defer i.p.reading.Unlock()
	return i.p.readOpen(ctx, athlete, info.name, f, info, tell)
}

// givenName places a file among those given through the page. The content is
// part of the place: another file of the same name does not replace it.
func givenName(name string, sum []byte) string {
	return path.Join("page", hex.EncodeToString(sum[:4]), path.Base(path.Clean("/"+strings.ReplaceAll(name, `\`, "/"))))
}

// uploaded describes a file as it was on the athlete's own disk.
type uploaded struct {
	name string
	size int64
	at   time.Time
}

func (u uploaded) Name() string       { return path.Base(u.name) }
func (u uploaded) Size() int64        { return u.size }
func (u uploaded) Mode() os.FileMode  { return 0o600 }
func (u uploaded) ModTime() time.Time { return u.at }
func (u uploaded) IsDir() bool        { return false }
func (u uploaded) Sys() any           { return nil }
