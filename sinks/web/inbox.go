package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"afterrun/readiness"
)

// Inbox takes what the athlete gives through the page, the same way as a file
// of the folder, and returns when the results are visible. Nothing is written
// into the folder.
type Inbox interface {
	// CheckIn takes a header line and a row; an error that wraps
	// readiness.ErrInvalid says what to correct.
	CheckIn(ctx context.Context, athlete readiness.AthleteID, csv []byte) (readiness.File, error)
	// Said gives what is known by now of a day's morning, or of a run by its
	// start, by the names of the check-in's columns.
	Said(ctx context.Context, athlete readiness.AthleteID, d readiness.Date, run string) (map[string]string, error)
	// Upload takes a file, or a zip of files, and says what became of each.
	Upload(ctx context.Context, athlete readiness.AthleteID, name string, content io.Reader) ([]readiness.File, error)
}

// What one request may bring, how long it may take, and how many at once.
const (
	maxForm     = 64 << 10
	maxUpload   = 1 << 30
	uploadTime  = 10 * time.Minute
	uploadSlots = 2
)

// errToken says that a form was not made by this page.
var errToken = fmt.Errorf("this form is too old: reload the page and try again: %w", readiness.ErrInvalid)

// token marks the forms of this program's page: another site cannot read it.
func (s *server) token() string {
	m := hmac.New(sha256.New, s.key[:])
	_, _ = m.Write([]byte("form")) // a hash takes everything
	return hex.EncodeToString(m.Sum(nil))
}

func (s *server) ownForm(token string) bool { return hmac.Equal([]byte(token), []byte(s.token())) }
