import { describe, expect, it } from "vitest";
import { PressCounter } from "./signals.ts";

describe("Ctrl-C", () => {
  it("interrupts, then kills, then gives up", () => {
    const counter = new PressCounter();
    expect([0, 1000, 2000, 3000].map((at) => counter.press(at))).toEqual(["SIGINT", "SIGKILL", "give-up", "give-up"]);
  });

  it("is one press when the terminal and a wrapper both deliver it", () => {
    const counter = new PressCounter();
    expect([0, 3, 1000, 1004].map((at) => counter.press(at))).toEqual(["SIGINT", undefined, "SIGKILL", undefined]);
  });
});
