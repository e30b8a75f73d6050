// Package bundle opens files that hold other files: gzip, zip, and a zip in a
// zip, as the export of an account comes. The names in it are labels for people
// and never lead anywhere: nothing is unpacked to disk, except that a nested zip
// goes through a temporary file, because a zip is read from its end.
//
// Every size is counted while it is read, never believed. It may import
// readiness, nothing else of this module.
package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"afterrun/readiness"
)

// Limits bound what a bundle may cost.
type Limits struct {
	Depth   int   // zips in each other
	Members int   // files of all zips together
	Member  int64 // bytes of a member that is read whole
	Total   int64 // bytes unpacked altogether
	Ratio   int64 // bytes unpacked for each byte of the bundle, beyond the first Member bytes
}

// Default lets pass what accounts of twenty years hold: text packs 20 to 1, and
// nothing real comes near 100 to 1.
var Default = Limits{Depth: 2, Members: 200_000, Member: 64 << 20, Total: 64 << 30, Ratio: 100}

// IsZip reports whether content begins like a zip.
func IsZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// Bundle is an open zip.
type Bundle struct {
	Members []Member // in the order of the zip, without folders and what systems leave behind
	temp    *os.File // of a nested zip
}

// Member is a file in a bundle.
type Member struct {
	Name  string // a label: '/' separated, without "..", unique in its zip
	Info  fs.FileInfo
	file  *zip.File
	left  *budget
	depth int // zips around it
}

// Open reads the directory of a zip. The error wraps readiness.ErrIncomplete
// while the end has not arrived, else readiness.ErrInvalid.
func Open(r io.ReaderAt, size int64, l Limits) (*Bundle, error) {
	left := &budget{limits: l, members: l.Members, bytes: min(l.Total, l.Member+l.Ratio*size)}
	return open(r, size, left, 1)
}

func open(r io.ReaderAt, size int64, left *budget, depth int) (*Bundle, error) {
	if err := checkDirectory(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("damaged zip: %w: %w", err, readiness.ErrInvalid)
	}
	if left.members -= len(z.File); left.members < 0 {
		return nil, fmt.Errorf("more than %d files: %w", left.limits.Members, readiness.ErrInvalid)
	}
	b := &Bundle{}
	seen := map[string]int{}
	for _, f := range z.File {
		name := label(f.Name)
		if f.FileInfo().IsDir() || foreign(name) {
			continue
		}
		if seen[name]++; seen[name] > 1 {
			name = numbered(name, seen[name])
		}
		b.Members = append(b.Members, Member{Name: name, Info: f.FileInfo(), file: f, left: left, depth: depth})
	}
	return b, nil
}

// Close frees what a nested zip needs.
func (b *Bundle) Close() error {
	if b.temp == nil {
		return nil
	}
	err := b.temp.Close()
	_ = os.Remove(b.temp.Name()) // where it could not go while it was open
	return err
}

// maxLabel bounds a name, bytes: that of a path on any system.
const maxLabel = 1024

// label makes a name safe to show and to compare: it cannot climb.
func label(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(name, `\`, "/"), "\uFFFD"))
	if len(name) > maxLabel {
		name = strings.ToValidUTF8(name[len(name)-maxLabel:], "")
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// numbered tells a name from an earlier one and keeps its suffixes.
func numbered(name string, n int) string {
	dir, base := path.Split(name)
	stem, suffixes, found := strings.Cut(base, ".")
	if found {
		suffixes = "." + suffixes
	}
	return fmt.Sprintf("%s%s#%d%s", dir, stem, n, suffixes)
}

// foreign tells what systems leave in a zip: __MACOSX, .DS_Store, Thumbs.db.
func foreign(name string) bool {
	parts := strings.Split(name, "/")
	return name == "" || strings.EqualFold(path.Base(name), "Thumbs.db") || slices.ContainsFunc(parts, func(p string) bool {
		return strings.HasPrefix(p, ".") || strings.EqualFold(p, "__MACOSX")
	})
}

// IsZip reports whether the member's name says that it is a zip.
func (m Member) IsZip() bool { return strings.EqualFold(path.Ext(m.Name), ".zip") }

// Open unpacks the member as it is read. Errors of reading wrap
// readiness.ErrInvalid.
func (m Member) Open() (io.ReadCloser, error) {
	if !m.Info.Mode().IsRegular() {
		return nil, fmt.Errorf("a link or a device, not a file: %w", readiness.ErrInvalid)
	}
	if m.file.Flags&1 != 0 {
		return nil, fmt.Errorf("protected by a password: unpack it first: %w", readiness.ErrInvalid)
	}
	r, err := m.file.Open()
	if err != nil {
		return nil, unpackFault(err)
	}
	return &reader{counted{r, m.left}, r}, nil
}

// Read returns the member whole.
func (m Member) Read() (data []byte, err error) {
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return readWhole(r, m.left.limits.Member)
}

func readWhole(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("unpacks to more than %d MiB: %w", limit>>20, readiness.ErrInvalid)
	}
	return data, err
}

// Unpack opens a member that is a zip. Its bundle has to be closed.
func (m Member) Unpack() (_ *Bundle, err error) {
	if m.depth >= m.left.limits.Depth {
		return nil, fmt.Errorf("a zip in a zip in a zip: unpack it first: %w", readiness.ErrInvalid)
	}
	temp, err := os.CreateTemp("", "afterrun-*.zip")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(temp.Name()) // a crash leaves nothing; where an open file cannot go, Close removes it
	holder := &Bundle{temp: temp}
	defer func() {
		if err != nil {
			err = errors.Join(err, holder.Close())
		}
	}()
	size, err := m.copyTo(temp)
	if err != nil {
		return nil, err
	}
	inner, err := open(temp, size, m.left, m.depth+1)
	if err != nil {
		return nil, err
	}
	inner.temp = temp
	return inner, nil
}

func (m Member) copyTo(w io.Writer) (n int64, err error) {
	r, err := m.Open()
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(w, r)
	return n, errors.Join(err, r.Close())
}

// budget is what is left of the limits, for a bundle and all nested ones.
type budget struct {
	limits  Limits
	members int
	bytes   int64
}

// ErrTooMuch tells a bundle that unpacks to more than its limits: nothing more
// of it is read. It wraps readiness.ErrInvalid.
var ErrTooMuch = fmt.Errorf("unpacks to more than any real export: %w", readiness.ErrInvalid)

// counted counts what is unpacked.
type counted struct {
	r    io.Reader
	left *budget
}

func (c counted) Read(p []byte) (int, error) {
	if c.left.bytes < 0 {
		return 0, ErrTooMuch
	}
	n, err := c.r.Read(p)
	if c.left.bytes -= int64(n); c.left.bytes < 0 {
		return n, ErrTooMuch
	}
	return n, err
}

// reader unpacks a member of a zip.
type reader struct {
	counted
	io.Closer
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.counted.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, ErrTooMuch) {
		err = unpackFault(err)
	}
	return n, err
}

// unpackFault says in words what is wrong with a member.
func unpackFault(err error) error {
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		err = errors.New("packed in a way that cannot be read: unpack it first")
	case errors.Is(err, zip.ErrChecksum):
		err = errors.New("damaged: the checksum is wrong")
	default:
		err = fmt.Errorf("damaged: %w", err)
	}
	return fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
}
