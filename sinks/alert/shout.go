package alert

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// shouter sends through the services that shoutrrr knows. The service is set up
// for each message: some of them log in then.
// Whether a refusal is for good its errors do not tell: a message is tried again,
// not too often, until it is too old.
type shouter struct{ timeout time.Duration }

func (s shouter) send(ctx context.Context, c Channel, m Message) error {
	done := make(chan error, 1)
	go func() { done <- s.shout(c.URL, m) }() // it takes no context, but ends by itself
	select {
	case <-ctx.Done():
		return &deliveryError{text: "cut off by the end of the program"}
	case err := <-done:
		if err != nil {
			return &deliveryError{text: service(c.URL) + ": " + withheld(err), after: patience}
		}
		return nil
	}
}

const patience = 5 * time.Minute

func (s shouter) shout(url string, m Message) error {
	r, err := shoutrrr.CreateSender(url)
	if err != nil {
		return err
	}
	r.Timeout = s.timeout
	params := types.Params{}
	params.SetTitle(m.heading())
	return errors.Join(r.Send(m.body(), &params)...)
}

// service is the scheme of an address, the one part that is no secret.
func service(url string) string {
	scheme, _, _ := strings.Cut(url, ":")
	return strings.ToLower(oneLine(scheme))
}

// withheld tells what went wrong in words of our own: shoutrrr's errors hold the
// address, and so the token.
func withheld(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, router.ErrServiceTimeout), errors.As(err, &network) && network.Timeout():
		return tooSlow
	case errors.Is(err, router.ErrUnknownService):
		return "shoutrrr does not know this service"
	case errors.Is(err, router.ErrInitializeFailed), errors.Is(err, router.ErrParseURLFailed):
		return "the channel's address cannot be used: correct it"
	case network != nil:
		return "cannot reach the service"
	}
	if says := statusIn(err.Error()); says != "" {
		return "the service says " + says + ": check the channel's address"
	}
	return "not delivered: check the channel's address; the service's own words are withheld, they may hold the token"
}

// statusIn finds one of HTTP's own phrases, which hold no secret.
func statusIn(text string) string {
	for code := http.StatusBadRequest; code < 600; code++ {
		if says := http.StatusText(code); says != "" && strings.Contains(text, says) {
			return strconv.Itoa(code) + " " + says
		}
	}
	return ""
}
