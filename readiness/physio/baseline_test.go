package physio

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestQuickMedianIsTheMedian(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 400; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(r.IntN(1 + n/2)) // with ties
		}
		want, _ := Median(x)
		if got := quickMedian(slices.Clone(x)); got != want {
			t.Fatalf("%v: %v, want %v", x, got, want)
		}
		slices.Sort(x)
		if got := quickMedian(slices.Clone(x)); got != want {
			t.Fatalf("sorted %v: %v, want %v", x, got, want)
		}
	}
}

func TestMedianDoesNotReorder(t *testing.T) {
	x := []float64{3, 1, 2}
	if m, ok := Median(x); m != 2 || !ok || !slices.Equal(x, []float64{3, 1, 2}) {
		t.Errorf("median %v of %v", m, x)
	}
	if _, ok := Median(nil); ok {
		t.Error("nothing has a median")
	}
}

func TestConstantBaselineHasTheFloor(t *testing.T) {
	if c, s, _ := RobustBaseline([]float64{48, 48, 48}, 1.5); c != 48 || s != 1.5 {
		t.Errorf("%v ± %v", c, s)
	}
}

func TestPercentileType7(t *testing.T) {
	if p, _ := Percentile([]float64{4, 1, 3, 2}, 0.9); p < 3.7-1e-12 || p > 3.7+1e-12 {
		t.Errorf("p90 = %v, want 3.7", p)
	}
}

func BenchmarkHRexBaseline(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	runs := make([][]Block, 20)
	for i := range runs {
		for range 30 {
			runs[i] = append(runs[i], Block{V: 2.8 + 0.3*r.NormFloat64(), H: 145 + 4*r.NormFloat64()})
		}
	}
	for b.Loop() {
		if _, ok := HRexBaseline(runs); !ok {
			b.Fatal("no baseline")
		}
	}
}
