import type { RuntimeView } from "../../../kernel/abi/index.ts";

/** What is said of a runtime in words. Pure. */
export const stateText: Readonly<Record<RuntimeView["state"], string>> = {
  missing: "not built yet",
  building: "building",
  ready: "ready",
  failed: "build failed",
  unavailable: "not available here",
};

/** What a person can do about its image, if anything. */
export const imageAction: Readonly<Record<RuntimeView["state"], string | null>> = {
  missing: "Build",
  building: null,
  ready: null,
  failed: "Try again",
  unavailable: "Try again",
};

/** The files and build files that it knows, each once. */
export function runsText({ files, projects }: RuntimeView): string {
  const names = [...files.flatMap(({ endings }) => endings), ...projects.map(({ marker }) => marker)];
  return [...new Set(names)].join(" ");
}
