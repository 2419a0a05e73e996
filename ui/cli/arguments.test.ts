import { describe, expect, it } from "vitest";
import { collectCapability, collectVariable, parsePid, parseSignal, parseTimeout } from "./arguments.ts";

describe("arguments", () => {
  it("take NAME=VALUE with anything in the value, and NAME alone from the caller's own environment", () => {
    expect(collectVariable("A=b=c", {}, {})).toEqual({ A: "b=c" });
    expect(collectVariable("A=", { B: "1" }, {})).toEqual({ B: "1", A: "" });
    expect(collectVariable("HOME", {}, { HOME: "/root" })).toEqual({ HOME: "/root" });
    expect(() => collectVariable("NOPE", {}, {})).toThrow("NOPE is not set here");
    expect(() => collectVariable("1A=2", {}, {})).toThrow("letters, digits");
    expect(() => collectVariable("=x", {}, {})).toThrow("letters, digits");
  });

  it("refuse a capability that cannot be one before anything is sent, with how it is written", () => {
    expect(collectCapability("MEM:1Gi", ["CPU:1"])).toEqual(["CPU:1", "MEM:1Gi"]);
    expect(() => collectCapability("NET_BIND:0.0.0.0", [])).toThrow("NET_BIND:localhost[:port]");
  });

  it("take a timeout in seconds or with a unit", () => {
    expect([parseTimeout("90"), parseTimeout("0.5"), parseTimeout("15m")]).toEqual([90_000, 500, 900_000]);
    expect(() => parseTimeout("0")).toThrow("seconds");
    expect(() => parseTimeout("-1")).toThrow("seconds");
  });

  it("take pids and signals in their usual spellings only", () => {
    expect(parsePid("12")).toBe(12);
    for (const text of ["0", "-1", "1.5", "1e3", "", "x", "99999999999999999999"])
      expect(() => parsePid(text)).toThrow("positive whole number");
    expect([parseSignal("term"), parseSignal("SIGKILL"), parseSignal("2")]).toEqual(["SIGTERM", "SIGKILL", "SIGINT"]);
    expect(() => parseSignal("SIGNOPE")).toThrow("SIGTERM, TERM or 15");
  });
});
