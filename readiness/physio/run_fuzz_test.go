package physio

import (
	"encoding/binary"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// maxFuzz bounds an input, so that a slow formula shows as a slow target.
const maxFuzz = 4096

// column reads numbers from −2048 to 2048 out of bytes; one pattern is a missing
// sample.
func column(b []byte) []float64 {
	b = b[:min(len(b), maxFuzz)]
	var out []float64
	for ; len(b) >= 2; b = b[2:] {
		x := float64(int16(binary.LittleEndian.Uint16(b))) / 16
		if x == -2048 {
			x = math.NaN()
		}
		out = append(out, x)
	}
	return out
}

// present reads a column without missing samples.
func present(b []byte) []float64 {
	return slices.DeleteFunc(column(b), math.IsNaN)
}

// recording is what a file might hold: times that ascend and columns of one length.
type recording struct {
	t, x, y, z []float64
	yes        []bool
	pauses     []Span
}

func recordingOf(b []byte) (r recording) {
	b = b[:min(len(b), maxFuzz)]
	at := 0.0
	for ; len(b) >= 8; b = b[8:] {
		at += 0.25 + float64(b[0])/8
		r.t, r.yes = append(r.t, at), append(r.yes, b[1]&1 == 0)
		r.x, r.y = append(r.x, column(b[2:4])[0]), append(r.y, column(b[4:6])[0])
		r.z = append(r.z, column(b[6:8])[0])
		if b[1]&30 == 30 {
			r.pauses = append(r.pauses, Span{at, at + float64(b[1])})
			at += float64(b[1]) + 1
		}
	}
	return r
}

// someSeeds starts a target with nothing, with silence, and with a little of all.
func someSeeds(f *testing.F) {
	mixed := make([]byte, 2048)
	for i := range mixed {
		mixed[i] = byte(i * 37)
	}
	for _, seed := range [][]byte{nil, {1}, make([]byte, 1024), slices.Repeat([]byte{0, 128}, 64), slices.Repeat([]byte{8, 0, 160, 9, 48, 0, 0, 0}, 256), mixed} {
		f.Add(seed)
	}
}

// bounded fails for an infinite sample; missing ones are allowed in columns.
func bounded(t *testing.T, what string, x []float64) {
	t.Helper()
	for _, v := range x {
		if math.IsInf(v, 0) {
			t.Fatalf("%s holds %v", what, v)
		}
	}
}

func FuzzSamples(f *testing.F) {
	someSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		keep, back := InOrder(column(b))
		if !slices.IsSorted(keep) || back < 0 {
			t.Fatalf("kept %v", keep)
		}
		r := recordingOf(b)
		n := min(len(r.t), 600)
		w, covered, gap := Weights(r.t, r.x, r.pauses, maxGap)
		finite(t, "weights", append(w, covered, gap)...)
		if mean, ok := WeightedMean(r.x, w); ok {
			finite(t, "mean", mean)
		}
		bounded(t, "grid", OnGrid(r.t, r.x, n))
		bounded(t, "held", Held(r.t, r.x, n))
		bounded(t, "at seconds", AtSeconds(r.t, r.x, n))
		bounded(t, "clean", CleanHR(r.t, r.x, DefaultRules().HR))
		InsidePause(r.pauses, float64(n))
		bounded(t, "steps", StepsPerMinute(r.y, "gpx", "running"))
		flat, locked := Flatline(r.t, r.x, r.yes), CadenceLock(r.t, r.x, r.y, r.yes)
		if len(flat) != len(r.t) || len(locked) != len(r.t) {
			t.Fatal("marks of another length")
		}
	})
}

func FuzzDistances(f *testing.F) {
	someSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := recordingOf(b)
		along := AlongTrack(r.t, r.x, r.y, r.pauses)
		bounded(t, "along", along)
		bounded(t, "integral", Integrate(r.t, r.x, r.pauses))
		d := Cumulative(r.x)
		bounded(t, "distance", d)
		speed := SpeedFrom(r.t, r.y, d)
		bounded(t, "speed", speed)
		Coarse(r.t, r.pauses)
		for _, p := range TrackPauses(r.t, r.x, r.y, []int{1, len(r.t) / 2}) {
			finite(t, "pause", p.From, p.To)
		}
		var events []TimerEvent
		for i, at := range column(b) {
			events = append(events, TimerEvent{at, i%3 != 0})
		}
		last := math.Inf(-1)
		for _, p := range TimerPauses(events) {
			if p.From < last || p.To <= p.From {
				t.Fatalf("pause %v after %v", p, last)
			}
			last = p.To
		}
		k := NewTrack(r.t, d, speed)
		for _, metres := range []float64{1, 400, 1e6} {
			if s, reason := k.Best(metres); reason == "" {
				finite(t, "best", s)
			}
		}
		AltitudeFault(r.t, r.z)
		bounded(t, "grades", NewProfile(d, r.z).Grades(AtSeconds(r.t, d, 600)))
	})
}

func FuzzSegments(f *testing.F) {
	someSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := recordingOf(b)
		if len(r.t) == 0 {
			return
		}
		s := Segment(r.t, r.x, r.y, r.pauses, len(b)%2 == 0)
		n := len(s.State)
		hr := OnGrid(r.t, r.z, n)
		last := r.t[len(r.t)-1]
		te, _, ok := s.EffortEnd(last, r.pauses)
		for _, rest := range s.Rests(r.pauses) {
			if rest.End < 0 || rest.End > rest.Next || rest.Next > n {
				t.Fatalf("rest %+v of %d s", rest, n)
			}
		}
		if bpm, ok := s.Hold10(hr); ok {
			finite(t, "hold", bpm)
		}
		if mean, ok := s.RunningMean(hr); ok {
			finite(t, "mean", mean)
		}
		finite(t, "moving", s.MovingValues(hr)...)
		if !ok {
			return
		}
		bouts := s.Bouts()
		if jog := s.JogBefore(te, bouts[len(bouts)-1].From, hr, 190, 50); jog < 0 || jog > te {
			t.Fatalf("jog of %d s before %d", jog, te)
		}
		if walk := s.WalkAfter(te); walk < 0 || walk > n {
			t.Fatalf("walk of %d s", walk)
		}
		if w := s.RecoverySeconds(te); w < 0 || w > 300 {
			t.Fatalf("recovery of %d s", w)
		}
		stream := Stream{Seconds: s, V: Adjusted(s.Speed, hr), Grade: hr, HR: hr, LockedHR: hr}
		if blocks, reason := stream.Blocks(te, 190); reason == "" {
			for _, x := range blocks {
				finite(t, "block", x.V, x.H)
			}
		}
		if part, reason := stream.SteadyPart(te); reason == "" {
			finite(t, "covered", part.Covered())
		}
	})
}

func FuzzRecoveries(f *testing.F) {
	someSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := recordingOf(b)
		if len(r.t) == 0 {
			return
		}
		s := NewSignal(r.t, CleanHR(r.t, r.x, DefaultRules().HR), r.yes)
		last := r.t[len(r.t)-1]
		te := math.Floor(last / 2)
		if end, reason := s.Anchor(te); reason == "" {
			finite(t, "end", end)
			if drop, at, reason := s.Drop(te, end, 60, last, "late"); reason == "" {
				finite(t, "drop", drop, at)
			}
		}
		if t30, reason := s.T30(te, last, "late"); reason == "" {
			finite(t, "T30", t30)
		}
		if hr, ok := s.Curve(te, 120); ok {
			bounded(t, "curve", hr)
		}
		if d, reason := FitDecay(column(b)[:min(len(b)/2, 301)]); reason == "" {
			finite(t, "decay", d.Tau, d.Infinity, d.Amplitude, d.R2)
		}
		run := Segment(r.t, r.y, r.z, r.pauses, false)
		if p, reason := PauseRecoveries(run, s, r.pauses, 190); reason == "" {
			finite(t, "pause", p.Drop, p.Length, p.End)
		}
	})
}

func FuzzLoads(f *testing.F) {
	someSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var times []HRTime
		for i, x := range present(b) {
			times = append(times, HRTime{math.Abs(x), float64(i % 60)})
		}
		trimp := Banister(times, 190, 50, BanisterFactors("male"), len(b)%2 == 0)
		finite(t, "loads", trimp, HRSS(trimp, 190, 50, 167, BanisterFactors("male")), Edwards(times, 190), Lucia(times, 150, 167))
		if ngs, ok := NormalizedSpeed(present(b)); ok {
			finite(t, "normalized speed", ngs)
		}
	})
}

func FuzzRunsBefore(f *testing.F) {
	someSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		x := present(b)
		x = x[:min(len(x), 300)]
		half := len(x) / 2
		if ratio, ok := PersonalRatio(x); ok {
			finite(t, "ratio", ratio)
		}
		if nadir, ok := OvernightNadir(clockOf(len(x)), x); ok {
			finite(t, "nadir", nadir)
		}
		var holds []Hold
		var run []Block
		for i := 0; i+1 < len(x); i += 2 {
			holds = append(holds, Hold{x[i], x[i+1] > 0})
			run = append(run, Block{x[i], x[i+1]})
		}
		for _, tanaka := range []float64{183.5, math.NaN()} {
			if v, ok := ObservedHRMax(holds, tanaka); ok {
				finite(t, "observed", v)
			}
		}
		if v, ok := EstimatedHRMax(holds); ok {
			finite(t, "estimated", v)
		}
		if line, ok := HRexBaseline([][]Block{run, run, run, run, run}); ok && len(run) > 0 {
			finite(t, "line", line.Slope, line.Reference, line.Centre, line.Spread, line.Value(run))
		}
		s := Steady{Speed: x[:half], HR: column(b)[:half]}
		if ef, hr, ok := s.Efficiency(); ok {
			finite(t, "efficiency", ef, hr)
		}
		if d, ok := s.Decoupling(); ok {
			finite(t, "decoupling", d)
		}
		s.Even()
		finite(t, "covered", s.Covered())
	})
}

// Every exported function that takes a slice is in some target.
func TestEverySliceIsFuzzed(t *testing.T) {
	var text string
	for _, name := range []string{"run_fuzz_test.go", "day_fuzz_test.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	checked := 0
	for _, f := range exported(t) {
		slice := slices.ContainsFunc(f.Type.Params.List, func(p *ast.Field) bool {
			_, ok := p.Type.(*ast.ArrayType)
			return ok
		})
		if !slice {
			continue
		}
		checked++
		name := f.Name.Name
		if f.Recv != nil {
			name = "." + name
		}
		if !strings.Contains(text, name+"(") && !strings.Contains(text, name+",") && !strings.Contains(text, name+"}") {
			t.Errorf("no fuzz target calls %s", f.Name.Name)
		}
	}
	if checked < 50 {
		t.Errorf("%d functions with slices found", checked)
	}
}

// exported lists the exported functions and methods of the package.
func exported(t *testing.T) (out []*ast.FuncDecl) {
	t.Helper()
	files := token.NewFileSet()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() {
				out = append(out, f)
			}
		}
	}
	return out
}
