package ingest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"afterrun/ingest"
)

// No file of the corpus, broken ones included, may cost more than 256 MiB: not
// even if nothing that its reading allocates were ever freed.
func TestNoFileCostsMuchMemory(t *testing.T) {
	root := os.Getenv("AFTERRUN_CORPUS")
	if root == "" {
		t.Skip("AFTERRUN_CORPUS names the folder of real files; .ci/run sets it")
	}
	const limit = 256 << 20
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		if used := allocated(func() { _, _ = ingest.Parse(path, data) }); used > limit { // its verdict is for other tests
			t.Errorf("%s: %d MiB", path, used>>20)
		}
		return nil
	})
	if err != nil || n < 200 {
		t.Fatalf("%d files, %v", n, err)
	}
}

func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
