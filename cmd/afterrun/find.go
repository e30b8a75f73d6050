package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"afterrun/ingest/watch"
	"afterrun/readiness"
)

// found is what lies below the paths of a command line.
type found struct {
	paths []string         // files to read: absolute, sorted, each once
	other []readiness.File // what cannot be read or is not read, with the reason
}

// findFiles looks below the given paths. A file named by the user is always
// read: its content decides. In folders the names decide, as they do for the
// watcher; links to files are followed, links to folders are not. A pipe would be
// waited for without end, a device read without end.
func findFiles(args []string, expand func(string) string) (found, error) {
	var f found
	for _, arg := range args {
		root, err := filepath.Abs(expand(arg))
		if err != nil {
			return f, err
		}
		info, err := os.Stat(root)
		switch {
		case err != nil:
			f.other = append(f.other, cannotRead(root, err))
		case info.IsDir():
			f.folder(root)
		case !info.Mode().IsRegular():
			f.other = append(f.other, readiness.File{Path: filepath.ToSlash(root), State: readiness.FileRefused, Reason: "a device or a pipe: save what it gives as a file first"})
		default:
			f.paths = append(f.paths, root)
		}
	}
	slices.Sort(f.paths)
	f.paths = slices.Compact(f.paths)
	return f, nil
}

// folder lists a folder. What stands in the way is a line of the report, not
// the end of the rest.
func (f *found) folder(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		f.other = append(f.other, cannotRead(dir, err))
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch why := unread(path); {
		case !watch.Candidate(e.Name()):
		case e.IsDir():
			f.folder(path)
		case why != "":
			f.other = append(f.other, readiness.File{Path: path, State: readiness.FileIgnored, Reason: why})
		default:
			f.paths = append(f.paths, path)
		}
	}
}

// unread says why what lies in a folder is not read, "" if it is.
func unread(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil: // why it cannot be read is told when it is
	case info.IsDir():
		return "a link to a folder is not followed: name it to have it read"
	case !info.Mode().IsRegular():
		return "a pipe or a device, not a file"
	}
	return watch.Unread(filepath.Base(path))
}

// cannotRead is the line of a path that cannot be read now, or that is not
// there.
func cannotRead(path string, err error) readiness.File {
	f := readiness.File{Path: filepath.ToSlash(path), State: readiness.FilePending}
	if errors.Is(err, fs.ErrNotExist) {
		f.State = readiness.FileRefused
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	f.Reason = "cannot be read: " + err.Error()
	return f
}
