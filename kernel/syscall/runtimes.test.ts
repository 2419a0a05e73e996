import { expect, test } from "vitest";
import { formatCapability, runtimeManifestSchema } from "../abi/index.ts";
import type { RuntimeState } from "../docker/images.ts";
import { Runtimes } from "./runtimes.ts";

const build = { argv: ["cc", "{file}"], table: ["CPU:2", "MEM:2Gi"] };
const manifest = runtimeManifestSchema.parse({
  name: "c",
  title: "C",
  version: ["cc", "--version"],
  files: [{ endings: [".c"], build, sources: ["*.c"], run: ["{out}/program"] }],
  projects: [{ marker: "Makefile", build, sources: ["*.c"], run: ["{out}/program"] }],
  errors: ["gcc"],
  quotas: ["CPU:1.5", "MEM:64Mi", "PIDS:8", "TIME:1m", "OUT:1Mi"],
});
const image = { id: "sha256:00", version: "14", bytes: 1 };
const state: RuntimeState = { manifest, image, progress: undefined, problem: undefined };

const runtimesWith = (cores: number): Runtimes =>
  new Runtimes({ all: [state], get: () => state, has: () => true, provide: async () => image }, cores);

test.each([
  [1, "CPU:1", "CPU:1"],
  [2, "CPU:1.5", "CPU:2"],
  [16, "CPU:1.5", "CPU:2"],
])("a runtime on a machine of %i cores gets %s, and its builds %s", (cores, ofRun, ofBuild) => {
  const runtimes = runtimesWith(cores);
  expect(runtimes.get(manifest.name).manifest.quotas.map(formatCapability)).toContain(ofRun);
  const [view] = runtimes.views();
  expect(view?.quotas).toEqual([ofRun, "MEM:64Mi", "PIDS:8", "TIME:1m", "OUT:1Mi"]);
  for (const recipe of [view?.files[0], view?.projects[0]]) expect(recipe?.build?.table).toEqual([ofBuild, "MEM:2Gi"]);
});
