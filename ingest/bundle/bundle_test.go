package bundle

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"afterrun/readiness"
)

// packed is a zip of the files, in the order given: name, content, …
func packed(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, data []byte, l Limits) *Bundle {
	t.Helper()
	b, err := Open(bytes.NewReader(data), int64(len(data)), l)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func names(b *Bundle) (names []string) {
	for _, m := range b.Members {
		names = append(names, m.Name)
	}
	return names
}

func zeros(n int) string { return strings.Repeat("\x00", n) }

// inTemp makes the folder of temporary files an empty one of the test's own.
func inTemp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestNamesAreLabelsOnly(t *testing.T) {
	dir := inTemp(t)
	hostile := packed(t, "../../etc/cron.d/x.fit", "a", `..\..\windows\y.fit`, "b", "/abs/z.fit", "c", "a/./b/../c.fit", "d",
		"same.fit", "1", "same.fit", "2", "line\nbreak\x1b[31m.fit", "e", strings.Repeat("é", 3000)+".fit", "f", "bad\xff.fit", "g")
	b := opened(t, hostile, Default)
	want := []string{"etc/cron.d/x.fit", "windows/y.fit", "abs/z.fit", "a/c.fit", "same.fit", "same#2.fit", "linebreak[31m.fit"}
	for i, name := range want {
		if b.Members[i].Name != name {
			t.Errorf("member %d is %q, want %q", i, b.Members[i].Name, name)
		}
	}
	for _, m := range b.Members {
		if _, err := m.Read(); err != nil || len(m.Name) > maxLabel || strings.ToValidUTF8(m.Name, "") != m.Name {
			t.Errorf("%.40q: %v", m.Name, err)
		}
	}
	if n := entries(t, dir); n != 0 {
		t.Errorf("%d files were written", n)
	}
}

func TestWhatSystemsLeaveIsPassedOver(t *testing.T) {
	b := opened(t, packed(t, "a/", "", "__MACOSX/a/._x.fit", "x", "a/._x.fit", "x", ".DS_Store", "x", "a/Thumbs.db", "x", "a/x.fit", "x"), Default)
	if got := names(b); len(got) != 1 || got[0] != "a/x.fit" {
		t.Errorf("members %q", got)
	}
}

func TestAMemberOfTooManyBytesIsRefused(t *testing.T) {
	l := Limits{Depth: 2, Members: 10, Member: 1 << 20, Total: 1 << 30, Ratio: 10_000}
	b := opened(t, packed(t, "bomb.fit", zeros(1<<20+1), "fine.fit", zeros(1<<20)), l)
	if _, err := b.Members[0].Read(); !errors.Is(err, readiness.ErrInvalid) || errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), "1 MiB") {
		t.Errorf("bomb: %v", err)
	}
	if data, err := b.Members[1].Read(); err != nil || len(data) != 1<<20 {
		t.Errorf("the largest allowed: %d bytes, %v", len(data), err)
	}
}

// TestABombIsStopped: the whole may not unpack to more than its size allows,
// however it is spread over members and nested zips.
func TestABombIsStopped(t *testing.T) {
	dir := inTemp(t)
	l := Limits{Depth: 2, Members: 100, Member: 1 << 20, Total: 1 << 40, Ratio: 100}
	var files []string
	for i := range 40 {
		files = append(files, fmt.Sprintf("%d.fit", i), zeros(1<<20))
	}
	flat := packed(t, files...)
	nested := packed(t, "inner.zip", string(packed(t, files...)))
	for name, data := range map[string][]byte{"flat": flat, "nested": nested, "small total": nil} {
		limits := l
		if data == nil {
			data, limits.Ratio, limits.Total = flat, 1e6, 5<<20
		}
		b := opened(t, data, limits)
		if n, err := unpackedBytes(b); !errors.Is(err, ErrTooMuch) || n > 11<<20 {
			t.Errorf("%s: %d bytes unpacked of %d, %v", name, n, len(data), err)
		}
	}
	if n := entries(t, dir); n != 0 {
		t.Errorf("%d temporary files are left", n)
	}
}

// unpackedBytes reads everything until the first error.
func unpackedBytes(b *Bundle) (n int, err error) {
	for _, m := range b.Members {
		if m.IsZip() {
			inner, err := m.Unpack()
			if err != nil {
				return n, err
			}
			k, err := unpackedBytes(inner)
			if err = errors.Join(err, inner.Close()); err != nil {
				return n + k, err
			}
			continue
		}
		data, err := m.Read()
		if n += len(data); err != nil {
			return n, err
		}
	}
	return n, nil
}

func TestZipsInEachOtherEnd(t *testing.T) {
	dir := inTemp(t)
	inner := packed(t, "third.zip", string(packed(t, "x.fit", "x")), "y.fit", "y")
	b := opened(t, packed(t, "second.zip", string(inner)), Default)
	second, err := b.Members[0].Unpack()
	if err != nil || len(second.Members) != 2 {
		t.Fatal(second, err)
	}
	if n := entries(t, dir); n > 0 && runtime.GOOS != "windows" {
		t.Errorf("%d temporary files would outlive a crash", n)
	}
	if _, err := second.Members[0].Unpack(); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("third level: %v", err)
	}
	if data, err := second.Members[1].Read(); err != nil || string(data) != "y" {
		t.Errorf("%q, %v", data, err)
	}
	if err := second.Close(); err != nil || entries(t, dir) != 0 {
		t.Errorf("temporary files are left: %v", err)
	}
}

func TestTooManyFiles(t *testing.T) {
	l := Default
	l.Members = 5
	data := packed(t, "1", "", "2", "", "3", "", "4", "", "5", "", "6", "")
	if _, err := Open(bytes.NewReader(data), int64(len(data)), l); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("six of five: %v", err)
	}
	b := opened(t, packed(t, "1", "", "2", "", "inner.zip", string(packed(t, "3", "", "4", "", "5", ""))), l)
	if _, err := b.Members[2].Unpack(); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("three and three of five: %v", err)
	}
}

// TestALargeZip has more members than its end has room to count.
func TestALargeZip(t *testing.T) {
	const n = 70_000
	var files []string
	for i := range n {
		files = append(files, fmt.Sprintf("%d.fit", i), "")
	}
	data := packed(t, files...)
	if b := opened(t, data, Default); len(b.Members) != n || b.Members[n-1].Name != "69999.fit" {
		t.Errorf("%d members", len(b.Members))
	}
	for _, cut := range []int{1, endSize, endSize + locatorSize, endSize + locatorSize + end64Size, len(data) / 2} {
		if _, err := Open(bytes.NewReader(data[:len(data)-cut]), int64(len(data)-cut), Default); !errors.Is(err, readiness.ErrIncomplete) {
			t.Errorf("%d bytes short: %v", cut, err)
		}
	}
	lie := bytes.Clone(data)
	binary.LittleEndian.PutUint64(lie[len(lie)-endSize-locatorSize-end64Size+40:], 1<<62)
	if _, err := Open(bytes.NewReader(lie), int64(len(lie)), Default); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("a directory of 2^62 bytes: %v", err)
	}
}

// TestALinkIsNoFile: nothing is looked at on the disk, and where it points to is
// no content.
func TestALinkIsNoFile(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, mode := range map[string]fs.FileMode{"link.fit": fs.ModeSymlink | 0o777, "pipe.fit": fs.ModeNamedPipe, "disk.zip": fs.ModeSymlink} {
		h := &zip.FileHeader{Name: name}
		h.SetMode(mode)
		m, err := w.CreateHeader(h)
		if err == nil {
			_, err = m.Write([]byte("/etc/passwd"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, m := range opened(t, b.Bytes(), Default).Members {
		if _, err := m.Read(); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "not a file") {
			t.Errorf("%s: %v", m.Name, err)
		}
		if _, err := m.Unpack(); m.IsZip() && !errors.Is(err, readiness.ErrInvalid) {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

// TestAGzipCountsAsItsBundles: a bomb may hide in each of many gzips.
func TestAGzipCountsAsItsBundles(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l := Limits{Depth: 2, Members: 100, Member: 1 << 20, Total: 5 << 20, Ratio: 1e6}
	m := opened(t, packed(t, "1.fit.gz", b.String()), l).Members[0]
	data, err := m.Read()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		plain, err := m.Gunzip(data)
		if i < 4 && (err != nil || len(plain) != 1<<20) || i == 5 && !errors.Is(err, ErrTooMuch) {
			t.Errorf("gzip %d: %d bytes, %v", i, len(plain), err)
		}
	}
	if _, err := m.Gunzip(data[:100]); !errors.Is(err, ErrTooMuch) {
		t.Errorf("behind the limit: %v", err)
	}
}

// TestADirectoryThatLies: what the end says of the directory is not believed
// before memory is spent on it.
func TestADirectoryThatLies(t *testing.T) {
	entry := packed(t, "x", "")
	end := entry[len(entry)-endSize:]
	at := bytes.Index(entry, []byte("PK\x01\x02"))
	header := entry[at : len(entry)-endSize]
	data := append(bytes.Clone(entry[:at]), bytes.Repeat(header, maxDirectory/len(header)+2)...)
	size := uint32(len(data) - at)
	for _, claimed := range []uint32{size, 0, uint32(len(header)), 1<<32 - 1} {
		lie := bytes.Clone(end)
		binary.LittleEndian.PutUint32(lie[12:], claimed)
		whole := append(bytes.Clone(data), lie...)
		if _, err := Open(bytes.NewReader(whole), int64(len(whole)), Default); !errors.Is(err, readiness.ErrInvalid) {
			t.Errorf("a directory of %d said to have %d bytes: %v", size, claimed, err)
		}
	}
}

// TestEveryCutIsPending: a zip is complete only with its end, even if a whole zip
// lies within what has arrived.
func TestEveryCutIsPending(t *testing.T) {
	inner := packed(t, "x.fit", "x")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "inner.zip", Method: zip.Store})
	if err == nil {
		_, err = f.Write(inner)
	}
	if err == nil {
		err = errors.Join(w.SetComment("from a watch"), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	whole := bytes.Index(data, inner) + len(inner) // here a zip ends within
	for n := range data {
		_, err := Open(bytes.NewReader(data[:n]), int64(n), Default)
		if n == whole {
			continue // a zip behind other bytes is a zip
		}
		if !errors.Is(err, readiness.ErrIncomplete) {
			t.Errorf("%d of %d bytes: %v", n, len(data), err)
		}
	}
}

func TestDamage(t *testing.T) {
	data := packed(t, "x.fit", strings.Repeat("heart rate ", 100))
	at := bytes.Index(data, []byte("x.fit")) + 20
	data[at] ^= 0xFF
	if _, err := opened(t, data, Default).Members[0].Read(); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("damaged: %v", err)
	}
	locked := packed(t, "x.fit", "secret")
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= 1
	if _, err := opened(t, locked, Default).Members[0].Read(); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "password") {
		t.Errorf("locked: %v", err)
	}
	odd := packed(t, "x.fit", "secret")
	odd[bytes.Index(odd, []byte("PK\x01\x02"))+10] = 9 // deflate64
	if _, err := opened(t, odd, Default).Members[0].Read(); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "unpack it first") {
		t.Errorf("deflate64: %v", err)
	}
}

func TestGunzip(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte("a watch file"))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	if plain, err := Gunzip(data); err != nil || string(plain) != "a watch file" {
		t.Errorf("%q, %v", plain, err)
	}
	for n := range data {
		if _, err := Gunzip(data[:n]); !errors.Is(err, readiness.ErrIncomplete) {
			t.Errorf("%d of %d bytes: %v", n, len(data), err)
		}
	}
	data[len(data)-8] ^= 1
	if _, err := Gunzip(data); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("wrong checksum: %v", err)
	}
	b.Reset()
	w.Reset(&b)
	for range 65 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Gunzip(b.Bytes()); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("bomb: %v", err)
	}
}

// FuzzOpen: whatever the bytes, nothing panics, no limit is passed and no file
// is left.
func FuzzOpen(f *testing.F) {
	inner := packed(f, "activities/1.fit.gz", "x", "../a.gpx", strings.Repeat("y", 500))
	f.Add(inner)
	f.Add(packed(f, "DI_CONNECT/UploadedFiles_0-_Part1.zip", string(inner)))
	l := Limits{Depth: 2, Members: 50, Member: 1 << 12, Total: 1 << 16, Ratio: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Open(bytes.NewReader(data), int64(len(data)), l)
		if err != nil {
			if !errors.Is(err, readiness.ErrInvalid) && !errors.Is(err, readiness.ErrIncomplete) {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		n, _ := unpackedBytes(b)
		if int64(n) > l.Total+l.Member || len(b.Members) > l.Members {
			t.Errorf("%d bytes, %d members", n, len(b.Members))
		}
		for _, m := range b.Members {
			if filepath.IsAbs(m.Name) || strings.HasPrefix(m.Name, "..") || strings.Contains(m.Name, "/../") {
				t.Errorf("name %q", m.Name)
			}
		}
	})
}
