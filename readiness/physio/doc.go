// Package physio holds the formulas of Afterrun and nothing else: plain numbers
// in, a value and a reason out. It knows no files, no dates of events, no
// athletes, and imports the standard library only, so every formula can be read
// beside the paper it comes from and is tested against worked numbers.
//
// # Conventions
//
// Units are s, m, m/s, bpm, kg, L and h; nothing is rounded. A column of samples has
// one value per record or per second, NaN where there is none; NaN and infinities
// never leave the samples. A formula that may have no answer returns ok false, or a
// reason of the closed list ("hr_gap_at_anchor", "too_short", …), "" for none; of
// several reasons the first in the order of the text is given. The § numbers are
// those of the specification the columns are documented by.
//
// # From a recording to its metrics
//
//   - samples: [InOrder], [CleanHR], [Flatline], [CadenceLock], [Weights]
//   - pauses and distance: [TimerPauses], [TrackPauses], [Cumulative], [AlongTrack],
//     [Integrate], [SpeedFrom], [Coarse]
//   - what the athlete does, second by second: [Segment] and [Seconds]
//   - recovery after the effort: [Signal], [FitDecay], [DeviceDrop],
//     [PauseRecoveries], [CooldownVerdict]
//   - limits: [ObservedHRMax], [EstimatedHRMax], [Tanaka], [DefaultLTHR], [VT1]
//   - load: [Banister], [Edwards], [Lucia], [HRSS], [RTSS], [Foster], [SessionLoad]
//   - the run itself: [CostRatio], [Profile], [Adjusted], [NormalizedSpeed], [Stream],
//     [Steady], [Track]
//   - heart rate at usual speed: [Stream.Blocks], [HRexBaseline]
//
// # From days to a verdict
//
//   - series: [Filter], [Coupled], [Monotony], [Ramp], [Deload]
//   - mornings: [RestingHR], [OvernightNadir], [HRV], [SleepBlend], [WellnessG]
//   - comparison with the athlete's own past: [RobustBaseline], [TheilSen],
//     [CompareHRR]
//   - verdict: [Readiness], [Bands], [Detector], [ClassifyRun]
//   - what of all this is a design choice: [Rules]
package physio
