import type { Target } from "./target.ts";

/**
 * Which headers pass through the proxy: those that are for the other end (RFC 9110, 7.6.1).
 *
 * What concerns one connection alone is taken out, and so is what a `Connection` header names. How a message is framed
 * and which host it is for is never taken over from what was sent: the proxy writes both itself, from what it parsed.
 * Lists are flat, name and value in turn, with their spelling, order and repetitions. Pure.
 */

const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** How a request's body is delimited. */
export type Framing = { kind: "none" } | { kind: "chunked" } | { kind: "length"; value: string };

const via = "1.1 superos";

function pairs(raw: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""] as const] : []));
}

function endToEnd(raw: readonly string[], without: readonly string[]): string[] {
  const all = pairs(raw);
  const named = all
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(",").map((each) => each.trim().toLowerCase()));
  const gone = new Set([...hopByHop, ...without, ...named]);
  return all.filter(([name]) => !gone.has(name.toLowerCase())).flat();
}

/** The headers of a request as it goes out. */
export function requestHeaders(raw: readonly string[], target: Target, framing: Framing): string[] {
  const host = target.port === 80 ? target.host : `${target.host}:${target.port}`;
  const head = ["Host", host, ...endToEnd(raw, ["host", "content-length"]), "Via", via, "Connection", "close"];
  switch (framing.kind) {
    case "none":
      return head;
    case "chunked":
      return [...head, "Transfer-Encoding", "chunked"];
    case "length":
      return [...head, "Content-Length", framing.value];
    default:
      return framing satisfies never;
  }
}

/** The headers of a response as it goes to the process; the server that writes it adds what frames it. */
export function responseHeaders(raw: readonly string[]): string[] {
  return [...endToEnd(raw, []), "Via", via];
}
