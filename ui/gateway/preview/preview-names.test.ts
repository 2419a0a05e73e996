import { describe, expect, test } from "vitest";
import { pidSchema } from "../../../kernel/abi/index.ts";
import { PreviewNames } from "./preview-names.ts";

const local = new PreviewNames(7070);
const proxied = new PreviewNames(7070, "https://preview.example.org");
const target = { pid: pidSchema.parse(12), port: 8080 };

describe("PreviewNames", () => {
  test("a port of a process has an origin of its own", () => {
    expect(local.originOf(target)).toBe("http://p12-8080.localhost:7070");
    expect(proxied.originOf(target)).toBe("https://p12-8080.preview.example.org");
    expect(local.find("p12-8080.localhost:7070")).toEqual(target);
    expect(proxied.find("p12-8080.preview.example.org")).toEqual(target);
  });

  test("names know no case", () => expect(local.find("P12-8080.LocalHost:7070")).toEqual(target));

  test("at port 80 browsers leave the port out", () => {
    expect(new PreviewNames(80).originOf(target)).toBe("http://p12-8080.localhost");
    expect(new PreviewNames(80).find("p12-8080.localhost")).toEqual(target);
  });

  test.each([
    undefined,
    "",
    "localhost:7070",
    "127.0.0.1:7070",
    "p12-8080.localhost",
    "p12-8080.localhost:7071",
    "p12-8080.localhost.:7070",
    "p12-8080..localhost:7070",
    ".p12-8080.localhost:7070",
    "x.p12-8080.localhost:7070",
    "p12-8080.localhost:7070.evil.example",
    "p12-8080.evil.example:7070",
    "p12-8080.preview.example.org",
    "p012-8080.localhost:7070",
    "p12-08080.localhost:7070",
    "p0-8080.localhost:7070",
    "p12-0.localhost:7070",
    "p12-65536.localhost:7070",
    "p12.localhost:7070",
    "p12-8080-1.localhost:7070",
    "p9999999999999999-80.localhost:7070",
    "p+12-8080.localhost:7070",
    "p12-8080.localhost:7070@evil.example",
  ])("%s is not the name of a preview", (host) => expect(local.find(host)).toBeUndefined());

  test("only behind TLS is the cookie bound to its host by its name", () => {
    expect([local.cookieName, proxied.cookieName]).toEqual(["superos-preview", "__Host-superos-preview"]);
  });
});
