import { expect, test } from "vitest";
import { parseCapability } from "../../../kernel/abi/index.ts";
import { permissionTexts, switched } from "./permissions.ts";

test("writing is never held without reading", () => {
  expect([...switched(new Set(), "FS_WRITE", true)].toSorted()).toEqual(["FS_READ", "FS_WRITE"]);
  expect([...switched(new Set(["FS_READ", "FS_WRITE"]), "FS_READ", false)]).toEqual([]);
  expect([...switched(new Set(["FS_READ", "FS_WRITE"]), "FS_WRITE", false)]).toEqual(["FS_READ"]);
});

test("every right that is offered is a capability of the kernel", () => {
  for (const { capability } of Object.values(permissionTexts)) expect(() => parseCapability(capability)).not.toThrow();
});
