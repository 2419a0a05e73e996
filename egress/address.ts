import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/**
 * Which addresses are not somewhere out on the internet: this machine, its networks, its cloud's metadata.
 *
 * Pure. The ranges are those that IANA's special-purpose registries call not globally reachable, the ones that carry an
 * IPv4 address inside, and the platform addresses that clouds serve to their guests. An address that is not understood
 * is special. What may be reached in spite of this is the allow-list's to say, never this module's.
 */

const ranges: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ["0.0.0.0", 8, "this network"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "carrier-grade NAT"],
  ["127.0.0.0", 8, "loopback"],
  ["168.63.129.16", 32, "platform metadata"],
  ["169.254.0.0", 16, "link-local, with the metadata services of clouds"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "IETF protocol assignments"],
  ["192.0.2.0", 24, "documentation"],
  ["192.88.99.0", 24, "6to4 relay"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "benchmarking"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
  ["::", 128, "unspecified"],
  ["::1", 128, "loopback"],
  ["::", 96, "IPv4-compatible"],
  ["::ffff:0:0:0", 96, "IPv4-translated"],
  ["64:ff9b:1::", 48, "local NAT64"],
  ["100::", 64, "discard"],
  ["2001::", 23, "IETF protocol assignments, Teredo among them"],
  ["2001:db8::", 32, "documentation"],
  ["3fff::", 20, "documentation"],
  ["5f00::", 16, "segment routing"],
  ["fc00::", 7, "unique local"],
  ["fe80::", 10, "link-local"],
  ["fec0::", 10, "site-local"],
  ["ff00::", 8, "multicast"],
];

const special = ranges.map(([network, prefix, what]) => {
  const type = isIPv4(network) ? "ipv4" : "ipv6";
  const block = new BlockList();
  block.addSubnet(network, prefix, type);
  return { block, type, what } as const;
});

/** The eight groups of an IPv6 address, or `undefined` where it is none or has a zone. */
function groupsOf(address: string): readonly number[] | undefined {
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const numbers = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const before = numbers(head);
  const after = numbers(tail ?? "");
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join(".");

const startsWith = (groups: readonly number[], prefix: readonly number[]): boolean =>
  prefix.every((group, index) => groups[index] === group);

/** The one spelling of an address, an IPv4-mapped one as its IPv4 address; `undefined` where it is no address. */
export function canonicalAddress(address: string): string | undefined {
  if (isIPv4(address)) return address;
  const groups = groupsOf(address);
  if (groups === undefined) return undefined;
  if (startsWith(groups, [0, 0, 0, 0, 0, 0xffff])) return dotted(groups[6] ?? 0, groups[7] ?? 0);
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

/** Where traffic to an IPv6 address of a transition mechanism really goes: NAT64 (RFC 6052) and 6to4 (RFC 3056). */
function carriedAddress(groups: readonly number[]): string | undefined {
  if (startsWith(groups, [0x64, 0xff9b, 0, 0, 0, 0])) return dotted(groups[6] ?? 0, groups[7] ?? 0);
  if (groups[0] === 0x2002) return dotted(groups[1] ?? 0, groups[2] ?? 0);
  return undefined;
}

/** What kind of special address it is, in words for a person, or `undefined` for one out on the internet. */
export function specialKind(address: string): string | undefined {
  const plain = canonicalAddress(address);
  if (plain === undefined) return "not an address";
  const type = isIP(plain) === 4 ? "ipv4" : "ipv6";
  const carried = carriedAddress(groupsOf(plain) ?? []);
  if (carried !== undefined) {
    const inner = specialKind(carried);
    return inner === undefined ? undefined : `${inner}, carried in IPv6`;
  }
  return special.find((range) => range.type === type && range.block.check(plain, type))?.what;
}
