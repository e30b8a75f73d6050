package fit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muktihari/fit/profile/typedef"

	"afterrun/readiness"
)

// watchFiles returns the FIT files that every machine has: the test data of
// the two decoders in the module cache.
func watchFiles(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tormoder/fit", "github.com/muktihari/fit").Output()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, dir := range strings.Fields(string(out)) {
		err := filepath.WalkDir(filepath.Join(dir, "testdata"), func(p string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && strings.EqualFold(filepath.Ext(p), ".fit") {
				files = append(files, p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 30 {
		t.Fatalf("only %d watch files in the module cache", len(files))
	}
	return files
}

// everyFile adds the corpus to the module cache's files.
func everyFile(t testing.TB) []string {
	files := watchFiles(t)
	for _, folder := range []string{"fit", "broken", "wellness"} {
		dir, rows := corpus(t, folder)
		for _, r := range rows {
			files = append(files, filepath.Join(dir, r.Path))
		}
	}
	return files
}

// expected reports whether the error is one that callers know what to do with.
func expected(err error) bool {
	return errors.Is(err, readiness.ErrInvalid) || errors.Is(err, readiness.ErrIgnored) || errors.Is(err, readiness.ErrIncomplete)
}

// check asserts what holds for every input: one of the three errors or runs
// whose columns fit.
func check(t testing.TB, name string, runs []readiness.Run, readings *readiness.Readings, err error) {
	t.Helper()
	if err != nil {
		if len(runs) > 0 || readings != nil || !expected(err) {
			t.Errorf("%s: %d runs and error %v", name, len(runs), err)
		}
		return
	}
	if len(runs) == 0 && readings == nil {
		t.Errorf("%s: neither runs nor readings nor an error", name)
	}
	for i := range runs {
		checkRun(t, name, &runs[i])
	}
}

func checkRun(t testing.TB, name string, r *readiness.Run) {
	t.Helper()
	if len(r.T) == 0 || r.T[0] != 0 || r.First.Unix() < epoch || r.Start.Unix() < epoch || r.Format != "fit" {
		t.Errorf("%s: run without a beginning: %v %v %d samples", name, r.Start, r.First, len(r.T))
	}
	for _, c := range [][]float64{r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude, r.Lat, r.Lon, r.Power} {
		if c != nil && len(c) != len(r.T) {
			t.Errorf("%s: column of %d values for %d samples", name, len(c), len(r.T))
		}
		for _, v := range c {
			if math.IsInf(v, 0) {
				t.Errorf("%s: infinite value", name)
			}
		}
	}
}

func TestWatchFiles(t *testing.T) {
	read := 0
	for _, f := range watchFiles(t) {
		runs, readings, err := Decode(readFile(t, f))
		check(t, f, runs, readings, err)
		if err == nil {
			read++
		}
	}
	if read < 15 {
		t.Errorf("only %d of the watch files were read", read)
	}
}

// TestDecodersAgree holds both decoders to one neutral result wherever both
// read a file to its end.
func TestDecodersAgree(t *testing.T) {
	agreed := 0
	for _, f := range everyFile(t) {
		parts, _, err := split(readFile(t, f), false)
		if err != nil {
			continue
		}
		for _, p := range parts {
			s, err := survey(p)
			if err != nil || !s.fileID {
				continue
			}
			a, errA := readTormoder(s.data)
			b, errB := readMuktihari(s.data, true)
			if errA != nil || errB != nil || !activity(b.fileType) {
				continue
			}
			a.adopt(b)
			b.adopt(b)
			same(t, f, a, b)
			agreed++
		}
	}
	least := 15
	if os.Getenv("AFTERRUN_CORPUS") != "" {
		least = 110
	}
	t.Logf("both decoders read %d activities", agreed)
	if agreed < least {
		t.Errorf("both decoders read only %d activities", agreed)
	}
}

// TestDecodersAgreeOnDamage alters single bytes of real files behind a right
// checksum: where both decoders still read, they give the same runs.
func TestDecodersAgreeOnDamage(t *testing.T) {
	agreed := 0
	for _, f := range everyFile(t) {
		parts, _, err := split(readFile(t, f), false)
		if err != nil || len(parts[0].bytes) > 24<<10 {
			continue
		}
		body := parts[0].bytes[parts[0].header : len(parts[0].bytes)-crcSize]
		for n := 0; n < len(body); n += 1 + len(body)/60 {
			for _, bit := range []byte{0x01, 0x10, 0x80} {
				bad := bytes.Clone(body)
				bad[n] ^= bit
				if agree(t, fmt.Sprintf("%s with byte %d changed by %#x", f, n, bit), bad) {
					agreed++
				}
			}
		}
	}
	if agreed < 1000 {
		t.Errorf("both decoders read only %d altered files", agreed)
	}
}

// TestWhatTormoderMisreads: parts that tormoder reads to their end, but wrongly.
func TestWhatTormoderMisreads(t *testing.T) {
	head := [][]byte{defineFileID, activityFile, defineRecord, recordAt(y2020, 100)}
	at := func(t uint32) byte { return 0x80 | 2<<5 | byte(t&31) }
	for name, c := range map[string]struct {
		messages [][]byte
		want     string
	}{
		"times of five bits behind a message it does not know": {
			[][]byte{
				{0x42, 0, 0, 20, 0, 1, 3, 1, 0x02}, // record: heart rate
				{0x43, 0, 0, 0x10, 0xFF, 1, 253, 4, 0x86}, append([]byte{0x03}, le(y2020+100)...),
				{at(y2020 + 101), 110}, {at(y2020 + 131), 120}, {at(y2020 + 133), 130},
			},
			"[0 101 131 133] [100 110 120 130] []",
		},
		"a field of an unknown type": {
			[][]byte{
				{0x42, 0, 0, 20, 0, 2, 253, 4, 0x86, 5, 4, 0x30}, // record: timestamp, distance
				append([]byte{0x02}, le(y2020+1, 123456)...),
			},
			"[0 1] [100 NaN] [NaN 1234.56]",
		},
		"file_id twice": {
			[][]byte{{0x00, 4}, recordAt(y2020+1, 101)},
			"[0 1] [100 101] []",
		},
	} {
		runs, _, err := Decode(file(append(slices.Clone(head), c.messages...)...))
		if err != nil || len(runs) != 1 {
			t.Errorf("%s: %+v, %v", name, runs, err)
			continue
		}
		if got := fmt.Sprint(runs[0].T, runs[0].HR, runs[0].Distance); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// agree reports whether both decoders read a body to its end as an activity, and
// fails when they give different runs.
func agree(t *testing.T, name string, body []byte) bool {
	t.Helper()
	parts, _, err := split(file(body), false)
	if err != nil {
		return false
	}
	s, err := survey(parts[0])
	if err != nil || s.odd || s.broken != "" {
		return false
	}
	a, errA := s.tormoder()
	b, errB := readMuktihari(s.data, true)
	if errA != nil || errB != nil || !activity(b.fileType) {
		return false
	}
	a.adopt(b)
	b.adopt(b)
	x, errX := a.runs()
	y, errY := b.runs()
	for i := range min(len(x), len(y)) {
		x[i].Laps, y[i].Laps = nil, nil // a total that is there twice is either
	}
	if fmt.Sprint(x, errX) != fmt.Sprint(y, errY) {
		t.Errorf("%s: %d and %d runs, %v, %v", name, len(x), len(y), errX, errY)
	}
	return true
}

func same(t *testing.T, name string, a, b *content) {
	t.Helper()
	if len(a.records) != len(b.records) {
		t.Errorf("%s: %d and %d records", name, len(a.records), len(b.records))
		return
	}
	for i := range a.records {
		if bits(a.records[i]) != bits(b.records[i]) {
			t.Errorf("%s: record %d: %+v and %+v", name, i, a.records[i], b.records[i])
			return
		}
	}
	for what, pair := range map[string][2]any{
		"sessions": {a.sessions, b.sessions}, "events": {a.events, b.events}, "devices": {a.devices, b.devices},
		"device": {a.device(), b.device()}, "offset": {a.offset, b.offset}, "laps": {lapBits(a.laps), lapBits(b.laps)},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %s: %+v and %+v", name, what, pair[0], pair[1])
		}
	}
}

func bits(r record) [9]uint64 {
	var out [9]uint64
	for i, v := range []float64{r.hr, r.speed, r.distance, r.cadence, r.altitude, r.lat, r.lon, r.watt} {
		out[i] = math.Float64bits(v)
		if math.IsNaN(v) {
			out[i] = 1
		}
	}
	out[8] = uint64(r.time)
	return out
}

func lapBits(laps []lap) [][3]uint64 {
	out := make([][3]uint64, len(laps))
	for i, l := range laps {
		out[i] = [3]uint64{uint64(l.start), uint64(l.end), math.Float64bits(l.distance)}
		if math.IsNaN(l.distance) {
			out[i][2] = 1
		}
	}
	return out
}

// offsets returns where a file of n bytes is cut: everywhere when it is small,
// else at places that cost the same for every file.
func offsets(n int) []int {
	bytes := 8_000_000
	if testing.Short() {
		bytes = 800_000
	}
	step := max(1, n/max(8, 2*bytes/max(1, n)))
	var out []int
	for at := 0; at < n; at += step {
		out = append(out, at)
	}
	return out
}

// TestTruncated cuts real files: what is missing is still arriving, whatever
// the offset; the only complete prefixes are those that end with a part of a
// chain.
func TestTruncated(t *testing.T) {
	for _, f := range everyFile(t) {
		data := readFile(t, f)
		first := firstPart(data)
		for _, n := range offsets(len(data)) {
			runs, readings, err := Decode(data[:n])
			check(t, f, runs, readings, err)
			if n < first && !isIncomplete(err) {
				t.Fatalf("%s cut to %d of %d bytes: %v, want incomplete", f, n, first, err)
			}
		}
	}
}

// TestSalvage cuts real files for good: what is kept is a part of what the whole
// file says, with a warning, and never anything else.
func TestSalvage(t *testing.T) {
	kept := 0
	for _, f := range everyFile(t) {
		data := readFile(t, f)
		runs, readings, err := Decode(data)
		if again, more, fault := Salvage(data); err == nil && (fault != nil || !reflect.DeepEqual(count(again), count(runs)) || (more == nil) != (readings == nil)) {
			t.Errorf("%s: %v and %v, salvaged %v and %v, %v", f, count(runs), readings != nil, count(again), more != nil, fault)
		}
		if errors.Is(err, readiness.ErrInvalid) {
			continue // what it says is not what the watch wrote, whole or cut
		}
		whole := recorded(data)
		for i, n := range offsets(len(data)) {
			if len(data) > 8<<10 && i%8 > 0 {
				continue // reading costs more than seeing that it is cut
			}
			part, some, err := Salvage(data[:n])
			check(t, f, part, some, err)
			if err != nil {
				continue
			}
			kept++
			if _, rest, fault := split(data[:n], false); len(warningsOf(part, some)) == 0 && (fault != nil || rest != "") {
				t.Fatalf("%s cut to %d bytes: kept without a warning", f, n)
			}
			if strings.Contains(strings.Join(warningsOf(part, some), ""), "summed up") {
				continue // no record is there yet, and none was kept
			}
			for at := range samplesOf(part) { // also what no session of the whole holds
				if !whole[at] {
					t.Fatalf("%s cut to %d bytes: a sample at %d that the whole file does not have", f, n, at)
				}
			}
		}
	}
	if kept < 1000 {
		t.Errorf("only %d cut files were kept", kept)
	}
}

// TestSalvageNeedsASport: a cut recording that does not say its sport could be
// any, also one that is there whole.
func TestSalvageNeedsASport(t *testing.T) {
	start := [][]byte{defineFileID, activityFile, {0x43, 0, 0, 12, 0, 1, 0, 1, 0x00}}
	records := [][]byte{defineRecord, recordAt(y2020, 100), recordAt(y2020+1, 101), recordAt(y2020+2, 102)}
	whole := file(slices.Concat(start, records)...)
	if _, _, err := Salvage(whole[:len(whole)-4]); !isIncomplete(err) {
		t.Errorf("no sport: %v, want incomplete", err)
	}
	whole = file(slices.Concat(start, [][]byte{{0x03, 1}}, records)...)
	runs, _, err := Salvage(whole[:len(whole)-4])
	if err != nil || runs[0].Sport != "running" || !reflect.DeepEqual(runs[0].HR, []float64{100, 101}) || len(runs[0].Warnings) != 2 {
		t.Errorf("running: %+v, %v", runs, err)
	}
	runs, _, err = Salvage(whole[:len(whole)-1])
	if err != nil || !reflect.DeepEqual(runs[0].HR, []float64{100, 101, 102}) || len(runs[0].Warnings) != 1 {
		t.Errorf("half of the checksum: %+v, %v", runs, err)
	}
}

// count returns the number of samples of each run.
func count(runs []readiness.Run) []int {
	var out []int
	for _, r := range runs {
		out = append(out, len(r.T))
	}
	return out
}

// recorded returns the times of the records of a file.
func recorded(data []byte) map[int64]bool {
	out := map[int64]bool{}
	parts, _, _ := split(data, true)
	for _, p := range parts {
		s, err := survey(p)
		if err != nil {
			continue
		}
		c, _ := readMuktihari(s.data, true)
		for _, r := range c.records {
			out[r.time] = true
		}
	}
	return out
}

// samplesOf returns the times of all samples, Unix s.
func samplesOf(runs []readiness.Run) map[int64]bool {
	out := map[int64]bool{}
	for _, r := range runs {
		for _, s := range r.T {
			out[r.First.Unix()+int64(s)] = true
		}
	}
	return out
}

// firstPart returns the length of the first part of a file, 0 when its header
// is broken or does not say.
func firstPart(data []byte) int {
	if p, err := next(data, false); err == nil && p.lacks == "" {
		return len(p.bytes)
	}
	return 0
}

// TestFlippedByte changes single bytes of a real file: the checksum must tell.
func TestFlippedByte(t *testing.T) {
	for _, f := range watchFiles(t) {
		data := readFile(t, f)
		if _, _, err := Decode(data); err != nil || len(data) > 4<<10 || firstPart(data) != len(data) {
			continue
		}
		for n := 14; n < len(data); n++ {
			bad := append([]byte(nil), data...)
			bad[n] ^= 0x10
			runs, readings, err := Decode(bad)
			check(t, f, runs, readings, err)
			if err == nil && len(warningsOf(runs, readings)) == 0 {
				t.Fatalf("%s: byte %d changed and accepted without a word", f, n)
			}
		}
	}
}

func warningsOf(runs []readiness.Run, readings *readiness.Readings) (all []string) {
	for _, r := range runs {
		all = append(all, r.Warnings...)
	}
	if readings != nil {
		all = append(all, readings.Warnings...)
	}
	return all
}

func TestWrongChecksumIsNamed(t *testing.T) {
	data := simple(t)
	data[len(data)-1] ^= 0xFF
	if _, _, err := Decode(data); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "CRC") {
		t.Errorf("%v, want invalid naming the CRC", err)
	}
}

// simple returns the smallest readable activity of the module cache.
func simple(t testing.TB) []byte {
	t.Helper()
	var best []byte
	for _, f := range watchFiles(t) {
		data := readFile(t, f)
		if runs, _, err := Decode(data); err == nil && len(runs) == 1 && len(runs[0].Laps) > 0 && firstPart(data) == len(data) && (best == nil || len(data) < len(best)) {
			best = data
		}
	}
	return best
}

func TestRubbish(t *testing.T) {
	header := func(size uint32) []byte {
		h := []byte{14, 0x10, 0, 0, 0, 0, 0, 0, '.', 'F', 'I', 'T', 0, 0}
		binary.LittleEndian.PutUint32(h[4:], size)
		return h
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":            {nil, readiness.ErrIncomplete},
		"part of a header": {header(10)[:9], readiness.ErrIncomplete},
		"header only":      {header(10), readiness.ErrIncomplete},
		"largest size":     {header(math.MaxUint32), readiness.ErrIncomplete},
		"no data":          {append(header(0), 1, 2), readiness.ErrInvalid},
		"text":             {[]byte("hello, this is no FIT file at all"), readiness.ErrInvalid},
		"no mark":          {append([]byte{14}, make([]byte, 40)...), readiness.ErrInvalid},
		"too large":        {make([]byte, MaxSize+1), readiness.ErrInvalid},
	} {
		if runs, _, err := Decode(c.data); !errors.Is(err, c.want) || runs != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// file assembles a FIT file from messages.
func file(messages ...[]byte) []byte {
	var body []byte
	for _, m := range messages {
		body = append(body, m...)
	}
	b := []byte{14, 0x10, 0, 0, 0, 0, 0, 0, '.', 'F', 'I', 'T', 0, 0}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(body)))
	b = append(b, body...)
	return binary.LittleEndian.AppendUint16(b, crc16(b))
}

var (
	defineFileID = []byte{0x40, 0, 0, 0, 0, 1, 0, 1, 0x00}                // file_id: type
	activityFile = []byte{0x00, 4}                                        // file_id of an activity
	defineRecord = []byte{0x41, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 0x02} // record: timestamp, heart rate
)

func recordAt(t uint32, hr byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte{0x01}, t), hr)
}

// y2020 is a FIT time in 2020.
const y2020 = 1577836800 - epoch

// TestStrays: one record decades away must not make a run of decades.
func TestStrays(t *testing.T) {
	runs, _, err := Decode(file(defineFileID, activityFile, defineRecord,
		recordAt(5, 99), recordAt(y2020, 100), recordAt(y2020+1, 101), recordAt(y2020+29*86400, 102), recordAt(4_000_000_000, 103)))
	if err != nil {
		t.Fatal(err)
	}
	r := runs[0]
	if !reflect.DeepEqual(r.HR, []float64{100, 101, 102}) || r.T[2] != 29*86400 {
		t.Errorf("HR %v at %v", r.HR, r.T)
	}
	if len(r.Warnings) != 2 || !strings.HasPrefix(r.Warnings[0], "1 records dated before 2000") || !strings.HasPrefix(r.Warnings[1], "1 records more than a month") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// TestAStrayByte: one byte that a writer left between two messages costs nothing
// but itself; more, or one behind which nothing fits, end the file.
func TestAStrayByte(t *testing.T) {
	head := [][]byte{defineFileID, activityFile, defineRecord, recordAt(y2020, 100), recordAt(y2020+1, 101)}
	rest := [][]byte{recordAt(y2020+2, 102), recordAt(y2020+3, 103), recordAt(y2020+4, 104)}
	for name, c := range map[string]struct {
		stray   []byte
		samples int
		says    string
	}{
		"a tab":         {[]byte{9}, 5, "byte 35 of the data belongs to no message and is left out"},
		"three of them": {[]byte{9, 9, 9}, 2, "the file breaks off: byte 35: message of the undefined local type 9"},
		"a cut message": {[]byte{9, 64}, 2, "the file breaks off: byte 35: message of the undefined local type 9"},
	} {
		runs, _, err := Decode(file(slices.Concat(head, [][]byte{c.stray}, rest)...))
		if err != nil || len(runs) != 1 || len(runs[0].T) != c.samples || len(runs[0].Warnings) != 1 || !strings.HasPrefix(runs[0].Warnings[0], c.says) {
			t.Errorf("%s: %+v, %v", name, runs, err)
		}
	}
}

// TestCutRecording keeps what a recorder wrote before it stopped in the middle
// of a message, without a valid checksum.
func TestCutRecording(t *testing.T) {
	data := file(defineFileID, activityFile, defineRecord, recordAt(y2020, 100), recordAt(y2020+1, 101), recordAt(y2020+2, 102)[:3])
	data[len(data)-1] ^= 0x55
	runs, _, err := Decode(data)
	if err != nil || !reflect.DeepEqual(runs[0].HR, []float64{100, 101}) || len(runs[0].Warnings) != 1 {
		t.Errorf("%+v, %v, want two records and a warning", runs, err)
	}
}

// TestUnfinished keeps what a recorder wrote that crashed before it wrote the
// length into its header; the end may be room that was never filled.
func TestUnfinished(t *testing.T) {
	whole := file(defineFileID, activityFile, defineRecord, recordAt(y2020, 100), recordAt(y2020+1, 101), recordAt(y2020+2, 102)[:3])
	binary.LittleEndian.PutUint32(whole[4:], 0)
	open := whole[:len(whole)-crcSize]
	for name, data := range map[string][]byte{"cut": open, "padded": append(bytes.Clone(open), make([]byte, 512)...)} {
		runs, _, err := Decode(data)
		if err != nil || len(runs) != 1 || !reflect.DeepEqual(runs[0].HR, []float64{100, 101}) {
			t.Fatalf("%s: %+v, %v, want two records", name, runs, err)
		}
		if w := runs[0].Warnings; len(w) == 0 || !strings.Contains(w[0], "did not finish") {
			t.Errorf("%s: warnings %q", name, w)
		}
	}
}

// TestACutLaterPart: the parts before it are whole and count; the missing rest
// is told, and read when the file has grown.
func TestACutLaterPart(t *testing.T) {
	first := file(defineFileID, activityFile, defineRecord, recordAt(y2020, 100), recordAt(y2020+1, 101))
	second := file(defineFileID, activityFile, defineRecord, recordAt(y2020+9000, 120), recordAt(y2020+9001, 121))
	for _, n := range []int{1, 11, 14, 20, len(second) - 1} {
		runs, _, err := Decode(append(bytes.Clone(first), second[:n]...))
		if err != nil || len(runs) != 1 || !reflect.DeepEqual(runs[0].HR, []float64{100, 101}) {
			t.Fatalf("%d bytes of the second part: %d runs, %v, want the first", n, len(runs), err)
		}
		if w := runs[0].Warnings; len(w) != 1 || !strings.HasPrefix(w[0], "part 2 of the file is not whole: ") || !strings.HasSuffix(w[0], " are here") {
			t.Errorf("%d bytes of the second part: warnings %q", n, w)
		}
	}
	if runs, _, err := Decode(append(first, second...)); err != nil || len(runs) != 2 || len(runs[0].Warnings) != 0 {
		t.Errorf("whole: %d runs, %v", len(runs), err)
	}
}

// TestClockNeverSet: the times of a watch that never knew the date say how long
// all the same.
func TestClockNeverSet(t *testing.T) {
	runs, _, err := Decode(file(defineFileID, activityFile, defineRecord, recordAt(5, 99), recordAt(66, 101)))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if r := runs[0]; !reflect.DeepEqual(r.T, []float64{0, 61}) || !reflect.DeepEqual(r.HR, []float64{99, 101}) || r.First.Unix() != epoch+5 || len(r.Warnings) != 0 {
		t.Errorf("%+v", r)
	}
	dated := sessionAt(y2020, 0, 0, 0, 1)
	_, _, err = Decode(file(defineFileID, activityFile, defineRecord, recordAt(5, 99), recordAt(66, 101), defineSession, dated))
	if !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "every record is dated before 2000") {
		t.Errorf("a session of another clock: %v", err)
	}
}

// TestSportOfARecordingWithoutSession: what a crashed recording still says.
func TestSportOfARecordingWithoutSession(t *testing.T) {
	records := append(bytes.Clone(defineRecord), recordAt(y2020, 100)...)
	defineLap := []byte{0x42, 0, 0, 19, 0, 1, 25, 1, 0x00}
	defineSport := []byte{0x43, 0, 0, 12, 0, 2, 0, 1, 0x00, 1, 1, 0x00}
	defineSession := []byte{0x44, 0, 0, 18, 0, 2, 253, 4, 0x86, 5, 1, 0x00}
	session := append(binary.LittleEndian.AppendUint32([]byte{0x04}, y2020+9), 0xFF)
	for name, c := range map[string]struct {
		messages [][]byte
		want     string
	}{
		"nothing":         {nil, "generic"},
		"lap":             {[][]byte{defineLap, {0x02, 0xFF}, {0x02, 1}}, "running"},
		"sport over lap":  {[][]byte{defineLap, {0x02, 1}, defineSport, {0x03, 2, 0xFF}}, "cycling"},
		"invalid session": {[][]byte{defineLap, {0x02, 1}, defineSession, session}, "running"},
		"unknown number":  {[][]byte{defineLap, {0x02, 200}}, "200"},
	} {
		runs, _, err := Decode(file(append([][]byte{defineFileID, activityFile, records}, c.messages...)...))
		if err != nil || runs[0].Sport != c.want {
			t.Errorf("%s: %+v, %v, want %s", name, runs, err, c.want)
		}
	}
}

// TestSessionsOfOneFile: every session is a run, with a distance of its own.
func TestSessionsOfOneFile(t *testing.T) {
	c := newContent()
	for i := range 21 {
		c.records = append(c.records, record{time: 1_600_000_000 + int64(i), hr: 100, distance: float64(i) * 3})
	}
	c.sessions = []session{
		{start: 1_600_000_000, end: 1_600_000_010, sport: typedef.SportSwimming, subSport: typedef.SubSportInvalid},
		{start: 1_600_000_011, end: 1_600_000_020, sport: typedef.SportRunning, subSport: typedef.SubSportTrail},
	}
	c.events = []event{
		{1_600_000_000, typedef.EventTimer, typedef.EventTypeStart, 0},
		{1_600_000_010, typedef.EventTimer, typedef.EventTypeStopAll, 0},
		{1_600_000_011, typedef.EventTimer, typedef.EventTypeStart, 0},
		{1_600_000_020, typedef.EventTimer, typedef.EventTypeStopDisableAll, 0},
		{1_600_000_140, typedef.EventRecoveryHr, typedef.EventTypeMarker, 80},
	}
	runs, err := c.runs()
	if err != nil || len(runs) != 2 {
		t.Fatal(len(runs), err)
	}
	swim, run := runs[0], runs[1]
	if swim.Sport != "swimming" || swim.Part != 0 || len(swim.T) != 11 || len(swim.TimerEvents) != 2 || swim.RecoveryHR != nil {
		t.Errorf("swim: %+v", swim)
	}
	want := []readiness.TimerEvent{{T: 0}, {T: 9, Stop: true}}
	if run.Sport != "running" || run.SubSport != "trail" || run.Part != 1 || !reflect.DeepEqual(run.TimerEvents, want) {
		t.Errorf("run: %+v", run)
	}
	if run.Distance[0] != 3 || run.Distance[9] != 30 || len(run.RecoveryHR) != 1 || run.RecoveryHR[0] != (readiness.Marker{T: 129, Value: 80}) {
		t.Errorf("run: distance %v, recovery %v", run.Distance, run.RecoveryHR)
	}
}

// TestASessionWrittenTwice: of one that a recorder writes again as it goes on, the
// longest is the run; sessions of two sports are two.
func TestASessionWrittenTwice(t *testing.T) {
	const run, swim = 1, 5
	body := [][]byte{defineFileID, activityFile, defineRecord, recordAt(y2020, 120), recordAt(y2020+60, 121), recordAt(y2020+120, 122), defineSession}
	first, whole := sessionAt(y2020, 60_000, 60_000, 0, run), sessionAt(y2020, 120_000, 120_000, 0, run)
	for name, c := range map[string]struct {
		sessions [][]byte
		want     string // sport, part, samples
	}{
		"the same":   {[][]byte{whole, whole}, "[running -1 3]"},
		"as it grew": {[][]byte{first, whole}, "[running -1 3]"},
		"backwards":  {[][]byte{whole, first}, "[running -1 3]"},
		"two sports": {[][]byte{sessionAt(y2020, 60_000, 60_000, 0, swim), whole}, "[swimming 0 2 running 1 3]"},
	} {
		runs, _, err := Decode(file(slices.Concat(body, c.sessions)...))
		var got []any
		for _, r := range runs {
			got = append(got, r.Sport, r.Part, len(r.T))
		}
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, %v, want %s", name, got, err, c.want)
		}
	}
}

// TestSessionsStampedTogether: sessions that all carry the time of the file's end
// do not hold each other's records, as long as they say how long they took.
func TestSessionsStampedTogether(t *testing.T) {
	const run, swim, end = 1, 5, y2020 + 400
	at := func(start, elapsed uint32, sport byte) []byte {
		return append(append([]byte{0x04}, le(end, start, elapsed, elapsed, 0)...), sport)
	}
	body := [][]byte{defineFileID, activityFile, defineRecord}
	for s := uint32(0); s <= 400; s += 100 {
		body = append(body, recordAt(y2020+s, 120))
	}
	for name, c := range map[string]struct {
		first uint32 // elapsed of the swim, ms
		want  string // sport, samples
	}{
		"as long as it took": {200_000, "[swimming 3 running 3]"},
		"with a pause":       {150_000, "[swimming 3 running 3]"},
		"over all of it":     {400_000, "[swimming 5 running 3]"},
		"who knows":          {none, "[swimming 5 running 3]"},
	} {
		runs, _, err := Decode(file(append(body[:len(body):len(body)], defineSession, at(y2020, c.first, swim), at(y2020+200, 200_000, run))...))
		var got []any
		for _, r := range runs {
			got = append(got, r.Sport, len(r.T))
		}
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, %v, want %s", name, got, err, c.want)
		}
	}
}

// TestASessionThatBeganEarlier: its own duration tells, and the records.
func TestASessionThatBeganEarlier(t *testing.T) {
	const at = 1_600_000_000
	for name, c := range map[string]struct {
		elapsed float64
		second  float64 // elapsed of the other session
		want    []int   // records of the runs
		missed  bool
	}{
		"reaches back":              {2000, 100, []int{201, 11}, false},
		"not so far":                {1000, 100, []int{101, 11}, true},
		"says no duration":          {0, 100, []int{101, 11}, true},
		"to where it begins":        {1010, 100, []int{101, 11}, true},
		"the duration of them all":  {1000, 2200, []int{101, 11}, true},
		"of them all, said by both": {2200, 2200, []int{201, 11}, false},
	} {
		content := newContent()
		for i := range 212 {
			content.records = append(content.records, record{time: at + int64(i)*10, hr: 100})
		}
		content.sessions = []session{
			{start: at + 1000, end: at + 2000, sport: typedef.SportRunning, subSport: typedef.SubSportInvalid, total: sums{elapsed: c.elapsed}},
			{start: at + 2010, end: at + 2110, sport: typedef.SportCycling, subSport: typedef.SubSportInvalid, total: sums{elapsed: c.second}},
		}
		runs, err := content.runs()
		if err != nil || !reflect.DeepEqual(count(runs), c.want) {
			t.Errorf("%s: %v, %v, want %v", name, count(runs), err, c.want)
		}
		if missed := strings.Contains(strings.Join(content.warnings, ""), "outside every session"); missed != c.missed || len(content.warnings) != 1 {
			t.Errorf("%s: warnings %q", name, content.warnings)
		}
	}
}

// TestHRSource follows PHYSIOLOGY §1.
func TestHRSource(t *testing.T) {
	for _, c := range []struct {
		devices []device
		want    string
	}{
		{nil, "unknown"},
		{[]device{{kind: 10, source: typedef.SourceTypeLocal}}, "optical"},
		{[]device{{kind: 120, source: typedef.SourceTypeAntplus}}, "chest"},
		{[]device{{kind: 10, source: typedef.SourceTypeLocal}, {kind: 120, source: typedef.SourceTypeInvalid}}, "chest"},
		{[]device{{kind: 120, source: typedef.SourceTypeLocal}}, "unknown"},
		{[]device{{kind: 10, source: typedef.SourceTypeAntplus}}, "unknown"},
	} {
		if got := (&content{devices: c.devices}).hrSource(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.devices, got, c.want)
		}
	}
}

func TestOffset(t *testing.T) {
	for local, want := range map[int64]int{
		3600: 3600, 3590: 3600, -16200: -16200, 5*3600 + 2700: 5*3600 + 2700, 14 * 3600: 14 * 3600,
	} {
		c := newContent()
		if c.setOffset(1_600_000_000, 1_600_000_000+local); !c.hasOffset || c.offset != want {
			t.Errorf("%d s: %d, want %d", local, c.offset, want)
		}
	}
	c := newContent()
	c.setOffset(1_600_000_000, 1_600_000_000+15*3600)
	c.setOffset(1_600_000_000, unset)
	if c.hasOffset {
		t.Errorf("offset %d taken", c.offset)
	}
}

// TestCompressed unpacks speed and a distance that wraps at 12 bits.
func TestCompressed(t *testing.T) {
	var a compressed
	if v, d, ok := a.unpack([]byte{0x2C, 0x01 | 0x0<<4, 0xFF}); !ok || v != 3 || d != 4080.0/16 {
		t.Errorf("%g m/s, %g m", v, d)
	}
	if _, d, _ := a.unpack([]byte{0x2C, 0x01 | 0x8<<4, 0x00}); d != (4096.0+8)/16 {
		t.Errorf("%g m after the wrap", d)
	}
	if _, _, ok := a.unpack([]byte{0xFF, 0xFF, 0xFF}); ok {
		t.Error("unset value taken")
	}
}

func TestTooManyMessages(t *testing.T) {
	body := [][]byte{defineFileID, activityFile, {0x42, 0, 0, 20, 0, 1, 3, 1, 0x02}}
	for range maxSamples + 1 {
		body = append(body, []byte{0x02, 60})
	}
	if _, _, err := Decode(file(body...)); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "messages") {
		t.Errorf("%v, want invalid naming the number of messages", err)
	}
	body = [][]byte{defineFileID, activityFile, defineSession}
	for i := range maxSessions + 1 {
		body = append(body, sessionAt(uint32(y2020+i), 1000, 1000, 0, 1))
	}
	if _, _, err := Decode(file(body...)); !errors.Is(err, readiness.ErrInvalid) || !strings.Contains(err.Error(), "sessions") {
		t.Errorf("%v, want invalid naming the number of sessions", err)
	}
}

// TestMemory decodes the densest file that is accepted and the largest real
// one.
func TestMemory(t *testing.T) {
	files := map[string][]byte{}
	for name, n := range map[string]int{"densest for tormoder": maxTormoder, "densest": maxSamples} {
		body := [][]byte{defineFileID, activityFile, defineRecord}
		for i := range n {
			body = append(body, recordAt(uint32(y2020+i), 120))
		}
		files[name] = file(body...)
	}
	for _, f := range everyFile(t) {
		if b := readFile(t, f); len(b) > len(files["largest"]) {
			files["largest"] = b
		}
	}
	for name, data := range files {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		peak := watchHeap(func() {
			if _, _, err := Decode(data); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d bytes, peak heap %d MiB, allocated %d MiB", name, len(data), (peak-before.HeapAlloc)>>20, (after.TotalAlloc-before.TotalAlloc)>>20)
		if peak > before.HeapAlloc && peak-before.HeapAlloc > 256<<20 {
			t.Errorf("%s: %d MiB", name, (peak-before.HeapAlloc)>>20)
		}
	}
}

// watchHeap returns the largest heap seen while f runs.
func watchHeap(f func()) uint64 {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	var peak uint64
	look := time.NewTicker(3 * time.Millisecond)
	defer look.Stop()
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
		select {
		case <-done:
			return peak
		case <-look.C:
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range everyFile(f) {
		if b := readFile(f, name); len(b) < 16<<10 {
			f.Add(b)
		}
	}
	f.Add(file(defineFileID, activityFile, defineRecord, recordAt(y2020, 120)))
	f.Fuzz(func(t *testing.T, data []byte) {
		runs, readings, err := Decode(data)
		check(t, "fuzz", runs, readings, err)
		runs, readings, err = Salvage(data)
		check(t, "salvaged", runs, readings, err)
		if len(data) > 16 { // and behind a right length and checksum
			runs, readings, err = Decode(file(data[14 : len(data)-2]))
			check(t, "sealed", runs, readings, err)
		}
	})
}
