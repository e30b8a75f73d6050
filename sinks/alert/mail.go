package alert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/wneessen/go-mail"
)

// MailServer sends e-mail for the channels that want it.
type MailServer struct {
	Host     string
	Port     int    // 0 = 587, or 465 with TLS "tls"
	TLS      string // "starttls", "tls" from the first byte, or "none"; never falls back
	User     string // "" = no login
	Password string
	From     string
	Roots    *x509.CertPool // nil = the system's
}

// mailer writes and sends letters.
type mailer struct {
	server  MailServer
	timeout time.Duration
}

func (p mailer) send(ctx context.Context, c Channel, m Message) error {
	letter, err := p.letter(c, m)
	if err != nil {
		return &deliveryError{text: "alerts.mail.from or an address of the channel is no e-mail address: correct it", after: time.Minute}
	}
	client, err := p.client()
	if err != nil {
		return &deliveryError{text: "the mail server's settings cannot be used: correct alerts.mail", after: time.Minute}
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() { // the server has taken it; how it says goodbye does not matter
		return nil
	}
	return judgeMail(err)
}

func (p mailer) letter(c Channel, m Message) (*mail.Msg, error) {
	letter := mail.NewMsg()
	err := errors.Join(letter.From(p.server.From), letter.To(c.Email...))
	letter.Subject(m.heading())
	letter.SetDate()
	letter.SetMessageIDWithValue(m.digest(c.Name) + "@afterrun.invalid") // a mail program shows two letters of one id once
	letter.SetGenHeader("Auto-Submitted", "auto-generated")              // no out-of-office answers
	letter.SetBodyString(mail.TypeTextPlain, m.body()+"\n")
	return letter, err
}

func (p mailer) client() (*mail.Client, error) {
	s := p.server
	options := []mail.Option{
		mail.WithTimeout(p.timeout),
		mail.WithTLSConfig(&tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch s.TLS {
	case "tls":
		options = append(options, mail.WithSSLPort(false))
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPortPolicy(mail.TLSMandatory))
	}
	if s.Port != 0 {
		options = append(options, mail.WithPort(s.Port))
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	return mail.NewClient(s.Host, options...)
}

// judgeMail sorts the errors: a server that refuses the letter with a permanent
// code will always do so, unless it only wants a login; everything else may be
// cured. The texts are ours: a server's may repeat what it was sent.
func judgeMail(err error) error {
	if err == nil {
		return nil
	}
	var network net.Error
	sending, connected := errors.AsType[*mail.SendError](err)
	if connected && sending.ErrorCode() >= 400 {
		return refusal(sending.ErrorCode(), sending.IsTemp())
	}
	switch {
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return unanswered()
	case connected:
		return &deliveryError{text: "the mail server broke off"}
	case untrusted(err):
		return &deliveryError{text: "the mail server's certificate is not trusted", after: time.Minute}
	case network != nil:
		return &deliveryError{text: "cannot reach the mail server"}
	default:
		return &deliveryError{text: "the mail server does not take the connection: check alerts.mail: tls, user and password", after: time.Minute}
	}
}

func refusal(code int, temporary bool) error {
	text := fmt.Sprintf("the mail server refuses the letter with code %d", code)
	if code >= 530 && code <= 538 { // RFC 4954
		return &deliveryError{text: text + ": it wants a login: correct alerts.mail", after: time.Minute}
	}
	return &deliveryError{text: text, permanent: !temporary}
}

func untrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
