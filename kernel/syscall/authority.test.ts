import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatCapability, parseCapability } from "../abi/index.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import type { SessionRecord } from "./principal.ts";
import { SampleCore } from "./sample-core.ts";

let core: SampleCore;
let session: SessionRecord;
let entry: ProcessEntry;
let dir: string;
beforeEach(async () => {
  core = new SampleCore();
  session = core.session("alice");
  entry = core.container();
  dir = join(core.home, "relay");
  mkdirSync(dir);
  await core.network.attach(entry.pid, dir);
});
afterEach(async () => {
  core.network.detach(entry.pid);
  await core[Symbol.asyncDispose]();
});

const wanted = { capability: parseCapability("NET_BIND:localhost:80"), delegable: true };
const held = (): string[] => core.slots.held(entry.pid).map(({ capability }) => formatCapability(capability));

test("a granted capability is held, and no longer when it is revoked", async () => {
  const { slot } = await core.authority.grant(session, entry, wanted);
  expect(held()).toEqual(["PROC_SPAWN", "NET_BIND:localhost:80"]);
  await core.authority.revoke(slot);
  expect(held()).toEqual(["PROC_SPAWN"]);
});

test("a grant whose socket cannot be made leaves no slot, and can be made again", async () => {
  rmSync(dir, { recursive: true });
  await expect(core.authority.grant(session, entry, wanted)).rejects.toThrow("ENOENT");
  expect(held()).toEqual(["PROC_SPAWN"]);
  mkdirSync(dir);
  await core.authority.grant(session, entry, wanted);
  expect(held()).toEqual(["PROC_SPAWN", "NET_BIND:localhost:80"]);
});
