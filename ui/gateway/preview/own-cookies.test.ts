import { describe, expect, test } from "vitest";
import { ownHostCookie, withoutOwnCookies } from "./own-cookies.ts";

describe("withoutOwnCookies", () => {
  test.each([
    ["a=1; superos-preview=secret; b=2", "a=1; b=2"],
    ["__Host-superos-preview=secret", undefined],
    ["superos_7070=secret; a=1", "a=1"],
    ["a=1;superos-preview=secret;superos-preview=again", "a=1"],
    ["SUPEROS-PREVIEW=secret; =superos-preview=secret; superos-preview", undefined],
    ["xsuperos-preview=1; superos=2; superos_=3", "xsuperos-preview=1; superos=2; superos_=3"],
    ['a="x; y"; b', 'a="x; y"; b'],
    ["", undefined],
    [" ; ;", undefined],
  ])("of %j is left %j", (header, left) => expect(withoutOwnCookies(header)).toBe(left));
});

describe("ownHostCookie", () => {
  test.each([
    ["sid=1; Path=/; HttpOnly", "sid=1; Path=/; HttpOnly"],
    ["sid=1; Domain=example.org; Path=/", "sid=1; Path=/"],
    ["sid=1;DOMAIN = .localhost;domain; Secure", "sid=1; Secure"],
    ["sid=domain=x; Max-Age=1", "sid=domain=x; Max-Age=1"],
    ["superos-preview=x; Path=/", undefined],
    ["__HOST-superos-preview=x", undefined],
    [" superos-preview =x", undefined],
    ["=superos-preview=x", undefined],
    ["superos_7070=x", undefined],
  ])("%j becomes %j", (header, becomes) => expect(ownHostCookie(header)).toBe(becomes));
});
