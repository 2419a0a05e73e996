import { Fault, isAddress } from "../kernel/abi/index.ts";

/**
 * Where a request wants to go, read from what a process wrote.
 *
 * A `Target` holds a host in its one canonical spelling: a name in lower-case ASCII without a trailing dot, or an IPv4
 * address. Every other spelling of an address (`0x7f.1`, `2130706433`) has become the address before anything is
 * compared. What is not understood is refused, never repaired. Pure.
 */

export interface Target {
  host: string;
  port: number;
}

/** A request in absolute form: where to, and what to ask there. */
export interface AbsoluteTarget {
  target: Target;
  /** The request-target in origin form, byte for byte as the process wrote it. */
  path: string;
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What cuts a URL's host short, changes its meaning, or is taken out of it in silence. */
const unfitForHost = /[\x00-\x20\x7f/\\?#@:[\]]/;

const invalid = (message: string, hint: string): Fault => new Fault("invalid", message, { hint });

/** Faults: `invalid`. */
export function parseHost(text: string): string {
  const hint = "A host is a name of letters, digits, dashes and dots, or an IPv4 address.";
  if (text === "" || text.length > 1024 || unfitForHost.test(text)) throw invalid("not a host", hint);
  const parsed = URL.parse(`http://${text}/`)?.hostname ?? "";
  const host = parsed.endsWith(".") ? parsed.slice(0, -1) : parsed;
  const isName = host.length <= 253 && host.split(".").every((part) => label.test(part));
  if (!isName) throw invalid("not a host", hint);
  // A name that a resolver would take for an address must have become that address above.
  const last = host.slice(host.lastIndexOf(".") + 1);
  if (!isAddress(host) && /^(\d+|0x[0-9a-f]*)$/.test(last)) throw invalid("not a host", hint);
  return host;
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw invalid("not a port", "A port is a number from 1 to 65535.");
  return port;
}

function parseAuthority(text: string, defaultPort: number | undefined): Target {
  if (text.includes("@"))
    throw invalid("a target names no user", "Send credentials in a header of the request itself.");
  if (text.startsWith("[")) {
    throw invalid("an IPv6 address is not reached by its literal", "Name the host, or its IPv4 address.");
  }
  const colon = text.indexOf(":");
  if (colon !== -1) return { host: parseHost(text.slice(0, colon)), port: parsePort(text.slice(colon + 1)) };
  if (defaultPort === undefined) throw invalid("a tunnel needs a port", "It is written CONNECT host:port.");
  return { host: parseHost(text), port: defaultPort };
}

/** The target of `CONNECT`: authority form, host and port (RFC 9110, 9.3.6). Faults: `invalid`. */
export function parseTunnelTarget(text: string): Target {
  return parseAuthority(text, undefined);
}

/** The target of any other method: absolute form with `http` (RFC 9112, 3.2.2). Faults: `invalid`. */
export function parseAbsoluteTarget(method: string, text: string): AbsoluteTarget {
  const [, scheme, authority = "", rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) {
    throw invalid("this is a proxy", "Ask it for an absolute http:// address, or for a tunnel with CONNECT.");
  }
  if (scheme.toLowerCase() !== "http") {
    throw invalid(`the proxy does not speak ${scheme.toLowerCase().slice(0, 16)}`, "Ask for a tunnel with CONNECT.");
  }
  if (!/^[\x21\x22\x24-\x7e]*$/.test(rest)) {
    throw invalid(
      "not a request target",
      "Characters outside of ASCII are percent-encoded, and a fragment is not sent.",
    );
  }
  const target = parseAuthority(authority, 80);
  // OPTIONS for a whole server is asked of it with an asterisk (RFC 9112, 3.2.4).
  if (rest === "" && method === "OPTIONS") return { target, path: "*" };
  return { target, path: rest.startsWith("/") ? rest : `/${rest}` };
}
