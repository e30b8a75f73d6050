package watch

import (
	"path/filepath"
	"slices"
	"strings"
)

// suffixes are the files of interest.
var suffixes = []string{".fit", ".gpx", ".tcx", ".csv", ".json", ".gz", ".zip"}

// partial are the suffixes of files that a browser or sync tool is still
// writing.
var partial = []string{".tmp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".!sync", ".syncpart", ".icloud"}

// foreign are the folders that sync tools, systems and NAS boxes keep for
// themselves.
var foreign = []string{"lost+found", "$recycle.bin", "system volume information", "__macosx"}

// Candidate reports whether a name is worth a look: a folder that is not a
// tool's own, or a file with a known suffix that is not a temporary name.
// Conflict copies are normal files: their content decides.
func Candidate(name string, folder bool) bool {
	if name == "" || strings.ContainsRune(".~@#", rune(name[0])) {
		return false // .syncthing.*, .NAME.~hex, .NAME.XXXXXX, ._NAME, @eaDir, #recycle
	}
	lower := strings.ToLower(name)
	if folder {
		return !slices.Contains(foreign, lower)
	}
	for _, p := range partial {
		if strings.HasSuffix(lower, p) {
			return false
		}
	}
	return slices.Contains(suffixes, filepath.Ext(lower))
}
