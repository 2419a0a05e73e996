import { describe, expect, test } from "vitest";
import { allowedImagesSchema } from "./allowed-images.ts";

describe("the images that may be used", () => {
  test("are none where nothing is named", () => {
    expect(allowedImagesSchema.parse("")).toEqual([]);
  });

  test("are references in their canonical spelling, and every image of a name", () => {
    expect(allowedImagesSchema.parse("debian,ghcr.io/team/tool:*")).toEqual(["debian:latest", "ghcr.io/team/tool:*"]);
  });

  test.each(["*", "debian:12,", "debian 12", "Debian", "a@sha256:0f", "debian,debian:latest"])(
    "are not what %j says: it is refused, as a whole",
    (text) => {
      expect(allowedImagesSchema.safeParse(text).success).toBe(false);
    },
  );

  test("are at most 32", () => {
    const many = (count: number): string => Array.from({ length: count }, (_, index) => `a:${index}`).join(",");
    expect(allowedImagesSchema.safeParse(many(32)).success).toBe(true);
    expect(allowedImagesSchema.safeParse(many(33)).success).toBe(false);
  });
});
