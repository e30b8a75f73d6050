package fit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/muktihari/fit/profile/basetype"
	"github.com/muktihari/fit/profile/typedef"

	"afterrun/readiness"
)

// Bounds on what a part may hold. maxSamples bounds the records, events and
// beats: a week of records at one a second is the longest race there is. Of more
// than maxTormoder tormoder would take too much memory; muktihari hands them
// over one by one. maxSummaries bounds the summaries, maxSessions those of them
// that each look at every record.
const (
	maxMessages  = 4_000_000
	maxSamples   = 7 * 86400
	maxTormoder  = 300_000
	maxSummaries = 20_000
	maxSessions  = 1_000
)

// surveyed is a part whose structure was walked once.
type surveyed struct {
	data   []byte // the part, with repaired definitions and a matching checksum
	fileID bool   // it has a file_id message
	broken string // why the structure ends early, "" = it does not
	stray  int    // where that is a byte that begins no message, -1 = it is none
	lacks  string // why it has no end of its own, "" = it has
	counts map[typedef.MesgNum]int
	many   bool // more samples than tormoder is given
	odd    bool // it has fields of types that the protocol does not know
	short  bool // it has times of five bits, which count on from any message
}

var (
	errOverrun   = errors.New("the last message is cut")
	errUndefined = errors.New("message of the undefined local type")
)

// survey inspects a part. One whose writer left a single byte between two messages
// is whole without it, if what follows is read to its very end.
func survey(p part) (surveyed, error) {
	s, err := inspect(p)
	if err != nil || s.stray < 0 || p.lacks != "" {
		return s, err
	}
	if again, fault := inspect(p.without(s.stray)); fault == nil && again.broken == "" {
		again.lacks = fmt.Sprintf("byte %d of the data belongs to no message and is left out", s.stray)
		return again, nil
	}
	return s, nil
}

// without is the part less the byte at an offset in its data.
func (p part) without(at int) part {
	b := slices.Clone(p.bytes[:len(p.bytes)-crcSize])
	b = slices.Delete(b, p.header+at, p.header+at+1)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-p.header))
	clear(b[shortHeader:p.header])
	return part{bytes: seal(b), header: p.header}
}

// inspect walks the structure of a part: it bounds the number of messages,
// checks the checksum, and repairs definitions whose base type lacks its
// endian bit, which no decoder accepts.
//
// A wrong checksum refuses the part, except when the last message is cut: then
// the recorder stopped before it could write a checksum.
func inspect(p part) (surveyed, error) {
	w := walker{data: p.bytes[p.header : len(p.bytes)-crcSize], counts: map[typedef.MesgNum]int{}}
	stop := w.walk()
	if errors.Is(stop, readiness.ErrInvalid) {
		return surveyed{}, stop
	}
	s := surveyed{data: p.bytes, stray: -1, lacks: p.lacks, fileID: w.counts[typedef.MesgNumFileId] > 0, counts: w.counts, many: w.samples > maxTormoder, odd: w.odd, short: w.short}
	if err := p.checksum(); err != nil && !errors.Is(stop, errOverrun) {
		return surveyed{}, err
	}
	if stop != nil {
		s.broken = stop.Error()
	}
	if errors.Is(stop, errUndefined) {
		s.stray = w.at
	}
	if len(w.repairs) > 0 || stop != nil {
		s.data = repaired(p, w.at, w.repairs)
	}
	return s, nil
}

// repaired returns a copy of the part up to an offset in its data, where it
// breaks off, with the base types put right and length and checksum anew: a
// decoder would take the checksum for the rest of a message that is cut.
func repaired(p part, end int, repairs map[int]byte) []byte {
	b := append(make([]byte, 0, p.header+end+crcSize), p.bytes[:p.header+end]...)
	for at, v := range repairs {
		if at < end {
			b[p.header+at] = v
		}
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(end))
	clear(b[shortHeader:p.header])
	return seal(b)
}

// walker steps over the messages of a part without decoding them.
type walker struct {
	data    []byte
	at      int
	local   [16]definition
	counts  map[typedef.MesgNum]int
	repairs map[int]byte // offset in data → byte to put there
	odd     bool         // one of them is a guess
	short   bool

	n, samples, rare int // messages in all, and of them samples and summaries
}

type definition struct {
	known bool
	num   typedef.MesgNum
	size  int
}

func (w *walker) walk() error {
	for w.at < len(w.data) {
		if err := w.step(); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) step() error {
	head := w.data[w.at]
	switch {
	case head&0x80 != 0:
		w.short = true
		return w.message(head >> 5 & 3)
	case head&0x40 != 0:
		return w.define(head)
	}
	return w.message(head & 15)
}

// message steps over a data message of a local type.
func (w *walker) message(local byte) error {
	d := w.local[local]
	if !d.known {
		return fmt.Errorf("byte %d: %w %d", w.at, errUndefined, local)
	}
	if w.at+1+d.size > len(w.data) {
		return fmt.Errorf("byte %d: %w", w.at, errOverrun)
	}
	w.at += 1 + d.size
	w.counts[d.num]++
	return w.bound(d.num)
}

// bound refuses a part with more messages than memory and time are meant for.
func (w *walker) bound(num typedef.MesgNum) error {
	w.n++
	switch {
	case slices.Contains(summaries, num):
		w.rare++
	case slices.Contains(samples, num):
		w.samples++
	}
	if w.n > maxMessages || w.samples > maxSamples || w.rare > maxSummaries || w.counts[typedef.MesgNumSession] > maxSessions {
		return fmt.Errorf("more than %d messages, %d samples, %d summaries or %d sessions: %w",
			maxMessages, maxSamples, maxSummaries, maxSessions, readiness.ErrInvalid)
	}
	return nil
}

// samples are the messages that a decoder keeps and of which there are many.
var samples = []typedef.MesgNum{typedef.MesgNumRecord, typedef.MesgNumEvent, typedef.MesgNumHrv}

// summaries are the messages that a decoder keeps and that are large in memory.
var summaries = []typedef.MesgNum{
	typedef.MesgNumSession, typedef.MesgNumLap, typedef.MesgNumLength, typedef.MesgNumActivity,
	typedef.MesgNumDeviceInfo, typedef.MesgNumFieldDescription, typedef.MesgNumFileId,
}

// define reads a definition: header, reserved, architecture, number of the
// message, fields of three bytes each, and developer fields likewise.
func (w *walker) define(head byte) error {
	at, d := w.at+1, w.data
	if at+5 > len(d) {
		return fmt.Errorf("byte %d: %w", w.at, errOverrun)
	}
	num := binary.LittleEndian.Uint16(d[at+2:])
	if d[at+1] == 1 {
		num = binary.BigEndian.Uint16(d[at+2:])
	}
	size, at, ok := w.fields(at+4, true)
	if ok && head&0x20 != 0 {
		var dev int
		dev, at, ok = w.fields(at, false)
		size += dev
	}
	if !ok {
		return fmt.Errorf("byte %d: %w", w.at, errOverrun)
	}
	w.local[head&15] = definition{known: true, num: typedef.MesgNum(num), size: size}
	w.at = at
	return nil
}

// fields reads a counted list of field definitions at an offset and returns
// the bytes they take in a message and the offset behind the list.
func (w *walker) fields(at int, typed bool) (size, end int, ok bool) {
	if at >= len(w.data) {
		return 0, at, false
	}
	end = at + 1 + 3*int(w.data[at])
	if end > len(w.data) {
		return 0, at, false
	}
	for i := at + 1; i < end; i += 3 {
		size += int(w.data[i+1])
		if typed {
			w.repair(i + 2)
		}
	}
	return size, end, true
}

// repair notes the right byte for a base type that lacks its endian bit
// (0x0C for 0x8C), or takes an unknown one as plain bytes.
func (w *walker) repair(at int) {
	t := basetype.BaseType(w.data[at])
	if t.Valid() {
		return
	}
	fixed := t | 0x80
	if !fixed.Valid() {
		fixed, w.odd = basetype.Byte, true
	}
	if w.repairs == nil {
		w.repairs = map[int]byte{}
	}
	w.repairs[at] = byte(fixed)
}
