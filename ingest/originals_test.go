package ingest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"afterrun/ingest"
	"afterrun/readiness"
)

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestOriginalsComeBackAsTheyWere(t *testing.T) {
	o := ingest.Originals{Dir: filepath.Join(t.TempDir(), "originals"), Keep: true}
	for _, data := range [][]byte{{}, []byte("x"), activity(t), bytes.Repeat([]byte("date,mood\n"), 1<<18)} {
		sum := sumOf(data)
		for range 2 {
			if err := o.Put(t.Context(), sum, data); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := o.Get(t.Context(), sum); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d of %d bytes, %v", len(got), len(data), err)
		}
	}
	want := 4 // and no temporary file
	err := filepath.WalkDir(o.Dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			want--
		}
		return err
	})
	if err != nil || want != 0 {
		t.Errorf("%d files missing, %v", want, err)
	}
}

func TestADamagedOriginalIsNotHandedOut(t *testing.T) {
	o := ingest.Originals{Dir: t.TempDir(), Keep: true}
	data, other := []byte("date,mood\n2026-01-05,4\n"), []byte("something else")
	if err := errors.Join(o.Put(t.Context(), sumOf(data), data), o.Put(t.Context(), sumOf(other), other)); err != nil {
		t.Fatal(err)
	}
	path := func(sum string) string { return filepath.Join(o.Dir, sum[:2], sum+".zst") }
	packed, err := os.ReadFile(path(sumOf(other)))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"swapped": packed, "cut": packed[:len(packed)-3], "empty": {}} {
		if err := os.WriteFile(path(sumOf(data)), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Get(t.Context(), sumOf(data)); err == nil {
			t.Errorf("%s: handed out", name)
		}
	}
}

func TestOnlyASumNamesAnOriginal(t *testing.T) {
	o := ingest.Originals{Dir: t.TempDir(), Keep: true}
	for _, sum := range []string{"", "ab", "../../../../etc/passwd", sumOf(nil)[:63] + "/"} {
		if err := o.Put(t.Context(), sum, nil); !errors.Is(err, readiness.ErrInvalid) {
			t.Errorf("put %q: %v", sum, err)
		}
		if _, err := o.Get(t.Context(), sum); !errors.Is(err, readiness.ErrInvalid) {
			t.Errorf("get %q: %v", sum, err)
		}
	}
}

func TestOriginalsMayBeLeftOut(t *testing.T) {
	o := ingest.Originals{Dir: filepath.Join(t.TempDir(), "none")}
	if err := o.Put(t.Context(), sumOf(nil), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(o.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}
