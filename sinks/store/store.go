package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors of a store file. Every one names its cure.
var (
	// ErrNewer is returned when a newer Afterrun wrote the file.
	ErrNewer = errors.New("written by a newer version: use that one, or delete the file and run `afterrun rebuild`")
	// ErrForeign is returned for a SQLite file that is not Afterrun's.
	ErrForeign = errors.New("not a file of Afterrun")
	// ErrDamaged is returned when the file is not readable as a database.
	ErrDamaged = errors.New("damaged: delete it and run `afterrun rebuild`, which fills it again from NATS")
)

// busyTimeout is how long one connection waits for another, in ms.
const busyTimeout = 10_000

// Store is an open store file. It is safe for use by several goroutines.
type Store struct {
	path  string
	id    string
	write *sql.DB // one connection, nil when opened to read only
	read  *sql.DB
}

// Open opens the store file for reading and writing and creates it, readable by
// its owner only, if there is none. The folder must exist. The error wraps
// ErrNewer, ErrForeign or ErrDamaged where that is the cause.
func Open(path string) (*Store, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	s := &Store{path: path}
	if s.write, err = connect(path, "rw", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"); err != nil {
		return nil, s.explain("open", err)
	}
	s.write.SetMaxOpenConns(1)
	if err = migrate(context.Background(), s.write); err == nil {
		err = s.openReader("rw")
	}
	if err != nil {
		return nil, s.explain("open", errors.Join(err, s.Close()))
	}
	return s, nil
}

// OpenReadOnly opens an existing store file for reading, also while another
// process writes it. Write then returns an error.
func OpenReadOnly(path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Store{path: path}
	err := s.openReader("ro")
	if err != nil {
		return nil, s.explain("open", errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *Store) openReader(mode string) (err error) {
	if s.read, err = connect(s.path, mode, "query_only(ON)"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(4)
	ctx := context.Background()
	if err = checkOwner(ctx, s.read); err != nil {
		return err
	}
	return s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'id'`).Scan(&s.id)
}

// connect prepares a pool; it does not touch the file yet.
func connect(path, mode string, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout))
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	p := filepath.ToSlash(abs)
	if runtime.GOOS == "windows" {
		p = "/" + p
	}
	if mode == "ro" {
		q.Del("_txlock")
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: p}).EscapedPath()+"?"+q.Encode())
}

// Close releases the file. It returns an error when the last write could not be
// folded into the main file; nothing is lost by that.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// ID is a random name the file got when it was created: a consumer named after
// it fills a new file from the beginning.
func (s *Store) ID() string { return s.id }

// explain adds the path and, for a damaged file, the cure.
func (s *Store) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("store %s: %s: %w (%w)", s.path, doing, ErrDamaged, err)
		}
	}
	return fmt.Errorf("store %s: %s: %w", s.path, doing, err)
}
