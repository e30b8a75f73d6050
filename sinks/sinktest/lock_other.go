//go:build !unix

package sinktest

// lock does nothing: two packages tested at once may both build the server.
func lock(string) (unlock func(), err error) { return func() {}, nil }
