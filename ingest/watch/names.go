package watch

import (
	"path/filepath"
	"slices"
	"strings"
)

// suffixes are those of the formats that are read.
var suffixes = []string{".fit", ".gpx", ".tcx", ".csv", ".json", ".xml", ".gz", ".zip"}

// archives are those that are not: of all of them zip is what accounts come in.
var archives = []string{".tgz", ".tar", ".bz2", ".xz", ".zst", ".7z", ".rar"}

// partial are the suffixes of what a browser or sync tool is still writing;
// Safari's are folders.
var partial = []string{
	".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".opdownload", ".filepart",
	".!sync", ".syncpart", ".synctemp", ".icloud", ".swp",
}

// foreign are what sync tools, systems and NAS boxes keep for themselves.
var foreign = []string{"lost+found", "$recycle.bin", "system volume information", "__macosx", "desktop.ini", "thumbs.db", "ehthumbs.db"}

// Candidate reports whether a name is worth a look: nothing hidden, nothing
// temporary and nothing that is a tool's own. Conflict copies are normal files:
// their content decides.
func Candidate(name string) bool {
	if name == "" || strings.ContainsRune(".~@#", rune(name[0])) || strings.HasSuffix(name, "~") {
		return false // .syncthing.*, .NAME.~hex, .NAME.XXXXXX, ._NAME, @eaDir, #recycle
	}
	lower := strings.ToLower(name)
	return !slices.Contains(foreign, lower) && !slices.Contains(partial, filepath.Ext(lower))
}

// Unread says why a candidate's content is of no interest, "" if it is.
func Unread(name string) string {
	ext := strings.ToLower(filepath.Ext(name))
	if strings.HasPrefix(ext, ".conflict") { // a.fit.conflict1 of rclone
		ext = strings.ToLower(filepath.Ext(strings.TrimSuffix(name, filepath.Ext(name))))
	}
	switch {
	case slices.Contains(suffixes, ext):
		return ""
	case slices.Contains(archives, ext):
		return ext + " archives are not read: unpack it, or ask for a .zip"
	case ext == "":
		return "a name without a suffix; read are " + strings.Join(suffixes, " ")
	default:
		return ext + " files are not read; read are " + strings.Join(suffixes, " ")
	}
}
