package fit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"afterrun/readiness"
)

// part is one FIT file of a chain: header, data and checksum.
type part struct {
	bytes  []byte
	header int    // length of the header
	lacks  string // why it has no end of its own, "" = it has
	cut    bool   // its end is missing, and will not come
}

const (
	shortHeader = 12
	longHeader  = 14
	crcSize     = 2
)

// split cuts a file into the FIT files chained in it, by the lengths in their
// headers. rest describes bytes behind the last whole one: no FIT file, or one
// that is cut or still arriving. Only a first part that is cut is an error; with
// last, nothing more will arrive, and a cut part is what is there of it.
func split(data []byte, last bool) (parts []part, rest string, err error) {
	for at := 0; at < len(data) || at == 0; {
		p, err := next(data[at:], last)
		switch {
		case err != nil && at == 0:
			return nil, "", err
		case isIncomplete(err):
			return parts, fmt.Sprintf("part %d of the file is not whole: %s", len(parts)+1, strings.TrimSuffix(err.Error(), ": "+readiness.ErrIncomplete.Error())), nil
		case err != nil:
			return parts, fmt.Sprintf("%d bytes behind the end of the file are not FIT (%v)", len(data)-at, err), nil
		}
		parts = append(parts, p)
		if p.lacks != "" {
			break
		}
		at += len(p.bytes)
	}
	return parts, "", nil
}

// next reads the header at the start of data and cuts the part it announces.
func next(data []byte, last bool) (part, error) {
	if len(data) == 0 {
		return part{}, fmt.Errorf("empty file: %w", readiness.ErrIncomplete)
	}
	h := int(data[0])
	if h != shortHeader && h != longHeader {
		return part{}, fmt.Errorf("header length %d, not 12 or 14: %w", h, readiness.ErrInvalid)
	}
	if len(data) < h {
		return part{}, fmt.Errorf("%d of %d bytes of the header are here: %w", len(data), h, readiness.ErrIncomplete)
	}
	if string(data[8:12]) != ".FIT" {
		return part{}, fmt.Errorf("no .FIT mark in the header: %w", readiness.ErrInvalid)
	}
	size := int64(binary.LittleEndian.Uint32(data[4:8]))
	if size == 0 {
		return unfinished(data, h)
	}
	total := int64(h) + size + crcSize
	if int64(len(data)) < total && last {
		whole := data[:min(int64(len(data)), total-crcSize)]
		p := sealed(whole, h, fmt.Sprintf("the file is cut: %d of %d bytes are here; what came before is kept", len(data), total))
		p.cut = true
		return p, nil
	}
	if int64(len(data)) < total {
		return part{}, fmt.Errorf("%d of %d bytes are here: %w", len(data), total, readiness.ErrIncomplete)
	}
	return part{bytes: data[:total], header: h}, nil
}

// unfinished is the part of a recorder that crashed before it came back to its
// header: everything behind it. Zeros at the end are room that was never written
// to.
func unfinished(data []byte, header int) (part, error) {
	whole := bytes.TrimRight(data, "\x00")
	if len(whole) <= header+crcSize {
		return part{}, fmt.Errorf("the header announces no data: %w", readiness.ErrInvalid)
	}
	return sealed(whole, header, "the recorder did not finish the file: its header announces no data; what can be read is kept"), nil
}

// sealed gives a part without an end the length and the checksum that it lacks.
func sealed(data []byte, header int, lacks string) part {
	b := make([]byte, len(data), len(data)+crcSize)
	copy(b, data)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(data)-header))
	clear(b[shortHeader:header]) // the header's own checksum: 0 is none
	return part{bytes: seal(b), header: header, lacks: lacks}
}

// seal appends the checksum of b.
func seal(b []byte) []byte { return binary.LittleEndian.AppendUint16(b, crc16(b)) }

// crcTable is the nibble table of the FIT protocol's CRC-16.
var crcTable = [16]uint16{
	0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
	0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
}

// crc16 returns the FIT checksum of b.
func crc16(b []byte) uint16 {
	var c uint16
	for _, x := range b {
		c = c>>4 ^ crcTable[c&15] ^ crcTable[x&15]
		c = c>>4 ^ crcTable[c&15] ^ crcTable[x>>4]
	}
	return c
}

// checksum compares the part's checksum with its header and data.
func (p part) checksum() error {
	n := len(p.bytes) - crcSize
	want, got := binary.LittleEndian.Uint16(p.bytes[n:]), crc16(p.bytes[:n])
	if want != got {
		return fmt.Errorf("wrong CRC: the file says %04x, its content gives %04x: %w", want, got, readiness.ErrInvalid)
	}
	return nil
}
