package alert

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// shouter sends through the services that shoutrrr knows. The service is set up
// for each message: some of them log in then.
type shouter struct{ timeout time.Duration }

func (s shouter) send(ctx context.Context, c Channel, m Message) error {
	done := make(chan error, 1)
	go func() { done <- s.shout(c.URL, m) }() // it takes no context, but ends by itself
	select {
	case <-ctx.Done():
		return &deliveryError{text: "cut off by the end of the program"}
	case err := <-done:
		if err != nil {
			return &deliveryError{text: service(c.URL) + ": " + withheld(err)}
		}
		return nil
	}
}

func (s shouter) shout(url string, m Message) error {
	r, err := shoutrrr.CreateSender(url)
	if err != nil {
		return err
	}
	r.Timeout = s.timeout
	params := types.Params{}
	params.SetTitle(oneLine(m.Title))
	return errors.Join(r.Send(m.Text, &params)...)
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
		return "no answer in time"
	case errors.Is(err, router.ErrUnknownService):
		return "shoutrrr does not know this service"
	case errors.Is(err, router.ErrInitializeFailed), errors.Is(err, router.ErrParseURLFailed):
		return "the channel's address cannot be used: correct it"
	case network != nil:
		return "cannot reach the service"
	default:
		return "not delivered; the service's own words are withheld, they may hold the token"
	}
}
