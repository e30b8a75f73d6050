package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"afterrun/ingest/bus"
	"afterrun/sinks/store"
)

func (a *app) rebuildCommand() *cobra.Command {
	var events bool
	cmd := &cobra.Command{
		Use: "rebuild", Short: "Make the store and every result anew from the events",
		Long: "Rebuild throws the store away, computes every result again from the samples,\nand has InfluxDB filled again. Events, and what was sent as an alert, stay.\n\n" +
			"With --events the events themselves are read again from the kept originals: the\nembedded NATS folder is put aside (renamed, never deleted) and filled anew. What\n`afterrun forget` deleted stays deleted.\n\nStop `afterrun up` first.",
		Example: "  afterrun rebuild\n  afterrun rebuild --events      the NATS folder is damaged or lost",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.rebuild(cmd.Context(), events) },
	}
	cmd.Flags().BoolVar(&events, "events", false, "also read the events again from the kept originals")
	return cmd
}

func (a *app) rebuild(ctx context.Context, events bool) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	if err := a.anythingIn(dir); err != nil {
		return err
	}
	if running(ctx, dir) != nil {
		return fmt.Errorf("afterrun is running on %s: stop it first", dir)
	}
	old, err := a.clear(dir, events)
	if err != nil {
		return err
	}
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(a.rebuildOn(ctx, p, old, events), p.close())
	if ctx.Err() != nil {
		return errors.New("interrupted before it was done: run it again, what was not made yet is missing")
	}
	return err
}

// clear puts the events aside, if they are to be read again, and deletes the
// store, while no other command uses the folder.
func (a *app) clear(dir string, events bool) (oldStore string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	release, err := bus.Lock(filepath.Join(dir, lockFile), a.now())
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, release()) }()
	if events {
		if err := a.asideEvents(dir); err != nil {
			return "", err
		}
	}
	return dropStore(filepath.Join(dir, storeFile))
}

// asideEvents renames the embedded server's folder, so that nothing is lost.
func (a *app) asideEvents(dir string) error {
	switch {
	case a.cfg.NATS.URL != "":
		return fmt.Errorf("--events is for the embedded NATS; an external one is restored by its operator: %w", errUsage)
	case a.cfg.Originals != "keep":
		return fmt.Errorf("no originals are kept (originals: %s): import the files again instead: %w", a.cfg.Originals, errUsage)
	}
	from := filepath.Join(dir, "nats")
	to := from + "-" + a.now().UTC().Format("20060102-150405")
	switch err := os.Rename(from, to); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("put the events aside: %w", err)
	default:
		say(a.err, "the former events lie in %s", to)
	}
	return nil
}

// dropStore deletes the store and returns the id its consumers were named
// after, "" when it cannot be told.
func dropStore(path string) (id string, err error) {
	if s, err := store.OpenReadOnly(path); err == nil {
		id = s.ID()
		if err := s.Close(); err != nil {
			return "", err
		}
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("delete the store: %w", err)
		}
	}
	return id, nil
}

func (a *app) rebuildOn(ctx context.Context, p *parts, oldStore string, events bool) error {
	if err := a.rewind(ctx, p, oldStore); err != nil {
		return err
	}
	if events {
		if err := a.refill(ctx, p); err != nil {
			return err
		}
	}
	return during(ctx, func(ctx context.Context) error { return a.again(ctx, p) }, p.workStage(), p.storeStage(), p.filesStage())
}

// rewind has every projection filled again, but no alert sent again.
func (a *app) rewind(ctx context.Context, p *parts, oldStore string) error {
	durables := []string{a.durableInflux(), a.durableSamples()}
	if oldStore != "" {
		durables = append(durables, durableStore(oldStore), durableFiles(oldStore))
	}
	for _, d := range durables {
		if err := p.bus.Rewind(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) refill(ctx context.Context, p *parts) error {
	done, err := p.ingester.Refill(ctx)
	for _, path := range done.Lost {
		say(a.err, "the original of %s is lost: import it again", printable(path))
	}
	if done.Torn > 0 {
		say(a.err, "%d lines of the diary cannot be understood", done.Torn)
	}
	say(a.out, "read again: %s, %d entries of forms", counted(done.Files, "file"), done.Events)
	return err
}

func (a *app) again(ctx context.Context, p *parts) error {
	athletes, err := p.bus.Athletes(ctx)
	if err != nil {
		return err
	}
	if len(athletes) == 0 {
		say(a.out, "nothing is known of anybody; `afterrun rebuild --events` reads what originals are kept")
	}
	for _, id := range athletes {
		if err := p.worker.Again(ctx, id); err != nil {
			return fmt.Errorf("athlete %s: %w", id, err)
		}
	}
	if err := p.waitVisible(ctx); err != nil {
		return err
	}
	for _, id := range athletes {
		s, err := athleteState(ctx, p.store, id)
		if err != nil {
			return err
		}
		say(a.out, "made anew: athlete %s, %s, %s to %s", id, counted(s.Runs, "run"), counted(s.Days, "day"), orDash(s.Last))
	}
	return nil
}
