package bus

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
)

func TestObjectsComeBackFromAnyMachine(t *testing.T) {
	url := startExternal(t, nil).ClientURL()
	b := openWith(t, Options{URL: url})
	if !b.External() {
		t.Error("an external server is taken for our own")
	}
	large := bytes.Repeat([]byte("watch"), 1<<18) // more than one message takes
	for name, data := range map[string][]byte{"empty": {}, "large": large} {
		for range 2 {
			if err := b.PutObject(patience(t), name, data); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		got, err := openWith(t, Options{URL: url}).GetObject(patience(t), name)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(data), err)
		}
	}
	if _, err := b.GetObject(patience(t), "unheard-of"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}
