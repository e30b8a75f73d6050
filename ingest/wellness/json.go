package wellness

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"afterrun/readiness"
)

// record holds the fields that the exports of Garmin, Fitbit and Polar use; one
// object has those of one maker.
type record struct {
	// Garmin: UDSFile, sleepData, healthStatusData
	CalendarDate               json.RawMessage `json:"calendarDate"`
	RestingHeartRate           number          `json:"restingHeartRate"`           // in UDSFile the average of seven days
	CurrentDayRestingHeartRate number          `json:"currentDayRestingHeartRate"` // the day's own
	DeepSleepSeconds           number          `json:"deepSleepSeconds"`
	LightSleepSeconds          number          `json:"lightSleepSeconds"`
	RemSleepSeconds            number          `json:"remSleepSeconds"`
	SleepWindow                text            `json:"sleepWindowConfirmationType"`
	Metrics                    json.RawMessage `json:"metrics"`

	// Fitbit: resting_heart_rate, sleep
	Value         json.RawMessage `json:"value"`
	DateOfSleep   text            `json:"dateOfSleep"`
	MinutesAsleep number          `json:"minutesAsleep"`

	// Polar: nightly_recovery, sleep_result
	Night           text            `json:"night"`
	SleepResultDate text            `json:"sleepResultDate"`
	Rmssd           number          `json:"meanNightlyRecoveryRmssd"`
	RmssdSnake      number          `json:"mean_nightly_recovery_rmssd"`
	Evaluation      json.RawMessage `json:"evaluation"`

	// Garmin's list of activities: told, not read
	Summaries json.RawMessage `json:"summarizedActivitiesExport"`
}

// number is 0 where the export has something else.
type number float64

// UnmarshalJSON takes numbers and ignores everything else.
func (n *number) UnmarshalJSON(b []byte) error {
	var v float64
	if json.Unmarshal(b, &v) == nil {
		*n = number(v)
	}
	return nil
}

// text is empty where the export has something else.
type text string

// UnmarshalJSON takes strings and ignores everything else.
func (t *text) UnmarshalJSON(b []byte) error {
	var v string
	if json.Unmarshal(b, &v) == nil {
		*t = text(v)
	}
	return nil
}

// JSON reads a file of an account's export: an array of objects, or one. Errors
// wrap readiness.ErrIgnored when nothing in it is known, readiness.ErrIncomplete
// or readiness.ErrInvalid.
func JSON(data []byte) ([]readiness.Event, []string, error) {
	books := map[string]*book{}
	for _, maker := range []string{"garmin", "fitbit", "polar"} {
		books[maker] = newBook(maker)
	}
	hint := "no check-in, and no resting heart rate, HRV or sleep in a known form"
	if err := eachRecord(data, func(r record) {
		r.read(books)
		hint = cmp.Or(r.recordings(), hint)
	}); err != nil {
		return nil, nil, err
	}
	for _, maker := range []string{"garmin", "fitbit", "polar"} {
		if len(books[maker].values) > 0 {
			events, err := books[maker].events()
			return events, books[maker].warnings, err
		}
	}
	return nil, nil, fmt.Errorf("%s: %w", hint, readiness.ErrIgnored)
}

// recordings says where the recordings are that a list of activities sums up.
func (r record) recordings() string {
	if len(r.Summaries) == 0 {
		return ""
	}
	return "a list of activities; their recordings are the FIT files of the same export (DI-Connect-Uploaded-Files)"
}

func eachRecord(data []byte, fn func(record)) error {
	d := json.NewDecoder(bytes.NewReader(data))
	array := bytes.HasPrefix(bytes.TrimSpace(data), []byte("["))
	if array {
		if _, err := d.Token(); err != nil {
			return faulty(err)
		}
	}
	for first := true; array && d.More() || !array && first; first = false {
		var r record
		err := d.Decode(&r)
		var other *json.UnmarshalTypeError
		if err != nil && !errors.As(err, &other) {
			return faulty(err)
		}
		fn(r)
	}
	if _, err := d.Token(); err != nil && (array || !errors.Is(err, io.EOF)) {
		return faulty(err)
	}
	return nil
}

func faulty(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the document is not closed: %w", readiness.ErrIncomplete)
	}
	return fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
}

func (r record) read(books map[string]*book) {
	r.garmin(books["garmin"])
	r.fitbit(books["fitbit"])
	r.polar(books["polar"])
}

// garmin reads a day of UDSFile, a night of sleepData (of naps and repetitions
// the longest counts) or a day of healthStatusData.
func (r record) garmin(b *book) {
	d, ok := garminDate(r.CalendarDate)
	if !ok {
		return
	}
	today := r.CurrentDayRestingHeartRate
	if today == 0 {
		today = r.RestingHeartRate // before there were two, it was the day's
	} else {
		b.put(deviceDay, "rhr_7d_bpm", d, float64(r.RestingHeartRate))
	}
	b.put(deviceDay, "rhr_bpm", d, float64(today))
	if r.SleepWindow != "OFF_WRIST" { // else nobody wore the watch
		b.longest(sleep, "sleep_h", d, float64(r.DeepSleepSeconds+r.LightSleepSeconds+r.RemSleepSeconds)/3600)
	}
	var metrics []struct {
		Type, Status text
		Value        number
	}
	if json.Unmarshal(r.Metrics, &metrics) != nil {
		return
	}
	for _, m := range metrics {
		if m.Type == "HRV" && m.Status != "UNKNOWN" {
			b.put(device, "hrv_rmssd_ms", d, float64(m.Value))
		}
	}
}

// garminDate reads "2026-05-01" and the older {"date": "2026-05-01 …"}.
func garminDate(raw json.RawMessage) (readiness.Date, bool) {
	var s text
	if len(raw) > 0 && raw[0] == '{' {
		var o struct{ Date text }
		if json.Unmarshal(raw, &o) != nil {
			return 0, false
		}
		s = o.Date
	} else if json.Unmarshal(raw, &s) != nil {
		return 0, false
	}
	return dateOf(string(s))
}

// fitbit reads a day of resting_heart_rate-*.json, 0 = not known, or a sleep of
// sleep-*.json, which is dated by the day of waking.
func (r record) fitbit(b *book) {
	if d, ok := dateOf(string(r.DateOfSleep)); ok {
		b.add(sleep, "sleep_h", d, float64(r.MinutesAsleep)/60)
	}
	var resting struct {
		Date  text
		Value number
	}
	if json.Unmarshal(r.Value, &resting) != nil {
		return
	}
	if at, err := time.Parse("01/02/06", string(resting.Date)); err == nil {
		b.put(deviceDay, "rhr_bpm", readiness.DateOf(at), float64(resting.Value))
	}
}

// polar reads a night of nightly_recovery_*.json or sleep_result_*.json, which is
// dated by the day of waking.
func (r record) polar(b *book) {
	d, ok := dateOf(string(r.Night))
	if !ok {
		d, ok = dateOf(string(r.SleepResultDate))
	}
	if !ok {
		return
	}
	b.put(device, "hrv_rmssd_ms", d, float64(max(r.Rmssd, r.RmssdSnake)))
	var evaluation struct {
		AsleepDuration text `json:"asleepDuration"`
	}
	if json.Unmarshal(r.Evaluation, &evaluation) != nil {
		return
	}
	if asleep, err := duration(string(evaluation.AsleepDuration)); err == nil {
		b.longest(sleep, "sleep_h", d, asleep.Hours())
	}
}

// duration reads "PT7H19M30S" and "26370s".
func duration(s string) (time.Duration, error) {
	return time.ParseDuration(strings.ToLower(strings.TrimPrefix(strings.ToUpper(s), "PT")))
}
