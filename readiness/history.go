package readiness

// SampleSource returns the samples of a run by its event key. Assess asks it
// only for runs whose samples the history no longer holds and whose metrics
// must be computed again (other parameters, other formulas).
type SampleSource interface {
	Run(key string) (*Run, error)
}

// Options steer an assessment.
type Options struct {
	Through Date // last day wanted; days run from the first datum to max(last datum, Through)
}
