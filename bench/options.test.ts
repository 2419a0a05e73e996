import { describe, expect, it } from "vitest";
import { partNames, readOptions } from "./options.ts";

describe("what is measured", () => {
  it("is everything, or the parts that are named", () => {
    expect(readOptions([])).toEqual({ quick: false, parts: new Set(partNames), json: undefined });
    expect(readOptions(["--quick", "--only", "runtimes,spawn", "--only", "pipes", "--json", "a.json"])).toEqual({
      quick: true,
      parts: new Set(["runtimes", "spawn", "pipes"]),
      json: "a.json",
    });
  });

  it("is nothing where help is asked for", () => {
    expect(readOptions(["--help", "--quick"])).toBeUndefined();
  });

  it("is refused where there is no such part or option", () => {
    expect(() => readOptions(["--only", "runtimes,speed"])).toThrow('no part "speed": spawn, embryos');
    expect(() => readOptions(["--only", ""])).toThrow('no part ""');
    expect(() => readOptions(["--fast"])).toThrow("--fast");
  });
});
