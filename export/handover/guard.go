package handover

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
)

// The addresses that are never gone to, besides what netip knows for private,
// loopback, link-local, multicast and unspecified: IANA's registries of
// special-purpose addresses (IPv4 and IPv6, RFC 6890 and later), ways to write
// an IPv4 address in an IPv6 one, and addresses at which a cloud tells its
// machines their secrets that look like anybody's.
var closed = prefixes(`
	0.0.0.0/8 100.64.0.0/10 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24
	198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4
	168.63.129.16/32
	::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fec0::/10
`)

func prefixes(list string) (out []netip.Prefix) {
	for _, s := range strings.Fields(list) {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// public tells whether an address is one that anybody on the internet reaches.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range closed {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

func onLoopback(ip netip.Addr) bool { return ip.Unmap().IsLoopback() }

// guard refuses a connection by the address it really goes to: after the name
// was looked up, so that no name server can say one thing first and another
// later.
func guard(allowed func(netip.Addr) bool) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" || !allowed(at.Addr()) {
			return fmt.Errorf("%s %s is not gone to", network, address)
		}
		return nil
	}
}
