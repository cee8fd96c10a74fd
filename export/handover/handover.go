// Package handover is how one Kaft fetches a bundle from another with a code:
// the words the two use, and the side that fetches. BUNDLE.md describes it.
//
// The address comes from a person, so whoever types it must not get this machine
// to talk to something that only this machine can reach: see guard.go.
package handover

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"kaft/portfolio"
)

// What the two sides call things.
const (
	Path     = "/overdracht"
	KeysPath = "/.well-known/portfolio-keys.json"
	Format   = "schoolportfolio-handover"
	Version  = "1.0"
	Header   = "Kaft-Handover" // with the version, in every answer at Path: here is a Kaft
)

// Ask is what the fetching side sends, as JSON.
type Ask struct {
	Format   string `json:"format"`
	Version  string `json:"formatVersion"`
	Code     string `json:"code"`
	Receipt  string `json:"receipt"`
	School   string `json:"school"`
	Instance string `json:"instance,omitempty"`
}

// Address makes the address of a Kaft of what a person typed: https and a host,
// whatever follows it. http is for a loopback host alone, where that is allowed.
// Error kind: Invalid.
func (c *Client) Address(typed string) (string, error) {
	wrong := portfolio.E(portfolio.Invalid, "error.fetch.address")
	typed = strings.TrimSpace(typed)
	if !strings.Contains(typed, "://") {
		typed = "https://" + typed
	}
	u, err := url.Parse(typed)
	if err != nil || len(typed) > 300 || u.User != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " \t\r\n\\") {
		return "", wrong
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n != 443 && n < 1024 || n > 65535 {
			return "", wrong
		}
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && c.local != nil && loopback(u.Hostname()):
	default:
		return "", wrong
	}
	return u.Scheme + "://" + strings.ToLower(strings.TrimSuffix(u.Host, ":443")), nil
}

// loopback tells whether a host is this machine, by its name alone.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
