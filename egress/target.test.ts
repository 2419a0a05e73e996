import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/abi/index.ts";
import { parseAbsoluteTarget, parseHost, parseTunnelTarget } from "./target.ts";

const codeOf = (work: () => unknown): string => {
  try {
    return `accepted: ${JSON.stringify(work())}`;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
};

describe("a host", () => {
  test.each([
    ["example.org", "example.org"],
    ["EXAMPLE.Org", "example.org"],
    ["example.org.", "example.org"],
    ["db", "db"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["ex%61mple.org", "example.org"],
    ["10.0.0.5", "10.0.0.5"],
    ["0x7f.1", "127.0.0.1"],
    ["0x7f000001", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["017700000001", "127.0.0.1"],
    ["0177.0.0.01", "127.0.0.1"],
    ["127.1", "127.0.0.1"],
    ["127.0.0.1.", "127.0.0.1"],
    ["0", "0.0.0.0"],
    ["%31%32%37.1", "127.0.0.1"],
    ["１２７.0.0.1", "127.0.0.1"],
    ["①②⑦.0.0.1", "127.0.0.1"],
  ])("%s is %s", (text, host) => {
    expect(parseHost(text)).toBe(host);
  });

  test.each([
    "",
    ".",
    "..",
    "a..b",
    ".a",
    "1.2.3.4..",
    "-a.org",
    "a-.org",
    "a_b.org",
    "a b",
    "a\tb",
    "a\r\nb",
    "a\0b",
    "a/b",
    "a\\b",
    "a?b",
    "a#b",
    "a@b",
    "a:b",
    "[::1]",
    "::1",
    "a%00b",
    "a%2fb",
    "*",
    "*.example.org",
    "1.2.3.256",
    "1.2.3.4.5",
    "foo.0x4",
    "foo.1",
    "4294967296",
    "a".repeat(64),
    `${"a.".repeat(127)}a`,
    "a".repeat(100_000),
  ])("%j is none", (text) => {
    expect(codeOf(() => parseHost(text))).toBe("invalid");
  });
});

describe("the target of a tunnel", () => {
  test("is a host and a port", () => {
    expect(parseTunnelTarget("Example.org:443")).toEqual({ host: "example.org", port: 443 });
    expect(parseTunnelTarget("127.1:08080")).toEqual({ host: "127.0.0.1", port: 8080 });
  });

  test.each([
    "example.org",
    "example.org:",
    "example.org:0",
    "example.org:65536",
    "example.org:-1",
    "example.org:8e1",
    "example.org:80:80",
    "user@example.org:80",
    "user:pass@example.org:80",
    "[::1]:80",
    "[::ffff:127.0.0.1]:80",
    "http://example.org:80",
    "example.org:80/",
    "*:80",
    ":80",
    "/",
  ])("%j is none", (text) => {
    expect(codeOf(() => parseTunnelTarget(text))).toBe("invalid");
  });
});

describe("the target of a request", () => {
  test.each([
    ["GET", "http://example.org", "example.org", 80, "/"],
    ["GET", "http://example.org/", "example.org", 80, "/"],
    ["GET", "HTTP://EXAMPLE.ORG:8080/A?b=C", "example.org", 8080, "/A?b=C"],
    ["GET", "http://example.org?q", "example.org", 80, "/?q"],
    ["GET", "http://example.org//x/../y", "example.org", 80, "//x/../y"],
    ["GET", "http://example.org/a@b:c", "example.org", 80, "/a@b:c"],
    ["OPTIONS", "http://example.org", "example.org", 80, "*"],
    ["OPTIONS", "http://example.org/", "example.org", 80, "/"],
  ])("%s %s", (...[method, text, host, port, path]) => {
    expect(parseAbsoluteTarget(method, text)).toEqual({ target: { host, port }, path });
  });

  test.each([
    "/",
    "*",
    "example.org:80",
    "//example.org/",
    "https://example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "http:/example.org/",
    "http:example.org",
    "http:///path",
    "http://",
    "http://user@example.org/",
    "http://user:pass@example.org/",
    "http://example.org@127.0.0.1/",
    "http://example.org\\@127.0.0.1/",
    "http://127.0.0.1:80\\@example.org/",
    "http://example.org#@127.0.0.1/",
    "http://example.org/#fragment",
    "http://example.org/a b",
    "http://example.org/\r\nHost: x",
    "http://example.org/\u00e9",
    "http://[::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://example.org:/",
    "http://example.org:80:80/",
    "http://exam\tple.org/",
  ])("%j is refused", (text) => {
    expect(codeOf(() => parseAbsoluteTarget("GET", text))).toBe("invalid");
  });
});
