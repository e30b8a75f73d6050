// Package influx writes results to InfluxDB 2.x, or 1.8 and later of 1.x, for
// Grafana. Measurements day, run and alert; tags athlete and, on runs, sport;
// every metric is a field of its own name, always a float, texts and reasons
// are string fields for ever (a reason is <name>_reason).
//
// Measurement sample has the records of every run that counts, for those who
// want to see a run second by second; it is written by WriteSamples alone.
// Positions are not among them, nor runs of more records than three days have at
// one a second.
//
// Beside the results there are gauges, written by the program about itself:
// measurements pipeline (waiting, waiting_<part>, dead) and files (per athlete:
// files by state, days_since_data).
//
// InfluxDB merges the fields of points with one identity and cannot delete a
// field, so a value that became null would linger. Write therefore looks at
// what is stored, deletes a point that has a field too many, and writes it
// again. Only the blocking write call of the client is used: its asynchronous
// one drops data on purpose.
//
// It imports readiness and the InfluxDB client, nothing else of Afterrun.
package influx
