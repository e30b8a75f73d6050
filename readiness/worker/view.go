package worker

import (
	"context"
	"fmt"

	"afterrun/readiness"
)

// Look is a pure question about an athlete's history, asked with the options
// of the day: [readiness.ExplainDay], an assessment under other rules.
type Look func(h *readiness.History, src readiness.SampleSource, o readiness.Options) error

// View brings the athlete's results up to date and lets look read the history
// they follow from. The history is valid only during the call.
func (w *Worker) View(ctx context.Context, athlete readiness.AthleteID, look Look) error {
	d := w.desk(athlete)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := w.recompute(ctx, d); err != nil {
		return fmt.Errorf("athlete %s: %w", athlete, err)
	}
	m, err := w.memory(ctx, d)
	if err != nil {
		return err
	}
	return look(m.history, m.samples(ctx, w.o.Events), readiness.Options{Through: m.through(w.o.Now())})
}
