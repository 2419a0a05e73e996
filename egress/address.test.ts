import { describe, expect, test } from "vitest";
import { canonicalAddress, specialKind } from "./address.ts";

const special: readonly (readonly [address: string, kind: RegExp])[] = [
  ["0.0.0.0", /this network/],
  ["0.1.2.3", /this network/],
  ["10.0.0.0", /private/],
  ["10.255.255.255", /private/],
  ["100.64.0.1", /carrier-grade/],
  ["100.100.100.200", /carrier-grade/],
  ["100.127.255.255", /carrier-grade/],
  ["127.0.0.1", /loopback/],
  ["127.255.255.254", /loopback/],
  ["168.63.129.16", /metadata/],
  ["169.254.0.1", /link-local/],
  ["169.254.169.254", /metadata/],
  ["172.16.0.1", /private/],
  ["172.31.255.255", /private/],
  ["192.0.0.192", /IETF/],
  ["192.0.2.1", /documentation/],
  ["192.88.99.1", /6to4/],
  ["192.168.1.1", /private/],
  ["198.18.0.1", /benchmark/],
  ["198.19.255.255", /benchmark/],
  ["198.51.100.7", /documentation/],
  ["203.0.113.7", /documentation/],
  ["224.0.0.1", /multicast/],
  ["239.255.255.250", /multicast/],
  ["240.0.0.1", /reserved/],
  ["255.255.255.255", /reserved/],
  ["::", /unspecified/],
  ["::1", /loopback/],
  ["0:0:0:0:0:0:0:1", /loopback/],
  ["::127.0.0.1", /IPv4-compatible/],
  ["::ffff:127.0.0.1", /loopback/],
  ["::ffff:7f00:1", /loopback/],
  ["::FFFF:169.254.169.254", /metadata/],
  ["::ffff:0:127.0.0.1", /translated/],
  ["64:ff9b::10.0.0.1", /private, carried in IPv6/],
  ["64:ff9b::a9fe:a9fe", /metadata.*carried/],
  ["64:ff9b:1::1", /NAT64/],
  ["100::1", /discard/],
  ["2001::1", /Teredo/],
  ["2001:0:7f00:1::", /Teredo/],
  ["2001:db8::1", /documentation/],
  ["2002:7f00:1::", /loopback, carried/],
  ["2002:c0a8:101::1", /private, carried/],
  ["3fff::1", /documentation/],
  ["fc00::1", /unique local/],
  ["fd00:ec2::254", /unique local/],
  ["fe80::1", /link-local/],
  ["febf::1", /link-local/],
  ["fec0::1", /site-local/],
  ["ff02::1", /multicast/],
  ["fe80::1%eth0", /not an address/],
  ["::ffff:8.8.8.8%lo", /not an address/],
  ["127.1", /not an address/],
  ["example.org", /not an address/],
  ["", /not an address/],
];

const ordinary = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.1",
  "100.63.255.255",
  "100.128.0.1",
  "126.255.255.255",
  "128.0.0.1",
  "168.63.129.17",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.1",
  "192.0.1.1",
  "192.167.255.255",
  "198.17.255.255",
  "198.20.0.1",
  "223.255.255.255",
  "2606:4700::6810:123",
  "2a00:1450:4001:81b::200e",
  "2001:4860:4860::8888",
  "64:ff9b::8.8.8.8",
  "2002:808:808::1",
  "::ffff:8.8.8.8",
];

describe("which addresses are special", () => {
  test.each(special)("%s is, and why is said", (address, kind) => {
    expect(specialKind(address)).toMatch(kind);
  });

  test.each(ordinary)("%s is out on the internet", (address) => {
    expect(specialKind(address)).toBeUndefined();
  });
});

test("an address has one spelling, and a mapped one is its IPv4 address", () => {
  expect(canonicalAddress("10.0.0.5")).toBe("10.0.0.5");
  expect(canonicalAddress("::ffff:10.0.0.5")).toBe("10.0.0.5");
  expect(canonicalAddress("0:0:0:0:0:FFFF:0A00:0005")).toBe("10.0.0.5");
  expect(canonicalAddress("2001:DB8:0:0::1")).toBe("2001:db8::1");
  expect(canonicalAddress("fe80::1%lo")).toBeUndefined();
  expect(canonicalAddress("10.0.0.05")).toBeUndefined();
});
