package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/klauspost/compress/zstd"

	"afterrun/readiness"
)

// Originals keeps the bytes of every file read, compressed and named by their
// SHA-256: <Dir>/ab/abcdef….zst. JetStream can be filled again from them, and an
// improved parser can read old files again.
type Originals struct {
	Dir     string
	Keep    bool    // false: nothing is kept
	Objects Objects // where many machines keep them, instead of Dir; nil = Dir
}

// Objects keeps bytes by name for many machines, as an object store of NATS does.
// What is not there is fs.ErrNotExist.
type Objects interface {
	PutObject(ctx context.Context, name string, data []byte) error
	GetObject(ctx context.Context, name string) ([]byte, error)
}

// maxOriginal bounds what is read back, bytes.
const maxOriginal = 1 << 30

// originalWindow is how far back an original is searched for repetition, bytes:
// most files are smaller.
const originalWindow = 1 << 20

var hexSum = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (o Originals) path(sum string) string { return filepath.Join(o.Dir, sum[:2], sum+".zst") }

// Put keeps the bytes under their SHA-256. It is durable when it returns, and
// may be repeated.
func (o Originals) Put(ctx context.Context, sum string, data []byte) error {
	if !o.Keep {
		return nil
	}
	if !hexSum.MatchString(sum) {
		return fmt.Errorf("original %q: not a SHA-256: %w", sum, readiness.ErrInvalid)
	}
	if o.Objects == nil {
		if _, err := os.Stat(o.path(sum)); err == nil {
			return nil
		}
	}
	packed, err := pack(data)
	if err != nil {
		return err
	}
	if o.Objects != nil {
		return o.Objects.PutObject(ctx, sum, packed)
	}
	return writeDurably(o.path(sum), packed)
}

func pack(data []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(originalWindow))
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// Get returns the bytes with the SHA-256, checked.
func (o Originals) Get(ctx context.Context, sum string) ([]byte, error) {
	if !hexSum.MatchString(sum) {
		return nil, fmt.Errorf("original %q: not a SHA-256: %w", sum, readiness.ErrInvalid)
	}
	packed, err := o.packed(ctx, sum)
	if err != nil {
		return nil, err
	}
	data, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("original %s: %w", sum, err)
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("original %s: its content has changed: %w", sum, readiness.ErrInvalid)
	}
	return data, nil
}

func (o Originals) packed(ctx context.Context, sum string) ([]byte, error) {
	if o.Objects != nil {
		return o.Objects.GetObject(ctx, sum)
	}
	return os.ReadFile(o.path(sum))
}

func unpack(packed []byte) ([]byte, error) {
	r, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderMaxMemory(maxOriginal))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxOriginal))
}

// writeDurably writes a file so that after a crash it is there whole or not at
// all: temporary file in the same folder, sync, close, rename, sync the folder.
func writeDurably(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncFolder(dir), syncFolder(filepath.Dir(dir))) // the folder itself may be new
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
