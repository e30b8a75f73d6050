package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"afterrun/readiness"
)

// answers is an API that knows ann.
type answers struct{}

func (answers) Readiness(_ context.Context, a readiness.AthleteID) (any, error) {
	switch a {
	case ann:
		return map[string]any{"band": "easy"}, nil
	case "sick":
		return nil, errors.New("secret path /var/lib")
	}
	return nil, fmt.Errorf("nothing is known of %s: %w", a, readiness.ErrInvalid)
}

func (answers) CheckIn(_ context.Context, a readiness.AthleteID, body []byte) (any, error) {
	return map[string]any{"athlete": a, "body": string(body)}, nil
}

func (answers) Ask(_ context.Context, a readiness.AthleteID, what, query string) (any, error) {
	if query == "all" {
		return strings.Repeat("x", 1<<20), nil
	}
	return []string{string(a), what, query}, nil
}

func (answers) Athletes(context.Context) (any, error) { return []string{"ann"}, nil }

func TestOtherProgramsMayAskAndSay(t *testing.T) {
	s := startExternal(t, nil)
	b := openWith(t, Options{URL: s.ClientURL()})
	consume(t, func(ctx context.Context) error { return b.Serve(ctx, "0.0.0", answers{}) })
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	eventually(t.Context(), t, func(ctx context.Context) error {
		_, err := nc.RequestWithContext(ctx, "$SRV.PING.afterrun", nil)
		return err
	})
	for _, c := range []struct{ subject, body, want, fault string }{
		{"afterrun.v1.api.readiness.ann", "", `{"band":"easy"}`, ""},
		{"afterrun.v1.api.readiness.bob", "", "", "nothing is known of bob"},
		{"afterrun.v1.api.readiness.sick", "", "", "the request cannot be answered; the log says why"},
		{"afterrun.v1.api.readiness.Ann!", "", "", `athlete "Ann!": want 1-32 of a-z 0-9 _ -`},
		{"afterrun.v1.api.checkin.ann", "date,mood\n", `{"athlete":"ann","body":"date,mood\n"}`, ""},
		{"afterrun.v1.api.athletes", "", `["ann"]`, ""},
		{"afterrun.v1.api.days.ann", "from=2024-01-01", `["ann","days","from=2024-01-01"]`, ""},
		{"afterrun.v1.api.course.ann", "run=x", `["ann","course","run=x"]`, ""},
		{"afterrun.v1.api.days.ann", "all", "", "the answer has 1048578 bytes, more than the server's 1048576: ask for fewer days"},
		{"afterrun.v1.api.checkin.ann", strings.Repeat("x", maxRequest+1), "", "65537 bytes, more than 65536"},
	} {
		m, err := nc.RequestWithContext(patience(t), c.subject, []byte(c.body))
		if err != nil {
			t.Fatalf("%s: %v", c.subject, err)
		}
		if got, fault := string(m.Data), m.Header.Get("Nats-Service-Error"); got != c.want || fault != c.fault {
			t.Errorf("%s: %q, fault %q", c.subject, got, fault)
		}
	}
}
