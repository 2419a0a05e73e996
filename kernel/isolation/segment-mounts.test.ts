import { describe, expect, test } from "vitest";
import { type Capability, parseCapability } from "../abi/index.ts";
import { segmentBinds, segmentMounts } from "./segment-mounts.ts";

const table = (...texts: string[]): Capability[] => texts.map(parseCapability);
const files = new Map(["frames", "audio"].map((name) => [name, `/host/${name}`]));

describe("the segments of a table", () => {
  test("each is bound once, by name, and may be changed only where the table says so", () => {
    const binds = segmentBinds(table("MEM:1Gi", "SHM_MAP:frames:rw", "SHM_MAP:audio"), files);
    expect(binds).toEqual([
      { source: "/host/audio", target: "/run/superos/shm/audio", readOnly: true },
      { source: "/host/frames", target: "/run/superos/shm/frames", readOnly: false },
    ]);
  });

  test("of two modes of one segment the one that allows more holds, in either order", () => {
    for (const modes of [
      ["ro", "rw"],
      ["rw", "ro"],
    ]) {
      const mounts = segmentMounts(table(...modes.map((mode) => `SHM_MAP:x:${mode}`)));
      expect(mounts).toEqual([{ segment: "x", write: true }]);
    }
  });

  test("a wildcard shows none", () => {
    const all: Capability = { kind: "SHM_MAP", segment: "*", mode: "rw" };
    expect(segmentMounts([all, ...table("SHM_MAP:x")])).toEqual([{ segment: "x", write: false }]);
  });

  test("none is left out because nobody said where it lies", () => {
    expect(() => segmentBinds(table("SHM_MAP:x"), files)).toThrow("segment x");
    expect(segmentBinds(table("MEM:1Gi"), files)).toEqual([]);
  });
});
