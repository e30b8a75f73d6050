// Package season writes the training season of an invented athlete as real
// watch files: what `afterrun demo` shows and what the end-to-end tests run on.
// The physiology is a sketch (first-order heart-rate kinetics, cardiac drift,
// a resting heart rate that answers to load); it shows the program at work and
// proves nothing about people.
package season

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"afterrun/configs"
	"afterrun/readiness"
)

// Options choose a season. The same options give the same bytes.
type Options struct {
	End  time.Time      // the last day is End's date in Zone
	Days int            // length, 0 = 120
	Seed uint64         // 0 = 1
	Zone *time.Location // nil = UTC
}

// File is a file as a watch or a sync tool would deliver it.
type File struct {
	Name string
	Data []byte
}

// DayFiles are the files that appear on one date; the check-in file comes each
// day anew, one line longer.
type DayFiles struct {
	Date  readiness.Date
	Files []File
}

// Season tells what was written.
type Season struct {
	Files                    []string
	OverloadFrom, OverloadTo readiness.Date
}

// checkInName is the one growing file of check-ins.
const checkInName = "check-in.csv"

func (o Options) filled() Options {
	if o.Days == 0 {
		o.Days = 120
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return o
}

// last is the season's last date.
func (o Options) last() readiness.Date { return readiness.DateOf(o.End.In(o.Zone)) }

// Write writes the whole season into a folder.
func Write(dir string, o Options) (Season, error) {
	days, err := Plan(o)
	if err != nil {
		return Season{}, err
	}
	last := o.filled().last()
	s := Season{OverloadFrom: last - overloadFrom, OverloadTo: last - overloadTo}
	contents := map[string][]byte{}
	for _, d := range days {
		for _, f := range d.Files {
			if contents[f.Name] == nil {
				s.Files = append(s.Files, f.Name)
			}
			contents[f.Name] = f.Data
		}
	}
	for _, name := range s.Files {
		if err := os.WriteFile(filepath.Join(dir, name), contents[name], 0o600); err != nil {
			return s, fmt.Errorf("write season: %w", err)
		}
	}
	return s, nil
}

// Plan returns the season day by day.
func Plan(o Options) ([]DayFiles, error) {
	o = o.filled()
	var days []DayFiles
	rows := [][]string{{"date", "fatigue", "soreness", "stress", "mood", "sleep_quality", "rhr_bpm", "sleep_h"}}
	for left := o.Days - 1; left >= 0; left-- {
		a := athleteOn(o, left)
		d := DayFiles{Date: o.last() - readiness.Date(left)}
		if row := a.checkIn(d.Date); row != nil {
			rows = append(rows, row)
			text, err := sheet(rows)
			if err != nil {
				return nil, err
			}
			d.Files = append(d.Files, File{checkInName, text})
		}
		files, err := a.sessions(d.Date)
		if err != nil {
			return nil, fmt.Errorf("season of %s: %w", d.Date, err)
		}
		d.Files = append(d.Files, files...)
		days = append(days, d)
	}
	return days, nil
}

func sheet(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Profile is the invented athlete, as a configuration would describe her.
func Profile(zone *time.Location) configs.AthleteProfile {
	name := "UTC"
	if zone != nil && zone != time.Local {
		name = zone.String()
	}
	if zone == time.Local {
		name = localName()
	}
	return configs.AthleteProfile{
		BirthDate: "1991-03-09", Sex: "female", TimeZone: name, BodyMassKg: 58,
		Params: []configs.DatedParams{{From: "2000-01-01", HRMax: maxHR, LTHR: 168}},
	}
}

// localName is the IANA name of this machine's zone, "UTC" when it does not say.
func localName() string {
	if tz, ok := os.LookupEnv("TZ"); ok {
		if _, err := time.LoadLocation(tz); err == nil && tz != "" {
			return tz
		}
	}
	if target, err := os.Readlink("/etc/localtime"); err == nil {
		for _, root := range []string{"/usr/share/zoneinfo/", "/var/db/timezone/zoneinfo/"} {
			if name, err := filepath.Rel(root, target); err == nil {
				if _, err := time.LoadLocation(name); err == nil {
					return name
				}
			}
		}
	}
	return "UTC"
}

func number(x float64, decimals int) string { return strconv.FormatFloat(x, 'f', decimals, 64) }
