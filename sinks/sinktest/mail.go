package sinktest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Letter is an e-mail as it arrived.
type Letter struct {
	From, To string // To: all of them, separated by a blank
	Data     string // header and body
	Secure   bool   // over TLS
	Login    string // the AUTH line's argument
}

// MailServer is a small SMTP server on a loopback port that keeps what it gets.
type MailServer struct {
	Host string
	Port int
	Root *x509.CertPool // trusts the server

	listener net.Listener
	tls      *tls.Config
	offerTLS bool

	mu      sync.Mutex
	letters []Letter
	refusal string
	nobody  string // an address that does not exist
	leaves  bool   // hangs up once it has taken a letter
	breaks  bool   // hangs up instead of taking it
	tried   int
}

// StartMail starts a server that ends with the test; starttls says whether it
// offers TLS and login.
func StartMail(t testing.TB, starttls bool) *MailServer {
	t.Helper()
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(certified.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // ends serve
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := &MailServer{Host: host, Root: x509.NewCertPool(), listener: l, offerTLS: starttls}
	s.Port, _ = strconv.Atoi(port) // digits
	s.Root.AddCert(certified.Certificate())
	s.tls = &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}
	go s.serve()
	return s
}

// Refuse answers every letter with a line such as "550 no such user" until it
// is called with "".
func (s *MailServer) Refuse(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = line
}

// HasNo lets one address be unknown.
func (s *MailServer) HasNo(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nobody = address
}

// Leave hangs up whenever a letter has been taken.
func (s *MailServer) Leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaves = true
}

// BreakOff hangs up whenever a letter has come, without a word, or no more.
func (s *MailServer) BreakOff(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breaks = on
}

// Letters are those that arrived so far.
func (s *MailServer) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter{}, s.letters...)
}

// Tried is how many letters were offered, also those refused.
func (s *MailServer) Tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tried
}

func (s *MailServer) serve() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		go s.talk(c)
	}
}

// dialogue is one connection.
type dialogue struct {
	s      *MailServer
	conn   net.Conn
	text   *textproto.Reader
	letter Letter
}

func (s *MailServer) talk(c net.Conn) {
	d := &dialogue{s: s, conn: c, text: textproto.NewReader(bufio.NewReader(c))}
	defer func() { _ = d.conn.Close() }()
	d.say("220 sinktest")
	for {
		line, err := d.text.ReadLine()
		if err != nil || !d.answer(line) {
			return
		}
	}
}

func (d *dialogue) say(lines ...string) {
	_, _ = d.conn.Write([]byte(strings.Join(lines, "\r\n") + "\r\n")) // the reader notices
}

// answer deals with one command; false ends the dialogue.
func (d *dialogue) answer(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		d.greet()
	case "STARTTLS":
		d.say("220 go ahead")
		d.conn = tls.Server(d.conn, d.s.tls)
		d.text, d.letter.Secure = textproto.NewReader(bufio.NewReader(d.conn)), true
	case "AUTH":
		d.letter.Login = rest
		d.say("235 welcome")
	case "MAIL":
		d.letter.From, d.letter.To = rest, ""
		d.say(d.s.verdict())
	case "RCPT":
		if d.s.lacks(rest) {
			d.say("550 no such user")
			break
		}
		d.letter.To = strings.TrimSpace(d.letter.To + " " + rest)
		d.say("250 ok")
	case "DATA":
		d.say("354 go ahead")
		lines, err := d.text.ReadDotLines()
		if err != nil {
			return false
		}
		d.letter.Data = strings.Join(lines, "\n")
		taken, leaves := d.s.keep(d.letter)
		if taken {
			d.say("250 ok")
		}
		return taken && !leaves
	case "QUIT":
		d.say("221 bye")
		return false
	default:
		d.say("250 ok")
	}
	return true
}

func (d *dialogue) greet() {
	if d.s.offerTLS && !d.letter.Secure {
		d.say("250-sinktest", "250-STARTTLS", "250 8BITMIME")
		return
	}
	d.say("250-sinktest", "250-AUTH PLAIN", "250 8BITMIME")
}

// verdict is the answer to a new letter.
func (s *MailServer) verdict() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried++
	if s.refusal != "" {
		return s.refusal
	}
	return "250 ok"
}

func (s *MailServer) lacks(recipient string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nobody != "" && strings.Contains(recipient, "<"+s.nobody+">")
}

// keep takes a letter, unless the server breaks off, and tells whether it hangs
// up then.
func (s *MailServer) keep(l Letter) (taken, leaves bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.breaks {
		return false, true
	}
	s.letters = append(s.letters, l)
	return true, s.leaves
}
