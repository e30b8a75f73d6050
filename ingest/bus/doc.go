// Package bus is Afterrun's memory and its only road between the stages: NATS
// JetStream, embedded in the process by default, external for many machines.
// Events go in, results come out, and both stay. It is the only package that
// imports nats.go and nats-server; of Afterrun it imports readiness only.
//
// # Streams and subjects
//
// With the default prefix "afterrun" there are two streams. Every subject
// keeps its last message, for ever.
//
//	AFTERRUN_EVENTS     afterrun.v1.event.<athlete>.<kind>.<key>   facts, see event.proto
//	                    afterrun.v1.event.<athlete>.file.<path>    ledger of files, JSON
//	AFTERRUN_READINESS  afterrun.v1.state.<athlete>                what the worker remembers, JSON
//	                    afterrun.v1.series.<athlete>.day.<date>    a day, JSON
//	                    afterrun.v1.series.<athlete>.run.<key>     a run, JSON
//	                    afterrun.v1.alert.<athlete>.<rule>.<episode>.<step>
//	                    afterrun.v1.dead.<athlete>.<consumer>-<n>  what could not be processed
//
// <path> is the first 32 hex digits of the SHA-256 of the file's path. JSON may
// be compressed, as the header Afterrun-Encoding says ("zstd"). On a server for many
// machines the files themselves lie in the object store AFTERRUN_ORIGINALS.
//
// # Promises
//
// An event is stored once, however often and by however many writers it is
// published: the subject is its identity, the first publish expects it to be
// empty, and a correction is a compare-and-set against the stored message. Which
// of two contents stays is decided by [readiness.Prefer], never by arrival.
//
// A commit replaces state and results of one athlete only if nobody else did
// meanwhile. Messages are acknowledged after their handler returned nil, so a
// handler sees everything at least once.
package bus

//go:generate protoc --go_out=. --go_opt=paths=source_relative event.proto
