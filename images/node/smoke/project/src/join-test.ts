import { strictEqual } from "node:assert";
import { test } from "node:test";
import { join } from "./join.ts";

test("words are joined by a plus", () => {
  strictEqual(join(["a", "b"]), "a+b");
});
