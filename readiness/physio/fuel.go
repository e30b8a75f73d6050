package physio

// A Range is the least and the most of an advice; both are equal where it is
// one number.
type Range struct{ Low, High float64 }

// FluidOunceL is a US fluid ounce in L.
const FluidOunceL = 0.0295735295625

// Protein returns the grams of protein to eat within an hour of a run:
// clamp(0.31 g/kg, 20, 40), and 20–28 g while the body mass (kg, nil = unknown)
// is not known (§16; 0.25–0.40 g/kg is the range of the ISSN).
func Protein(massKg *float64) Range {
	if massKg == nil {
		return Range{20, 28}
	}
	g := clamp(0.31**massKg, 20, 40)
	return Range{g, g}
}

// Carbohydrate returns the grams of carbohydrate to eat within half an hour of a
// run: three times the protein (§16).
func Carbohydrate(massKg *float64) Range {
	p := Protein(massKg)
	return Range{3 * p.Low, 3 * p.High}
}

// Sodium returns the sodium of a drink in mg/L for runs of an hour or more:
// 135–340 mg per 12 US fluid ounces (§16, §17).
func Sodium() Range {
	const drink = 12 * FluidOunceL
	return Range{135 / drink, 340 / drink}
}

// FluidUnweighed returns what to drink after a run that was not weighed, L: 0.25–0.30 L after at most two
// miles, else 0.4–0.8 L per hour (§16). distance is in m, nil = unknown.
func FluidUnweighed(distance *float64, hours float64) Range {
	if distance != nil && *distance <= TwoMiles {
		return Range{0.25, 0.30}
	}
	return Range{0.4 * hours, 0.8 * hours}
}

// drinkHours is how long the fluid of a weighed run is spread over (§12).
const drinkHours = 4

// FluidShown limits the fluid target of a weighed run to 1 L per hour over the
// four hours it is spread over, L (§12).
func FluidShown(target float64) float64 { return min(target, drinkHours*1.0) }

// CooldownTarget returns the cool-down to aim for in s: 5 minutes after at most
// two miles, else 10 (§3.3). distance is in m, nil = unknown.
func CooldownTarget(distance *float64) float64 {
	if distance != nil && *distance <= TwoMiles {
		return 300
	}
	return 600
}
