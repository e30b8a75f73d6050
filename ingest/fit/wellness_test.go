package fit

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"afterrun/readiness"
)

// message assembles a data message of a local type.
func message(local byte, parts ...any) []byte {
	b := []byte{local}
	for _, p := range parts {
		switch v := p.(type) {
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, v)
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, v)
		case byte:
			b = append(b, v)
		}
	}
	return b
}

var (
	defineInfo    = []byte{0x41, 0, 0, 103, 0, 2, 253, 4, 0x86, 0, 4, 0x86}             // monitoring_info: timestamp, local_timestamp
	defineFull    = []byte{0x42, 0, 0, 55, 0, 2, 253, 4, 0x86, 27, 1, 0x02}             // monitoring: timestamp, heart rate
	define16      = []byte{0x43, 0, 0, 55, 0, 2, 26, 2, 0x84, 27, 1, 0x02}              // monitoring: timestamp_16, heart rate
	defineResting = []byte{0x44, 0, 0, 211, 0, 3, 253, 4, 0x86, 0, 1, 0x02, 1, 1, 0x02} // monitoring_hr_data
	defineStage   = []byte{0x45, 0, 0x01, 0x01, 0x13, 2, 253, 4, 0x86, 0, 1, 0x00}      // sleep_level, big-endian
	defineEvent   = []byte{0x46, 0, 0, 21, 0, 3, 253, 4, 0x86, 0, 1, 0x00, 1, 1, 0x00}  // event
	defineHRV     = []byte{0x47, 0, 0, 0x72, 0x01, 3, 253, 4, 0x86, 0, 2, 0x84, 1, 2, 0x84}
)

func fileOf(kind byte, messages ...[]byte) []byte {
	return file(append([][]byte{defineFileID, {0x00, kind}}, messages...)...)
}

const unix2020 = y2020 + epoch

// TestMonitoring restores times of 16 bits against the last one known, across
// the end of the 16 bits, and leaves 0 and 255 out.
func TestMonitoring(t *testing.T) {
	low := func(s uint32) uint16 { return uint16((y2020 + s) & 0xFFFF) }
	_, r, err := Decode(fileOf(32, define16, message(3, low(0), byte(99)), defineInfo, message(1, uint32(y2020), uint32(y2020+5*3600+1)),
		defineFull, message(2, uint32(y2020), byte(60)), message(3, low(60), byte(61)), message(3, low(60+65000), byte(62)), message(3, low(60+2*65000), byte(63)),
		message(3, low(60+2*65000), byte(0)), message(2, uint32(y2020+200_000), byte(255)),
		defineResting, message(4, uint32(y2020+100), byte(50), byte(48)), message(4, uint32(y2020+200), byte(51), byte(0))))
	if err != nil {
		t.Fatal(err)
	}
	want := &readiness.Readings{
		UTCOffset: 5 * 3600, HasUTCOffset: true,
		HR:       []readiness.Reading{{At: unix2020, Value: 60}, {At: unix2020 + 60, Value: 61}, {At: unix2020 + 65060, Value: 62}, {At: unix2020 + 130060, Value: 63}},
		Resting:  []readiness.Reading{{At: unix2020 + 100, Value: 48}},
		Resting7: []readiness.Reading{{At: unix2020 + 100, Value: 50}, {At: unix2020 + 200, Value: 51}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
}

// TestSleep keeps the stages in order between the night's bounds; a file that
// only says that its wearer is awake says nothing.
func TestSleep(t *testing.T) {
	stage := func(at uint32, level byte) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{5}, y2020+at), level)
	}
	_, r, err := Decode(fileOf(49, defineEvent, message(6, uint32(y2020), byte(74), byte(0)), message(6, uint32(y2020+900), byte(74), byte(1)),
		message(6, uint32(y2020+901), byte(0), byte(1)), defineStage, stage(900, 4), stage(300, 2), stage(600, 3)))
	want := []readiness.Reading{{At: unix2020, Value: -1}, {At: unix2020 + 300, Value: 2}, {At: unix2020 + 600, Value: 3}, {At: unix2020 + 900, Value: 4}, {At: unix2020 + 900, Value: -1}}
	if err != nil || !reflect.DeepEqual(r.Sleep, want) {
		t.Errorf("%+v, %v, want %v", r, err, want)
	}
	if _, _, err := Decode(fileOf(49, defineStage, stage(300, 1), stage(600, 0))); !errors.Is(err, readiness.ErrIgnored) {
		t.Errorf("%v, want ignored", err)
	}
}

// TestHRVStatus reads last night's average, not the week's.
func TestHRVStatus(t *testing.T) {
	_, r, err := Decode(fileOf(68, defineHRV, message(7, uint32(y2020), uint16(5888), uint16(5633))))
	if err != nil || !reflect.DeepEqual(r.HRV, []readiness.Reading{{At: unix2020, Value: 5633.0 / 128}}) {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestScale reads body mass as long as one person stood on the scale.
func TestScale(t *testing.T) {
	define := []byte{0x41, 0, 0, 30, 0, 3, 253, 4, 0x86, 0, 2, 0x84, 12, 2, 0x84}
	one := [][]byte{define, message(1, uint32(y2020), uint16(6825), uint16(1)), message(1, uint32(y2020+60), uint16(65534), uint16(2))}
	_, r, err := Decode(fileOf(9, one...))
	if err != nil || !reflect.DeepEqual(r.Mass, []readiness.Reading{{At: unix2020, Value: 68.25}}) {
		t.Errorf("%+v, %v", r, err)
	}
	two := append(one, message(1, uint32(y2020+60), uint16(7000), uint16(2)))
	if _, _, err := Decode(fileOf(9, two...)); !errors.Is(err, readiness.ErrIgnored) {
		t.Errorf("%v, want ignored: two people", err)
	}
}

// TestRestRecording keeps the beats of an activity in which nobody moved, and of
// no other.
func TestRestRecording(t *testing.T) {
	defineBeats := []byte{0x42, 0, 0, 78, 0, 1, 0, 2, 0x84}
	defineSession := []byte{0x43, 0, 0, 18, 0, 3, 253, 4, 0x86, 2, 4, 0x86, 5, 1, 0x00}
	for _, c := range []struct {
		sport byte
		rr    uint16
		beats int
	}{{0, 900, 2}, {67, 900, 2}, {1, 900, 0}, {0, 150, 0}} {
		runs, r, err := Decode(fileOf(4, defineRecord, recordAt(y2020, 50), recordAt(y2020+90, 51), defineBeats, message(2, c.rr), message(2, uint16(65535)), message(2, uint16(1000)),
			defineSession, message(3, uint32(y2020+90), uint32(y2020), c.sport)))
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		if (r != nil) != (c.beats > 0) || r != nil && len(r.Beats) != c.beats {
			t.Errorf("sport %d, %d ms: %+v, want %d beats", c.sport, c.rr, r, c.beats)
		}
	}
}

// TestUselessFilesAreIgnored: every type of file that says nothing is ignored.
func TestUselessFilesAreIgnored(t *testing.T) {
	for kind := range 256 {
		if kind == 4 {
			continue
		}
		if _, _, err := Decode(fileOf(byte(kind))); !errors.Is(err, readiness.ErrIgnored) {
			t.Errorf("type %d: %v, want ignored", kind, err)
		}
	}
}
