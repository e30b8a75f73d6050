// Package sinktest holds what the tests of sinks share: one conformance suite
// for every time-series sink, a real InfluxDB to test against, and a proxy that
// injects the faults of a network. Only tests import it.
package sinktest
