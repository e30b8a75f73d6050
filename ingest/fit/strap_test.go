package fit

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

var (
	defineHr   = []byte{0x43, 0, 0, 132, 0, 4, 253, 4, 0x86, 0, 2, 0x84, 9, 4, 0x86, 6, 1, 0x02} // hr: timestamp, its fraction, event_timestamp, filtered_bpm
	defineHr12 = []byte{0x44, 0, 0, 132, 0, 2, 10, 3, 0x0D, 6, 2, 0x02}                          // hr: two event_timestamp_12, two filtered_bpm
)

// anchorAt is a beat with all of its time: half a second past t, when the
// strap's clock says event.
func anchorAt(t, event uint32, bpm byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{0x03}, t)
	b = binary.LittleEndian.AppendUint16(b, 16384)
	return append(binary.LittleEndian.AppendUint32(b, event), bpm)
}

// beatsAt are two beats with 12 bits of the strap's clock each.
func beatsAt(a, b uint32, bpm ...byte) []byte {
	return append([]byte{0x04, byte(a), byte(a>>8&15) | byte(b<<4), byte(b >> 4)}, bpm...)
}

// TestStrap merges beats that came in a part of their own: each record has the
// mean of the beats since the one before, across the end of the 12 bits and of
// the 32 bits of the strap's clock.
func TestStrap(t *testing.T) {
	activity := file(defineFileID, activityFile, defineRecord,
		recordAt(y2020, 90), recordAt(y2020+1, 0xFF), recordAt(y2020+2, 0xFF), recordAt(y2020+9, 0xFF), recordAt(y2020+30, 77))
	const event = 0xFFFFFE00 // half a second before the clock of 32 bits ends
	memory := file(defineHr, defineHr12,
		anchorAt(y2020, event, 100), beatsAt((event+512)&0xFFF, (event+1024)&0xFFF, 110, 121), beatsAt((event+3*1024)&0xFFF, (event+3*1024)&0xFFF, 0, 0xFF))
	runs, _, err := Decode(append(activity, memory...))
	if err != nil || len(runs) != 1 {
		t.Fatal(len(runs), err)
	}
	// At 0.5 s 100, carried on at 0.75; at 1 s 110, carried at 1.25; at 1.5 s 121.
	if want := []float64{90, 103, 116, 0, 77}; !sameButNaN(runs[0].HR, want) || len(runs[0].Warnings) > 0 {
		t.Errorf("HR %v, want %v; warnings %q", runs[0].HR, want, runs[0].Warnings)
	}
}

// TestACutStrap: what is there of the strap's memory counts, and that some of it is
// missing is told.
func TestACutStrap(t *testing.T) {
	activity := file(defineFileID, activityFile, []byte{0x43, 0, 0, 12, 0, 1, 0, 1, 0x00}, []byte{0x03, 1}, defineRecord, recordAt(y2020, 90), recordAt(y2020+1, 0xFF))
	memory := file(defineHr, anchorAt(y2020, 1024, 100), anchorAt(y2020+1, 2048, 120))
	whole := append(activity, memory...)
	for _, n := range []int{len(whole) - 1, len(whole) - 8} {
		runs, _, err := Salvage(whole[:n])
		if err != nil || len(runs) != 1 || len(runs[0].Warnings) != 1 || !strings.HasPrefix(runs[0].Warnings[0], "part 2 of the file: the file is cut: ") {
			t.Errorf("%d bytes: %+v, %v", n, runs, err)
		}
	}
}

// sameButNaN compares columns; 0 stands for a missing value.
func sameButNaN(got, want []float64) bool {
	out := append([]float64(nil), got...)
	for i, v := range out {
		if v != v {
			out[i] = 0
		}
	}
	return reflect.DeepEqual(out, want)
}

var (
	defineField  = []byte{0x45, 0, 0, 206, 0, 4, 0, 1, 0x02, 1, 1, 0x02, 2, 1, 0x02, 3, 6, 0x07} // field_description: app, field, type, name
	describeApp  = append([]byte{0x05, 0, 7, 0x84}, "Power\x00"...)
	defineAppRec = []byte{0x61, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 0x02, 1, 7, 2, 0}
	defineAppID  = []byte{0x46, 0, 0, 207, 0, 1, 3, 1, 0x02}
	appID        = []byte{0x06, 0}
)

// TestPowerOfAnApp takes the power that an app wrote, as long as the watch has
// none of its own.
func TestPowerOfAnApp(t *testing.T) {
	record := func(at uint32, watt uint16) []byte {
		return binary.LittleEndian.AppendUint16(recordAt(at, 120), watt)
	}
	runs, _, err := Decode(file(defineFileID, activityFile, defineAppID, appID, defineField, describeApp, defineAppRec,
		record(y2020, 250), record(y2020+1, 0xFFFF), record(y2020+2, 251)))
	if err != nil || !sameButNaN(runs[0].Power, []float64{250, 0, 251}) || !sameButNaN(runs[0].HR, []float64{120, 120, 120}) {
		t.Errorf("%+v, %v", runs, err)
	}
}
