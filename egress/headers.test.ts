import { expect, test } from "vitest";
import { requestHeaders, responseHeaders } from "./headers.ts";

const target = { host: "example.org", port: 8080 };

test("the host of a request is the target's, whatever was sent", () => {
  const headers = requestHeaders(["Host", "evil.org", "HOST", "worse.org"], target, { kind: "none" });
  expect(headers).toEqual(["Host", "example.org:8080", "Via", "1.1 superos", "Connection", "close"]);
  expect(requestHeaders([], { host: "a", port: 80 }, { kind: "none" })[1]).toBe("a");
});

test("what concerns one connection is taken out, and what Connection names", () => {
  const raw = Object.entries({
    Connection: "X-Hop , close",
    "X-Hop": "1",
    "Keep-Alive": "timeout=5",
    "Proxy-Authorization": "Basic c2VjcmV0",
    "Proxy-Connection": "keep-alive",
    TE: "trailers",
    Trailer: "X",
    Upgrade: "websocket",
    connection: "x-two",
    "x-two": "2",
    Accept: "a",
    "X-Two-Not": "b",
    accept: "c",
  }).flat();
  expect(requestHeaders(raw, target, { kind: "none" }).slice(2, -4)).toEqual([
    "Accept",
    "a",
    "X-Two-Not",
    "b",
    "accept",
    "c",
  ]);
  expect(responseHeaders(raw).slice(0, -2)).toEqual(["Accept", "a", "X-Two-Not", "b", "accept", "c"]);
});

test("the framing is what was parsed, also where Connection names it", () => {
  const raw = ["Connection", "content-length, host", "Content-Length", "5", "Transfer-Encoding", "chunked"];
  expect(requestHeaders(raw, target, { kind: "length", value: "5" }).slice(-2)).toEqual(["Content-Length", "5"]);
  const chunked = requestHeaders(raw, target, { kind: "chunked" });
  expect(chunked.slice(-2)).toEqual(["Transfer-Encoding", "chunked"]);
  expect(chunked).not.toContain("Content-Length");
});
