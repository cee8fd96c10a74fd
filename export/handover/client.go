package handover

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kaft/portfolio"
)

// How long the other side may be silent, and how often in a row a fetch that
// broke is taken up again.
const (
	dialFor   = 10 * time.Second
	silentFor = time.Minute
	keysFor   = 20 * time.Second
	maxTries  = 5
	maxKeys   = 256 << 10
	maxAnswer = 64 << 10 // bytes of a header
)

// Client fetches bundles. It follows nothing that it is sent on to, goes through
// no proxy, keeps no cookie and unpacks nothing.
type Client struct {
	web   *http.Client // https, to addresses that anybody reaches
	local *http.Client // http to this machine, where that is allowed
	pause func(ctx context.Context, d time.Duration) error
}

// New makes a client. local lets it go to this machine, without https: for a
// demo or a test, never for a school.
func New(local bool) *Client {
	c := &Client{web: newHTTP(public, silentFor), pause: wait}
	if local {
		c.local = newHTTP(onLoopback, silentFor)
	}
	return c
}

func newHTTP(allowed func(netip.Addr) bool, silent time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: dialFor, Control: guard(allowed)}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				return &impatient{conn, silent}, nil
			},
			TLSHandshakeTimeout:    dialFor,
			ResponseHeaderTimeout:  silent,
			DisableCompression:     true,
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: maxAnswer,
		},
	}
}

// impatient is a connection that gives up when the other side is silent for too
// long, however long the whole takes.
type impatient struct {
	net.Conn
	silent time.Duration
}

func (c *impatient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silent)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *impatient) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.silent)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) of(address string) *http.Client {
	if strings.HasPrefix(address, "http:") {
		return c.local
	}
	return c.web
}

// Keys is the file of public keys that a Kaft shows to everybody.
func (c *Client) Keys(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keysFor)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+KeysPath, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("keys: %s", res.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxKeys+1))
	if err == nil && len(raw) > maxKeys {
		err = errors.New("keys: too long")
	}
	return raw, err
}

func (c *Client) do(req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", "Kaft")
	h := c.of(req.URL.String())
	if h == nil {
		return nil, errors.New("http is not gone to")
	}
	return h.Do(req)
}

// Open asks for a bundle and gives it as it comes. ask's format is filled in.
// ctx is for as long as the bundle is read. Error kinds: Unavailable (not
// reachable), Invalid (no Kaft there, or no bundle for this code), TooLarge,
// TooMany (WaitOf says how long).
func (c *Client) Open(ctx context.Context, address string, ask Ask) (*Delivery, error) {
	ask.Format, ask.Version = Format, Version
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	d := &Delivery{ctx: ctx, client: c, address: address, ask: body}
	return d, d.connect()
}

// host is how a sentence names an address.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// connect asks for the rest of the bundle: all of it at first.
func (d *Delivery) connect() error {
	req, err := http.NewRequestWithContext(d.ctx, http.MethodPost, d.address+Path, bytes.NewReader(d.ask))
	if err != nil {
		return portfolio.E(portfolio.Invalid, "error.fetch.address")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/zip, application/json")
	if d.at > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.at))
		req.Header.Set("If-Range", d.tag)
	}
	res, err := d.client.do(req)
	if err != nil {
		return &portfolio.Error{Kind: portfolio.Unavailable, Msg: "error.fetch.unreachable", Args: map[string]any{"Host": host(d.address)}, Err: err}
	}
	if err := d.accept(res); err != nil {
		res.Body.Close()
		return err
	}
	d.body = res.Body
	return nil
}

var (
	bundleTag = regexp.MustCompile(`^"[0-9a-f]{64}"$`)
	partOf    = regexp.MustCompile(`^bytes (\d{1,18})-(\d{1,18})/(\d{1,18})$`)
)

// accept looks whether an answer is the bundle, or the rest of it.
func (d *Delivery) accept(res *http.Response) error {
	e := func(kind portfolio.ErrKind, msg string) error {
		return &portfolio.Error{Kind: kind, Msg: msg, Args: map[string]any{"Host": host(d.address)}, Err: errors.New(res.Status)}
	}
	kaft := strings.HasPrefix(res.Header.Get(Header), "1.")
	mediaType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.StatusCode >= 500:
		return e(portfolio.Unavailable, "error.fetch.unreachable")
	case !kaft:
		return e(portfolio.Invalid, "error.fetch.not_kaft")
	case res.StatusCode == http.StatusNotFound:
		return e(portfolio.Invalid, "error.fetch.code")
	case res.StatusCode == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		return portfolio.Wait(time.Duration(min(max(seconds, 1), 3600)-1) * time.Second) // it says one more
	case mediaType != "application/zip" || !bundleTag.MatchString(res.Header.Get("ETag")):
		return e(portfolio.Invalid, "error.fetch.not_kaft")
	}
	if d.at == 0 {
		return d.begin(res, e)
	}
	part := partOf.FindStringSubmatch(res.Header.Get("Content-Range"))
	if res.StatusCode != http.StatusPartialContent || res.Header.Get("ETag") != d.tag || part == nil ||
		part[1] != strconv.FormatInt(d.at, 10) || part[2] != strconv.FormatInt(d.Size-1, 10) || part[3] != strconv.FormatInt(d.Size, 10) {
		return e(portfolio.Invalid, "error.fetch.other")
	}
	return nil
}

// begin notes what the whole of the bundle is.
func (d *Delivery) begin(res *http.Response, e func(portfolio.ErrKind, string) error) error {
	switch {
	case res.StatusCode != http.StatusOK || res.ContentLength <= 0:
		return e(portfolio.Invalid, "error.fetch.not_kaft")
	case res.ContentLength > portfolio.MaxBundle:
		return portfolio.E(portfolio.TooLarge, "error.bundle.large", "Max", int64(portfolio.MaxBundle))
	case d.Size > 0 && (d.Size != res.ContentLength || d.tag != res.Header.Get("ETag")):
		return e(portfolio.Invalid, "error.fetch.other")
	}
	d.Size, d.tag, d.Name = res.ContentLength, res.Header.Get("ETag"), "overstappakket.zip"
	if _, about, err := mime.ParseMediaType(res.Header.Get("Content-Disposition")); err == nil && about["filename"] != "" {
		d.Name = about["filename"]
	}
	return nil
}
