package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"afterrun/ingest/bundle"
	"afterrun/readiness"
)

// inside joins the path of a bundle and the name of a member to the member's
// path in the ledger.
const inside = "!/"

// Bundle reads a zip. Every member gets a line of its own, with the path
// "export.zip!/activities/1.fit.gz", as soon as it is settled; the line of the
// zip, written last, counts them. So it may be interrupted and repeated: what
// was settled before is not read again. tell, if not nil, is told every line of a
// member.
func (g *Ingester) Bundle(ctx context.Context, athlete readiness.AthleteID, path string, r io.ReaderAt, info fs.FileInfo, tell func(readiness.File)) (readiness.File, error) {
	line := newLine(athlete, path, info)
	if err := isZip(r); err != nil {
		return g.broken(ctx, line, err)
	}
	b, err := bundle.Open(r, info.Size(), bundle.Default)
	if err != nil {
		return g.broken(ctx, line, err)
	}
	if line.SHA256, err = streamSum(io.NewSectionReader(r, 0, info.Size())); err != nil {
		return line, err
	}
	if tell == nil {
		tell = func(readiness.File) {}
	}
	return g.members(ctx, line, b, tell)
}

// isZip refuses what is no zip: anything else that is worth reading is smaller.
func isZip(r io.ReaderAt) error {
	head := make([]byte, 4)
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(bytes.Trim(head, "\x00")) == 0 {
		return fmt.Errorf("zero bytes: the content has not arrived: %w", readiness.ErrIncomplete)
	}
	if !bundle.IsZip(head) {
		return fmt.Errorf("larger than %d MiB: %w", bundle.Default.Member>>20, readiness.ErrInvalid)
	}
	return nil
}

func streamSum(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// broken writes the line of a bundle that cannot be opened. A fault of the disk
// decides nothing.
func (g *Ingester) broken(ctx context.Context, line readiness.File, err error) (readiness.File, error) {
	if !decided(err) {
		return line, err
	}
	line.State, line.Reason = judge(err)
	return g.note(ctx, line)
}

func decided(err error) bool {
	return slices.ContainsFunc(verdicts, func(v verdict) bool { return errors.Is(err, v.err) })
}

// members reads all of an open bundle, then writes its line.
func (g *Ingester) members(ctx context.Context, line readiness.File, b *bundle.Bundle, tell func(readiness.File)) (readiness.File, error) {
	counts := tally{}
	for _, m := range b.Members {
		if err := ctx.Err(); err != nil {
			return line, err
		}
		f, err := g.member(ctx, line, m, tell)
		if errors.Is(err, bundle.ErrTooMuch) {
			line.State, line.Reason = judge(err)
			line.Reason += "; before that: " + counts.String()
			return g.note(ctx, line)
		}
		if err != nil {
			return line, err
		}
		tell(f)
		counts[f.State]++
	}
	line.State, line.Reason = counts.verdict(), counts.String()
	return g.note(ctx, line)
}

// member reads one file of a bundle.
func (g *Ingester) member(ctx context.Context, in readiness.File, m bundle.Member, tell func(readiness.File)) (readiness.File, error) {
	line := newLine(in.Athlete, in.Path+inside+m.Name, m.Info)
	switch {
	case m.IsZip():
		return g.nested(ctx, line, m, tell)
	case !readable(m.Name):
		line.State, line.Reason = readiness.FileIgnored, "no file of a watch or a diary"
		return g.note(ctx, line)
	}
	data, err := m.Read()
	if errors.Is(err, bundle.ErrTooMuch) || err != nil && !decided(err) {
		return line, err
	}
	if err != nil {
		return g.broken(ctx, line, err)
	}
	line.SHA256 = sumOf(data)
	before, err := g.Known(ctx, line.Athlete, line.Path)
	if err != nil || settled(before) && before.SHA256 == line.SHA256 {
		return before, err
	}
	parsed, err := parseBounded(m.Name, data)
	line.State, line.Reason = final(data, err)
	return g.settle(ctx, line, parsed, data)
}

// final is the verdict on a member: nothing more of it will arrive.
func final(data []byte, err error) (readiness.FileState, string) {
	state, reason := judge(err)
	switch {
	case state != readiness.FilePending:
		return state, reason
	case len(data) == 0:
		return readiness.FileIgnored, "empty: an activity typed in by hand has no recording"
	}
	return readiness.FileRefused, "cut off: " + reason
}

func (g *Ingester) nested(ctx context.Context, line readiness.File, m bundle.Member, tell func(readiness.File)) (f readiness.File, err error) {
	b, err := m.Unpack()
	switch {
	case errors.Is(err, bundle.ErrTooMuch):
		return line, err
	case errors.Is(err, readiness.ErrIncomplete):
		line.State, line.Reason = final([]byte{0}, err)
		return g.note(ctx, line)
	case err != nil:
		return g.broken(ctx, line, err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return g.members(ctx, line, b, tell)
}

// suffixes are the members worth reading; each may be gzipped.
var suffixes = []string{".fit", ".gpx", ".tcx", ".csv", ".json"}

func readable(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return slices.Contains(suffixes, path.Ext(name))
}

// tally counts the members of a bundle by their state.
type tally map[readiness.FileState]int

// byWorth are the states from the best.
var byWorth = []readiness.FileState{
	readiness.FilePublished, readiness.FileCorrected, readiness.FileDuplicate,
	readiness.FileIgnored, readiness.FilePending, readiness.FileRefused,
}

// verdict is the best state of a member; an empty bundle is of no interest.
func (t tally) verdict() readiness.FileState {
	for _, s := range byWorth {
		if t[s] > 0 {
			return s
		}
	}
	return readiness.FileIgnored
}

func (t tally) String() string {
	var parts []string
	for _, s := range byWorth {
		if t[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t[s], s))
		}
	}
	if len(parts) == 0 {
		return "no file in it"
	}
	return strings.Join(parts, ", ")
}
