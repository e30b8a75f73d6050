// Package store keeps the results in one SQLite file: the time-series store
// that needs no server. Its tables and columns carry the names of InfluxDB's
// measurements and fields (day, run, alert), so a query reads the same in both.
//
// The file is a projection: NATS holds the truth, and a file that is lost or
// damaged is filled again from there. One process writes; any number of other
// processes may read meanwhile.
//
// It imports readiness and the SQLite driver, nothing else of Afterrun.
package store
