//go:build !linux && !darwin

package main

import "errors"

func usable(string) error { return nil }

func freeBytes(string) (uint64, error) { return 0, errors.ErrUnsupported }
