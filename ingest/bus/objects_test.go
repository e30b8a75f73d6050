package bus

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"
	"testing"

	"afterrun/readiness"
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

func TestAnObjectOfAnySizeIsReadUpToTheBound(t *testing.T) {
	b := openWith(t, Options{URL: startExternal(t, nil).ClientURL()})
	const most = 1 << 20
	for size, fits := range map[int]bool{most: true, most + 1: false, 8 * most: false} {
		name := strconv.Itoa(size)
		if err := b.PutObject(patience(t), name, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		objects, err := b.objects(patience(t))
		if err != nil {
			t.Fatal(err)
		}
		object, err := objects.Get(patience(t), name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := readObject(object, most)
		if fits != (err == nil) || !fits && !errors.Is(err, readiness.ErrInvalid) || len(data) > most+1 {
			t.Errorf("%d bytes: %d read, %v", size, len(data), err)
		}
	}
	if err := b.PutObject(patience(t), "huge", make([]byte, maxObject+1)); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("an object that could not be read back is stored: %v", err)
	}
}
