package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"afterrun/readiness"
)

// amendment is what the athlete changes about what is known.
type amendment struct {
	Athlete readiness.AthleteID `json:"athlete"`
	Choice  *readiness.Choice   `json:"choice,omitempty"` // about two recordings of one run
	Runs    []string            `json:"runs,omitempty"`   // to forget, by key
	Paths   []string            `json:"paths,omitempty"`  // to forget, as in the ledger
}

// amend makes the change and returns when its results are visible; it returns
// the files that nothing is left of.
func (p *parts) amend(ctx context.Context, a amendment) (gone []readiness.File, err error) {
	if err := a.Athlete.Validate(); err != nil {
		return nil, err
	}
	if c := a.Choice; c != nil {
		c.Order = p.now().UnixMicro()
		e := readiness.Event{Athlete: a.Athlete, Kind: readiness.KindChoice, Key: c.Run, Choice: c}
		e.Digest = e.ContentDigest()
		if _, err := p.ingester.Say(ctx, e); err != nil {
			return nil, err
		}
	} else if gone, err = p.ingester.Forget(ctx, a.Athlete, a.Runs, a.Paths); err != nil {
		return gone, err
	}
	return gone, p.waitVisible(ctx)
}

func handleAmend(w http.ResponseWriter, r *http.Request, c controller) {
	var a amendment
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	gone, err := c.amend(r.Context(), a)
	answer(w, gone, err)
}

func (r *remote) amend(ctx context.Context, a amendment) (gone []readiness.File, err error) {
	b, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	resp, err := r.do(ctx, http.MethodPost, "/amend", b)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end
	return gone, json.NewDecoder(resp.Body).Decode(&gone)
}

func (a *app) splitCommand() *cobra.Command {
	return a.rulingCommand("split", readiness.RulingApart, "Count a recording as a run of its own",
		"Afterrun counts a run once when two devices or services recorded it: recordings of\none sport that share more than half of the shorter one (`afterrun files\n--duplicates`). Split says that RUN is a run of its own all the same.",
		"%s counts as a run of its own")
}

func (a *app) chooseCommand() *cobra.Command {
	return a.rulingCommand("choose", readiness.RulingFirst, "Count this recording of a run instead of the others",
		"Of several recordings of one run Afterrun counts FIT before TCX before GPX, then\nthe one with more records (`afterrun files --duplicates`). Choose says that RUN\ncounts instead.",
		"%s counts instead of the recordings that it overlaps")
}

func (a *app) rulingCommand(name string, ruling readiness.Ruling, short, long, done string) *cobra.Command {
	var undo bool
	cmd := &cobra.Command{
		Use: name + " RUN", Short: short, Long: long + "\n\nRUN is a run id, the beginning of one, or the beginning of its start (UTC). The\nlast word about a run counts; --undo leaves it to the rule again.",
		Example: "  afterrun " + name + " 3f2a\n  afterrun " + name + " 2026-11-20T07 --undo",
		Args:    wants(1, 1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if undo {
				return a.rule(cmd.Context(), args[0], readiness.RulingNone, "the rule decides about %s again")
			}
			return a.rule(cmd.Context(), args[0], ruling, done)
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "take it back: the rule decides again")
	return cmd
}

func (a *app) rule(ctx context.Context, name string, ruling readiness.Ruling, done string) error {
	run, athlete, err := a.storedRun(ctx, name)
	if err != nil {
		return err
	}
	change := amendment{Athlete: athlete, Choice: &readiness.Choice{Run: run.Key, Ruling: ruling}}
	err = a.withController(ctx, func(ctx context.Context, c controller) error {
		_, err := c.amend(ctx, change)
		return err
	})
	if err == nil {
		say(a.out, done, run.RunID)
	}
	return err
}

// storedRun finds a run by its name; a name that fits none gives exit code 3.
func (a *app) storedRun(ctx context.Context, name string) (r readiness.RunSummary, athlete readiness.AthleteID, err error) {
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return r, "", err
	}
	defer func() { _ = s.Close() }() // read only
	first, last, err := dateRange("", "")
	if err != nil {
		return r, "", err
	}
	runs, err := s.Runs(ctx, athlete, first, last)
	if err != nil {
		return r, "", err
	}
	if r, err = runNamed(runs, name); err != nil {
		return r, "", fmt.Errorf("%w: %w", err, errNothing)
	}
	return r, athlete, nil
}
