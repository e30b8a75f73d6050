//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// usable reports why this user cannot read and write a folder.
func usable(dir string) error { return unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK) }

// freeBytes is the room that this user has on the disk of a folder.
func freeBytes(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
