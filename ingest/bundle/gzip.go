package bundle

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"afterrun/readiness"
)

// IsGzip reports whether content begins like a gzip.
func IsGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1F, 0x8B}) }

// Gunzip unpacks one file. The error wraps readiness.ErrIncomplete while the
// trailer has not arrived, else readiness.ErrInvalid.
func Gunzip(data []byte) ([]byte, error) {
	return gunzip(data, &budget{limits: Default, bytes: Default.Total})
}

// Gunzip unpacks what the member was found to hold, within the limits of its
// bundle: the error may be ErrTooMuch.
func (m Member) Gunzip(data []byte) ([]byte, error) { return gunzip(data, m.left) }

func gunzip(data []byte, left *budget) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, gzipFault(err)
	}
	plain, err := readWhole(counted{r, left}, left.limits.Member)
	if errors.Is(err, readiness.ErrInvalid) {
		return nil, err
	}
	return plain, gzipFault(err)
}

func gzipFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the end of the gzip has not arrived: %w", readiness.ErrIncomplete)
	}
	return fmt.Errorf("damaged gzip: %w: %w", err, readiness.ErrInvalid)
}
