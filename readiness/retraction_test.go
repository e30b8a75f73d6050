package readiness

import (
	"slices"
	"testing"
)

// What happens to a content, word by word, and whether it then counts.
func TestRetractionsByTurns(t *testing.T) {
	for _, c := range []struct {
		story []string
		gone  bool
	}{
		{nil, false},
		{[]string{Replaced}, true},
		{[]string{Replaced, Replaced}, true},
		{[]string{Replaced, "again"}, false},
		{[]string{"again", Replaced, "again", "again"}, false},
		{[]string{Replaced, "again", Replaced}, true},
		{[]string{Forgotten, "again"}, true},
		{[]string{Replaced, Forgotten, "again"}, true},
		{[]string{Replaced, "again", Forgotten, "again"}, true},
		{[]string{"all", "again"}, true},
	} {
		var r Retraction
		for _, word := range c.story {
			entry, news := r.Retract("d", word)
			switch word {
			case "again":
				entry, news = r.Revive("d")
			case "all":
				entry, news = r.Retract("*", Forgotten)
			}
			if news {
				r.Digests = append(r.Digests, entry)
			}
		}
		if r.Gone("d") != c.gone || r.Gone("e") != slices.Contains(c.story, "all") {
			t.Errorf("%q: %q", c.story, r.Digests)
		}
	}
}
