import type { IncomingMessage } from "node:http";
import { Fault } from "../../../kernel/abi/index.ts";
import { ownHostCookie, withoutOwnCookies } from "./own-cookies.ts";
import type { PreviewNames } from "./preview-names.ts";

/**
 * What of a message's head passes between a browser and a program.
 *
 * What belongs to one connection stays on it (RFC 9110, 7.6.1); how a body is delimited is said anew for each side and
 * never copied, so that the two sides cannot read a message differently; what is the gateway's own never passes. All
 * else goes through as it was written: order, case, repetitions.
 */

/** Name, value, name, value: as Node has them of a message, and takes them for one. */
export type RawHeaders = readonly string[];

type Pair = readonly [name: string, value: string];

const connectionHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Said anew by the gateway, or its own. */
const replacedHeaders = /^(content-length|forwarded|x-forwarded-.*|x-real-ip|superos-.*|x-superos-.*)$/;
const apiToken = /\bsos_[A-Za-z0-9_-]{43}\b/;

function pairsOf(raw: RawHeaders): Pair[] {
  const pairs: Pair[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return pairs;
}

/** Those that are not of one connection, or named by it to be. */
function endToEnd(raw: RawHeaders): Pair[] {
  const pairs = pairsOf(raw);
  const named = pairs.flatMap(([name, value]) => (name.toLowerCase() === "connection" ? value.split(",") : []));
  const dropped = new Set([...connectionHeaders, ...named.map((name) => name.trim().toLowerCase())]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase()) || name.toLowerCase() === "host");
}

/** Faults: `unsupported` for a body that came in another coding than chunks, which would be lost with its header. */
function requireChunksAlone(message: IncomingMessage): void {
  const coding = message.headers["transfer-encoding"];
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked")
    throw new Fault("unsupported", `the transfer coding ${JSON.stringify(coding)} is not supported`);
}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

const withoutBody = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "DELETE"]);

function bodyHeaders(request: IncomingMessage): Pair[] {
  const { headers, method = "" } = request;
  if (headers["transfer-encoding"] !== undefined) return [["Transfer-Encoding", "chunked"]];
  const length = headers["content-length"] ?? (withoutBody.has(method) ? undefined : "0");
  return length === undefined ? [] : [["Content-Length", length]];
}

function forwardedHeaders(request: IncomingMessage, names: PreviewNames): Pair[] {
  const peer = request.socket.remoteAddress ?? "unknown";
  const before = request.headers["x-forwarded-for"];
  return [
    // Only a proxy of ours is believed in what it says of who asked before it.
    ["X-Forwarded-For", names.isPublic && before !== undefined ? `${String(before)}, ${peer}` : peer],
    ["X-Forwarded-Proto", names.scheme],
    ["X-Forwarded-Host", request.headers.host ?? ""],
  ];
}

/** A browser's request as the program gets it. `upgrade` is the protocol that it asks to go over to. */
export function requestHeaders(request: IncomingMessage, names: PreviewNames, upgrade?: string): RawHeaders {
  requireChunksAlone(request);
  const passed = endToEnd(request.rawHeaders).flatMap(([name, value]): Pair[] => {
    const lower = name.toLowerCase();
    if (replacedHeaders.test(lower) || (lower === "authorization" && apiToken.test(value))) return [];
    if (lower !== "cookie") return [[name, value]];
    const cookies = withoutOwnCookies(value);
    return cookies === undefined ? [] : [[name, cookies]];
  });
  const connection: Pair[] =
    upgrade === undefined
      ? bodyHeaders(request)
      : [
          ["Connection", "Upgrade"],
          ["Upgrade", upgrade],
        ];
  return [...passed, ...forwardedHeaders(request, names), ...connection].flat();
}

/** A program's reply as the browser gets it. */
export function replyHeaders(reply: IncomingMessage): RawHeaders {
  requireChunksAlone(reply);
  const passed = endToEnd(reply.rawHeaders).flatMap(([name, value]): Pair[] => {
    const lower = name.toLowerCase();
    if (lower === "origin-agent-cluster" || (lower === "content-length" && reply.statusCode === 204)) return [];
    if (lower !== "set-cookie") return [[name, value]];
    const cookie = ownHostCookie(value);
    return cookie === undefined ? [] : [[name, cookie]];
  });
  // Previews below one name must not be able to call themselves one origin by setting `document.domain`.
  return [...passed, ["Origin-Agent-Cluster", "?1"]].flat();
}

/** The trailers of a chunked message, those left out that mean something in a head. */
export function trailersOf({ rawTrailers }: IncomingMessage): [string, string][] {
  return endToEnd(rawTrailers)
    .filter(([name]) => !/^(content-length|host|set-cookie|cookie|authorization|trailer)$/i.test(name))
    .map(([name, value]) => [name, value]);
}
