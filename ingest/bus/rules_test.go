package bus

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"afterrun/readiness"
)

func rulesOf(values map[string]string) readiness.Event {
	return readiness.Event{Athlete: ann, Kind: readiness.KindRules, Key: "config", Rules: &readiness.OwnRules{Values: values}}
}

// The specification's rules need no event; every change of the configuration is
// one, also the way back.
func TestLatestRulesCount(t *testing.T) {
	b := openIn(t, t.TempDir())
	spec, inv, ema := map[string]string{}, map[string]string{"pmc.alpha": "inv"}, map[string]string{"pmc.alpha": "ema"}
	steps := []struct {
		values map[string]string
		want   readiness.FileState
		order  int64
	}{
		{spec, readiness.FileDuplicate, 0}, {inv, readiness.FilePublished, 0}, {inv, readiness.FileDuplicate, 0},
		{ema, readiness.FileCorrected, 1}, {spec, readiness.FileCorrected, 2}, {spec, readiness.FileDuplicate, 2}, {inv, readiness.FileCorrected, 3},
	}
	for i, s := range steps {
		if said, err := b.Said(t.Context(), rulesOf(s.values)); err != nil || said != (s.want == readiness.FileDuplicate) {
			t.Errorf("step %d: said already: %v, %v", i, said, err)
		}
		if got := publish(t, b, rulesOf(s.values)); got != s.want {
			t.Errorf("step %d: %s, want %s", i, got, s.want)
		}
		if i == 0 {
			continue
		}
		if got := allEvents(t, b, ann); len(got) != 1 || got[0].Rules.Order != s.order || fmt.Sprint(got[0].Rules.Values) != fmt.Sprint(s.values) {
			t.Errorf("step %d: stored %+v", i, got)
		}
	}
}

// Rules that somebody else wrote into the stream are believed only when they can
// be.
func TestHostileRulesAreNotRead(t *testing.T) {
	c := testCodec(t)
	many := map[string]string{}
	for i := range 100_000 {
		many[fmt.Sprint("rule", i)] = "1"
	}
	for name, values := range map[string]map[string]string{
		"no number": {"weights.sleep": "NaN"}, "infinite": {"weights.sleep": "+Inf"}, "huge": {"caps.pain": "1e300"},
		"unknown": {"weights.luck": "1"}, "crossed": {"bands.easy": "60"}, "no change": {"weights.sleep": "0.15"},
		"long form": {"weights.sleep": "0.300"}, "long": {"pmc.alpha": strings.Repeat("x", 1<<20)}, "many": many,
	} {
		e := digested(rulesOf(values))
		plain, err := proto.Marshal(toProto(e))
		if err != nil {
			t.Fatal(err)
		}
		h := newHeader()
		h.Set(headerDigest, e.Digest)
		if _, err := c.decodeEvent(h, c.compress(h, plain)); !errors.Is(err, readiness.ErrInvalid) || len(err.Error()) > 1000 {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}
