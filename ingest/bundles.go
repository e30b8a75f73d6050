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
	"time"

	"afterrun/ingest/bundle"
	"afterrun/ingest/journal"
	"afterrun/ingest/wellness"
	"afterrun/readiness"
)

// inside joins the path of a bundle and the name of a member to the member's
// path in the ledger.
const inside = "!/"

// Bundle reads a zip. Every member gets a line of its own, with the path
// "export.zip!/activities/1.fit.gz", as soon as it is settled; the line of the
// zip, written last, counts them. So it may be interrupted and repeated: what
// was settled before is not read again. tell, if not nil, is told every line of a
// member, and how many members are known so far: zips in it add to them.
func (g *Ingester) Bundle(ctx context.Context, athlete readiness.AthleteID, path string, r io.ReaderAt, info fs.FileInfo, tell func(f readiness.File, known int)) (readiness.File, error) {
	line := newLine(athlete, path, info)
	if head, err := headOf(r); err != nil {
		return line, err
	} else if wellness.IsApple(head) {
		return g.document(ctx, line, io.NewSectionReader(r, 0, info.Size()))
	} else if err := isZip(head); err != nil {
		return g.broken(ctx, line, err)
	}
	b, err := bundle.Open(r, info.Size(), bundle.Default)
	if err != nil {
		return g.broken(ctx, line, err)
	}
	if line.SHA256, err = streamSum(io.NewSectionReader(r, 0, info.Size())); err != nil {
		return line, err
	}
	return g.members(ctx, line, b, &progress{tell: tell})
}

// headOf returns what decides about the format.
func headOf(r io.ReaderAt) ([]byte, error) {
	head := make([]byte, 256<<10)
	n, err := r.ReadAt(head, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// isZip refuses what is no zip: anything else that is worth reading is smaller.
func isZip(head []byte) error {
	limit := bundle.Default.Member >> 20
	switch {
	case bundle.IsZip(head):
		return nil
	case len(bytes.Trim(head, "\x00")) == 0:
		return fmt.Errorf("zero bytes: the content has not arrived: %w", readiness.ErrIncomplete)
	case bundle.IsGzip(head):
		return fmt.Errorf("a gzip of more than %d MiB: unpack it first: %w", limit, readiness.ErrInvalid)
	}
	return fmt.Errorf("larger than %d MiB: %w", limit, readiness.ErrInvalid)
}

// document reads an export of Apple Health that was unpacked.
func (g *Ingester) document(ctx context.Context, line readiness.File, in io.Reader) (readiness.File, error) {
	parsed, table, _, err := g.health(in)
	if err != nil && !decided(err) {
		return line, err
	}
	line.SHA256 = sumOf(table)
	line.State, line.Reason = judge(err)
	return g.settle(ctx, line, parsed, table)
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

// reading is a bundle being read: what one member says that another needs.
type reading struct {
	g      *Ingester
	line   readiness.File // of the bundle
	told   *progress
	counts tally

	efforts []journal.Effort     // of Strava's list
	rated   map[string]bool      // files that it rates
	start   map[string]time.Time // of the runs in them
	routes  wellness.Routes      // of Apple's export
}

// members reads all of an open bundle, then writes its line.
func (g *Ingester) members(ctx context.Context, line readiness.File, b *bundle.Bundle, told *progress) (readiness.File, error) {
	told.known += len(b.Members)
	r := &reading{g: g, line: line, told: told, counts: tally{}, rated: map[string]bool{}, start: map[string]time.Time{}}
	if err := r.all(ctx, b.Members); errors.Is(err, bundle.ErrTooMuch) {
		line.State, line.Reason = judge(err)
		line.Reason += "; before that: " + r.counts.String()
		return g.note(ctx, line)
	} else if err != nil {
		return line, err
	}
	line.State, line.Reason = r.counts.verdict(), r.counts.String()
	return g.note(ctx, line)
}

// all reads the members: Apple's export before its routes, Strava's list behind
// the activities that it rates.
func (r *reading) all(ctx context.Context, members []bundle.Member) error {
	order := slices.Clone(members)
	slices.SortStableFunc(order, func(a, b bundle.Member) int { return turn(a) - turn(b) })
	if n := len(order); n > 0 && isStravaList(order[n-1]) {
		if err := r.readEfforts(order[n-1]); err != nil {
			return err
		}
	}
	for _, m := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := r.member(ctx, m)
		if err != nil {
			return err
		}
		r.told.line(f)
		r.counts[f.State]++
	}
	return nil
}

// turn orders the members: what others need comes before them.
func turn(m bundle.Member) int {
	switch {
	case isXML(m):
		return -1
	case isStravaList(m):
		return 1
	}
	return 0
}

func isXML(m bundle.Member) bool { return strings.EqualFold(path.Ext(m.Name), ".xml") }

func isStravaList(m bundle.Member) bool { return path.Base(m.Name) == "activities.csv" }

// readEfforts learns which activities Strava's list rates. A list that cannot be
// read gets its verdict when its turn comes.
func (r *reading) readEfforts(m bundle.Member) error {
	data, err := m.Read()
	if err != nil && (errors.Is(err, bundle.ErrTooMuch) || !decided(err)) {
		return err
	}
	efforts, err := journal.Strava(data)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	r.efforts = efforts
	for _, e := range efforts {
		r.rated[path.Join(path.Dir(m.Name), e.File)] = true
	}
	return nil
}

// member reads one file of a bundle.
func (r *reading) member(ctx context.Context, m bundle.Member) (readiness.File, error) {
	line := newLine(r.line.Athlete, r.line.Path+inside+m.Name, m.Info)
	switch {
	case m.IsZip():
		return r.g.nested(ctx, line, m, r.told)
	case isXML(m):
		return r.document(ctx, line, m)
	case !readable(m.Name):
		line.State, line.Reason = readiness.FileIgnored, "no file of a watch or a diary"
		return r.g.note(ctx, line)
	}
	data, err := m.Read()
	if errors.Is(err, bundle.ErrTooMuch) {
		return line, err
	}
	if err != nil {
		return r.g.broken(ctx, line, err)
	}
	return r.content(ctx, line, m, r.completed(m, data))
}

// completed is the content with what only the bundle knows written into it, so
// that the kept bytes tell it too: the sport of a route of Apple, the start of a
// run that Strava's list rates.
func (r *reading) completed(m bundle.Member, data []byte) []byte {
	if sport, ok := r.routes[path.Base(m.Name)]; ok {
		return bytes.ReplaceAll(data, []byte("<trk>"), []byte("<trk><type>"+sport+"</type>"))
	}
	if isStravaList(m) && r.efforts != nil {
		return journal.CheckIns(r.efforts, r.start)
	}
	return data
}

// content makes a member count, unless it did before.
func (r *reading) content(ctx context.Context, line readiness.File, m bundle.Member, data []byte) (readiness.File, error) {
	name := m.Name
	line.SHA256 = sumOf(data)
	before, err := r.g.Known(ctx, line.Athlete, line.Path)
	if err != nil || settled(before) && before.SHA256 == line.SHA256 && !r.rated[name] {
		return before, err
	}
	inner, plain, err := unpacked(m, data)
	var parsed Parsed
	if err == nil {
		parsed, err = parser(Salvage).bounded(inner, plain)
	}
	if errors.Is(err, bundle.ErrTooMuch) {
		return line, err
	}
	if r.rated[name] && len(parsed.Events) > 0 && parsed.Events[0].Run != nil {
		r.start[path.Join("activities", path.Base(name))] = parsed.Events[0].Run.Start
	}
	if line.State, line.Reason = final(err); len(plain) == 0 {
		line.State, line.Reason = readiness.FileIgnored, "empty: an activity typed in by hand has no recording"
	}
	return r.g.settle(ctx, line, parsed, data)
}

// unpacked is a member without its gzip, as far as that can be read, and its name;
// what a gzip holds counts as the bundle's.
func unpacked(m bundle.Member, data []byte) (name string, plain []byte, err error) {
	if !bundle.IsGzip(data) {
		return m.Name, data, nil
	}
	if plain, err = m.Gunzip(data); err != nil {
		return m.Name, data, err
	}
	return strings.TrimSuffix(m.Name, path.Ext(m.Name)), plain, nil
}

// document reads an XML, which may be too large to be read whole.
func (r *reading) document(ctx context.Context, line readiness.File, m bundle.Member) (f readiness.File, err error) {
	in, err := m.Open()
	if err != nil {
		return r.g.broken(ctx, line, err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	parsed, table, routes, err := r.g.health(in)
	if errors.Is(err, bundle.ErrTooMuch) || err != nil && !decided(err) {
		return line, err
	}
	if len(routes) > 0 {
		r.routes = routes
	}
	line.SHA256 = sumOf(table)
	line.State, line.Reason = final(err)
	return r.g.settle(ctx, line, parsed, table)
}

// health reads an export of Apple Health. It may be too large to be kept; the
// table of what was found in it is kept in its place, and says the same.
func (g *Ingester) health(in io.Reader) (Parsed, []byte, wellness.Routes, error) {
	events, routes, warnings, err := wellness.Apple(in, g.o.HealthSources)
	parsed, err := ofWellness(events, warnings, err)
	if parsed, err = parsed.bounded(err); err != nil {
		return Parsed{}, nil, routes, err
	}
	return parsed, wellness.Table(events), routes, nil
}

// final is the verdict on a member: nothing more of it will arrive.
func final(err error) (readiness.FileState, string) {
	state, reason := judge(err)
	if state == readiness.FilePending {
		return readiness.FileRefused, "cut off: " + reason
	}
	return state, reason
}

func (g *Ingester) nested(ctx context.Context, line readiness.File, m bundle.Member, told *progress) (f readiness.File, err error) {
	b, err := m.Unpack()
	switch {
	case errors.Is(err, bundle.ErrTooMuch):
		return line, err
	case errors.Is(err, readiness.ErrIncomplete):
		line.State, line.Reason = final(err)
		return g.note(ctx, line)
	case err != nil:
		return g.broken(ctx, line, err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return g.members(ctx, line, b, told)
}

// progress tells of the members of a bundle and of the zips in it.
type progress struct {
	tell  func(f readiness.File, known int)
	known int
}

func (p *progress) line(f readiness.File) {
	if p.tell != nil {
		p.tell(f, p.known)
	}
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
