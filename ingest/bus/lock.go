package bus

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// ErrLocked is what every [LockedError] is, for errors.Is.
var ErrLocked = errors.New("data folder is in use")

// LockedError says who is using a data folder.
type LockedError struct {
	Path    string
	PID     int // 0 = unknown
	Started time.Time
}

// Error names the process and what can be done.
func (e *LockedError) Error() string {
	who := "another program"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d, running since %s,", e.PID, e.Started.Local().Format(time.DateTime))
	}
	return fmt.Sprintf("%s is in use: %s holds it; stop that one, or choose another data folder", e.Path, who)
}

// Is reports that the error is ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// folderLock is an advisory lock on a file, held until release or the end of
// the process. NATS takes none, and two servers on one folder lose messages.
type folderLock struct{ f *os.File }

func lockFolder(path string, now time.Time) (*folderLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	held, err := tryLock(f)
	if err != nil || held {
		if held {
			err = lockedBy(path, f)
		}
		return nil, errors.Join(err, f.Close())
	}
	l := &folderLock{f}
	if err := l.sign(now); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder: %w", err), l.release())
	}
	return l, nil
}

// Lock holds the lock file of a data folder until release, as an embedded server
// does: whoever moves the folder's files needs it. While another program holds
// it, the error is a [LockedError].
func Lock(path string, now time.Time) (release func() error, err error) {
	l, err := lockFolder(path, now)
	if err != nil {
		return nil, err
	}
	return l.release, nil
}

const lockFormat = "pid %d\nstarted %s\n"

func (l *folderLock) sign(now time.Time) error {
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err := l.f.WriteAt(fmt.Appendf(nil, lockFormat, os.Getpid(), now.UTC().Format(time.RFC3339)), 0)
	return err
}

// lockedBy reads what the holder wrote; a holder that has not yet written is
// unknown.
func lockedBy(path string, f *os.File) error {
	e := &LockedError{Path: path}
	b, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return e
	}
	var started string
	if _, err := fmt.Fscanf(strings.NewReader(string(b)), lockFormat, &e.PID, &started); err == nil {
		e.Started, _ = time.Parse(time.RFC3339, started) // zero when somebody else wrote the file
	}
	return e
}

// release leaves the file: removing it would let two programs lock two files
// of one name.
func (l *folderLock) release() error {
	return errors.Join(l.f.Truncate(0), l.f.Close())
}
