import { describe, expect, test } from "vitest";
import { handleSchema, pidSchema } from "../../../kernel/abi/index.ts";
import { Entrances, type OpenPreview } from "./entrances.ts";
import { PreviewNames } from "./preview-names.ts";
import { Tickets } from "./tickets.ts";

const preview = { handle: handleSchema.parse("h".repeat(43)), pid: pidSchema.parse(12), port: 8080 };
const entrancesOf = (names: PreviewNames): Entrances =>
  new Entrances(names, new Tickets<OpenPreview>({ now: () => 0, random: () => "T", lifeMs: 1, limit: 9 }));
const local = entrancesOf(new PreviewNames(7070));

describe("Entrances", () => {
  test("the address has a ticket and not the handle", () => {
    expect(local.open(preview, "http://127.0.0.1:7070")).toBe("http://p12-8080.localhost:7070/.superos/enter?ticket=T");
    expect(local.enter("T", preview)).toEqual(preview);
  });

  test.each([
    { ...preview, pid: pidSchema.parse(13) },
    { ...preview, port: 8081 },
  ])("a ticket that is shown at another preview is used up there", (other) => {
    local.open(preview, "http://localhost:7070");
    expect(local.enter("T", other)).toBeUndefined();
    expect(local.enter("T", preview)).toBeUndefined();
  });

  test("who comes through a proxy is not sent to their own machine", () => {
    for (const askedAt of ["https://superos.example.org", "http://localhost.example.org", undefined])
      expect(() => local.open(preview, askedAt)).toThrow(expect.objectContaining({ code: "unsupported" }));
    const proxied = entrancesOf(new PreviewNames(7070, "https://preview.example.org"));
    expect(proxied.open(preview, "https://superos.example.org")).toMatch(
      /^https:\/\/p12-8080\.preview\.example\.org\//,
    );
  });
});
