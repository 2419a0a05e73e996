import { describe, expect, test } from "vitest";
import { Site } from "./site.ts";

const site = new Site(7070, "https://superos.example.org");

describe("Site", () => {
  test.each(["127.0.0.1:7070", "localhost:7070", "LOCALHOST:7070", "[::1]:7070", "superos.example.org"])(
    "answers to %s",
    (host) => expect(site.isOwnHost(host)).toBe(true),
  );

  test.each([
    undefined,
    "",
    "127.0.0.1",
    "127.0.0.1:7071",
    "evil.example:7070",
    "localhost.evil.example:7070",
    "0.0.0.0:7070",
  ])("does not answer to %s", (host) => expect(site.isOwnHost(host)).toBe(false));

  test("an origin is ours only under its own name", () => {
    expect(site.isOwnOrigin("127.0.0.1:7070", "http://127.0.0.1:7070")).toBe(true);
    expect(site.isOwnOrigin("superos.example.org", "https://superos.example.org")).toBe(true);
    expect(site.isOwnOrigin("127.0.0.1:7070", "http://127.0.0.1:9999")).toBe(false);
    expect(site.isOwnOrigin("127.0.0.1:7070", "https://superos.example.org")).toBe(false);
    expect(site.isOwnOrigin("127.0.0.1:7070", "null")).toBe(false);
  });

  test("only a name behind TLS has a secure cookie", () => {
    expect(site.isSecure("superos.example.org")).toBe(true);
    expect(site.isSecure("127.0.0.1:7070")).toBe(false);
  });

  test("at port 80 the port may be left out", () => {
    const plain = new Site(80);
    expect(plain.isOwnHost("localhost")).toBe(true);
    expect(plain.isOwnOrigin("localhost:80", "http://localhost")).toBe(true);
  });
});
