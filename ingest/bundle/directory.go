package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"afterrun/readiness"
)

// The end of a zip: a record of 22 bytes and a comment, before it a locator of
// 20 bytes and a record of 56 where the zip is large (APPNOTE 4.3.14 to 4.3.16).
const (
	endSize, locatorSize, end64Size = 22, 20, 56

	maxComment   = 1<<16 - 1
	maxDirectory = 24 << 20 // bytes; 100 for each of 200,000 files, and some
)

// checkDirectory looks for the end of a zip, which arrives last, and bounds the
// directory before anybody reads it: each of its entries costs memory.
func checkDirectory(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, endSize+maxComment+locatorSize))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF { //nolint:errorlint // ReaderAt returns it bare
		return fmt.Errorf("read the end of the zip: %w", err)
	}
	end := findEnd(tail)
	if end < 0 {
		return fmt.Errorf("the end of the zip has not arrived: %w", readiness.ErrIncomplete)
	}
	at := size - int64(len(tail)-end)
	length, offset := uint64(binary.LittleEndian.Uint32(tail[end+12:])), uint64(binary.LittleEndian.Uint32(tail[end+16:]))
	if large := locate(r, tail[:end]); large != nil {
		length, offset = binary.LittleEndian.Uint64(large[40:]), binary.LittleEndian.Uint64(large[48:])
	}
	// A reader may start at the offset, or where the length says.
	from := min(offset, uint64(at)-min(length, uint64(at)))
	if uint64(at)-min(from, uint64(at)) > maxDirectory {
		return fmt.Errorf("the zip lists too many files: %w", readiness.ErrInvalid)
	}
	return nil
}

// findEnd returns where the end record begins whose comment ends with the file,
// -1 without one.
func findEnd(tail []byte) int {
	for i := len(tail) - endSize; i >= 0; i-- {
		if !bytes.HasPrefix(tail[i:], []byte("PK\x05\x06")) {
			continue
		}
		if comment := int(binary.LittleEndian.Uint16(tail[i+20:])); i+endSize+comment == len(tail) {
			return i
		}
	}
	return -1
}

// locate returns the end record of a large zip, nil when there is none.
func locate(r io.ReaderAt, before []byte) []byte {
	if len(before) < locatorSize {
		return nil
	}
	locator := before[len(before)-locatorSize:]
	if !bytes.HasPrefix(locator, []byte("PK\x06\x07")) {
		return nil
	}
	record := make([]byte, end64Size)
	n, err := r.ReadAt(record, int64(binary.LittleEndian.Uint64(locator[8:])&(1<<62-1)))
	if n < end64Size || err != nil && err != io.EOF || !bytes.HasPrefix(record, []byte("PK\x06\x06")) { //nolint:errorlint // ReaderAt returns it bare
		return nil
	}
	return record
}
