package physio

import (
	"fmt"
	"testing"
)

// Protein 0.31 g/kg (ISSN position stand: 0.25–0.40), carbohydrate three times
// that.
func TestFuelGolden(t *testing.T) {
	var in struct {
		Mass float64 `json:"mass_kg"`
	}
	var want struct {
		Protein float64 `json:"protein_g"`
		Carb    float64 `json:"carb_g"`
	}
	g := goldenCase(t, "fuel")
	g.into(t, &in, &want)
	g.near(t, "protein", Protein(&in.Mass).Low, want.Protein)
	g.near(t, "carbohydrate", Carbohydrate(&in.Mass).High, want.Carb)
	for kg, want := range map[float64]float64{40: 20, 100: 31, 150: 40} {
		if p := Protein(&kg); p.Low != p.High || p.Low != want {
			t.Errorf("%v kg: %v, want %v g", kg, p, want)
		}
	}
	if Protein(nil) != (Range{20, 28}) || Carbohydrate(nil) != (Range{60, 84}) {
		t.Error("mass unknown: 20–28 g and 60–84 g")
	}
}

// The units of the seed texts (NIST Handbook 44: a US fluid ounce is
// 29.5735295625 mL, an international mile 1609.344 m).
func TestUnitsGolden(t *testing.T) {
	var in struct{}
	var want struct {
		FlozPerLb float64            `json:"150pct_floz_per_lb"`
		SodiumL   [2]float64         `json:"sodium_mg_per_l"`
		MilesM    map[string]float64 `json:"miles_m"`
	}
	g := goldenCase(t, "units")
	g.into(t, &in, &want)
	const poundKg, sodium = 0.45359237, 1.5
	g.near(t, "fl oz per lb", sodium*poundKg/FluidOunceL, want.FlozPerLb)
	g.near(t, "sodium, least", Sodium().Low, want.SodiumL[0])
	g.near(t, "sodium, most", Sodium().High, want.SodiumL[1])
	for miles, m := range map[string]float64{"3": mile3, "5": mile5, "10": mile10} {
		g.near(t, miles+" mi", m, want.MilesM[miles])
	}
	g.near(t, "2 mi", TwoMiles, 2*want.MilesM["1"])
}

func TestWindowDatesGolden(t *testing.T) {
	var in struct {
		Date      string `json:"run_date"`
		Type      string
		Readiness float64
	}
	var want struct {
		Days int    `json:"window_days"`
		Hard string `json:"next_hard_after"`
		Easy string `json:"next_easy_after"`
	}
	goldenCase(t, "window_dates").into(t, &in, &want)
	half := RunType{in.Type, 3, 5, true}
	n := half.WindowDays(&in.Readiness)
	date := func(days int) string { return fmt.Sprintf("2025-03-%02d", 2+days) }
	if n != want.Days || date(NextHard(n)) != want.Hard || date(half.NextEasy(n)) != want.Easy || in.Date != date(0) {
		t.Errorf("%d days, easy %s, hard %s; want %+v", n, date(half.NextEasy(n)), date(NextHard(n)), want)
	}
}

func TestFluidAndCooldownOfTheCard(t *testing.T) {
	mile, long := 1609.344, float64(mile10)
	if FluidUnweighed(&mile, 0.2) != (Range{0.25, 0.30}) || FluidUnweighed(&long, 2) != (Range{0.8, 1.6}) || FluidUnweighed(nil, 1) != (Range{0.4, 0.8}) {
		t.Error("0.25–0.30 L up to two miles, else 0.4–0.8 L per hour")
	}
	if FluidShown(1.8) != 1.8 || FluidShown(5) != 4 {
		t.Error("at most 1 L per hour over 4 h")
	}
	if CooldownTarget(&mile) != 300 || CooldownTarget(&long) != 600 || CooldownTarget(nil) != 600 {
		t.Error("5 minutes up to two miles, else 10")
	}
}
