package readiness_test

import (
	"encoding/json"
	"math"
	"testing"

	"afterrun/readiness"
)

func TestMinusZeroIsZero(t *testing.T) {
	b, err := json.Marshal(readiness.Num(math.Copysign(0, -1)))
	if err != nil || string(b) != `{"v":0}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestNoNaNLeaves(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if v := readiness.Num(x); !v.IsNull() || v.Reason == "" {
			t.Errorf("%v became %+v", x, v)
		}
	}
}
