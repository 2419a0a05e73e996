/**
 * Keeps the gateway's cookies and a program's apart, in both directions.
 *
 * No program ever reads a cookie of the gateway's, sets one, or sets any for another host than its own preview's.
 */

const own = /^(__host-)?superos-preview$|^superos_\d{1,5}$/i;

/** A pair without a name is sent back by browsers as its value alone, which may look like a pair again. */
const nameOf = (pair: string): string => /^[\s=]*([^=]*)/.exec(pair)?.[1]?.trim() ?? "";

/** The `Cookie` header without the gateway's; `undefined` where nothing is left. */
export function withoutOwnCookies(header: string): string | undefined {
  const pairs = header.split(";").filter((pair) => pair.trim() !== "" && !own.test(nameOf(pair)));
  return pairs.length === 0 ? undefined : pairs.map((pair) => pair.trim()).join("; ");
}

/** A program's `Set-Cookie` for its own host alone; `undefined` where it names a cookie of the gateway's. */
export function ownHostCookie(header: string): string | undefined {
  const [pair = "", ...attributes] = header.split(";");
  if (own.test(nameOf(pair))) return undefined;
  return [pair, ...attributes.filter((attribute) => !/^\s*domain\s*(=|$)/i.test(attribute))].join(";");
}
