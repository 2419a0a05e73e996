import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const images = join(import.meta.dirname, "../..");

/** A build sees its own folder alone, so what both images need is there twice. */
describe("the images node and web", () => {
  test.each(["lib/build-package.mts", "tools/package.json", "tools/package-lock.json", "tools/segment.c"])(
    "have the same %s",
    (path) => {
      expect(readFileSync(join(images, "web", path), "utf8")).toBe(readFileSync(join(images, "node", path), "utf8"));
    },
  );

  test("begin with the same layers", () => {
    const [node = "", web = ""] = ["node", "web"].map((name) => {
      const [shared = ""] = readFileSync(join(images, name, "Dockerfile"), "utf8").split("COPY lib");
      return shared;
    });
    expect(web).toBe(node);
  });
});
