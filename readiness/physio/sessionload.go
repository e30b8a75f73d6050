package physio

// SRPEDefault turns session-RPE units into HRSS units while the athlete's own
// ratio is unknown: 60 min at RPE 7.5 are about 100 (§7.6).
const SRPEDefault = 0.22

// Foster returns the session-RPE load in AU (§7.6): the rating of the whole
// session, 0-10 (CR-10), times its minutes. Null: no_checkin, session_implausible.
//
// Source: Foster 2001.
func Foster(rpe, timerS float64) float64 { return rpe * timerS / 60 }

// PersonalRatio returns the median of the athlete's own ratios (HRSS per AU of
// session-RPE, §7.6, or HRSS per hour, §7.7), false with fewer than ten.
func PersonalRatio(ratios []float64) (float64, bool) {
	if len(ratios) < 10 {
		return 0, false
	}
	return Median(ratios)
}

// LoadInput is what is known of a session's load; nil = unknown.
type LoadInput struct {
	HRSS, RTSS    *float64
	SRPE          *float64 // AU
	SRPERatio     *float64 // own HRSS per AU
	LockShare     float64  // cadence-locked part of the covered running time
	HoursRecorded float64  // timer time, h
	HRSSPerHour   *float64 // own median of the sport
}

// SessionLoad returns the load of a session in HRSS units and where it comes
// from, the first available of §7.7; false without any (no_load_source).
func SessionLoad(in LoadInput) (load float64, source string, ok bool) {
	switch {
	case in.RTSS != nil && in.LockShare > 0.20:
		return *in.RTSS, "rtss", true
	case in.HRSS != nil:
		return *in.HRSS, "hrss", true
	case in.RTSS != nil:
		return *in.RTSS, "rtss", true
	case in.SRPE != nil && in.SRPERatio != nil:
		return *in.SRPE * *in.SRPERatio, "srpe_personal", true
	case in.SRPE != nil:
		return *in.SRPE * SRPEDefault, "srpe_default", true
	case in.HRSSPerHour != nil:
		return in.HoursRecorded * *in.HRSSPerHour, "time_personal", true
	}
	return 0, "", false
}
