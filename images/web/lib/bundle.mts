import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { failedModule, failedSheet } from "./page.mts";

/**
 * Bundling on request: a TypeScript or JSX file, or a style sheet that imports others, becomes one file by esbuild.
 *
 * A bundle is kept until one of the files it was made of changes. Requests for the same one while it is made wait for it.
 */
export interface Bundle {
  body: string;
  /** The compiler's messages, when there is no bundle. */
  problem: string | undefined;
  /** What it was made of, and when that had changed last. */
  inputs: ReadonlyMap<string, number>;
}

const scripts = [".ts", ".mts", ".tsx", ".jsx"];
const asData = ["gif", "jpg", "jpeg", "png", "svg", "webp", "avif", "woff", "woff2", "ttf", "otf", "eot"];

/** Whether a file is bundled, or served as it is. */
export async function isBundled(path: string): Promise<boolean> {
  const ending = extname(path).toLowerCase();
  if (ending === ".css") return /@import\b/.test(await readFile(path, "utf8"));
  return scripts.includes(ending);
}

function esbuild(argv: string[], cwd: string): Promise<string | undefined> {
  const { promise, resolve: done, reject } = Promise.withResolvers<string | undefined>();
  execFile("esbuild", argv, { cwd, maxBuffer: 1 << 24 }, (error, _, messages) => {
    if (error === null) done(undefined);
    else if (typeof error.code === "number") done(messages);
    else reject(error);
  });
  return promise;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** When each of these changed last; those that are not files are left out. */
async function changesOf(paths: Iterable<string>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const path of paths) {
    const known = await stat(path).catch(() => undefined);
    if (known !== undefined) found.set(path, known.mtimeMs);
  }
  return found;
}

/** The files that the compiler complains of. */
const placesIn = (messages: string, root: string): string[] =>
  [...messages.matchAll(/^ {4}(\S.*?):\d+:\d+:$/gm)].map(([, file = ""]) => resolve(root, file));

async function inputsOf(metafile: string, root: string): Promise<Map<string, number>> {
  const meta: unknown = JSON.parse(await readFile(metafile, "utf8"));
  const inputs = isRecord(meta) && isRecord(meta["inputs"]) ? Object.keys(meta["inputs"]) : [];
  return changesOf(inputs.map((input) => resolve(root, input)));
}

async function make(root: string, path: string): Promise<Bundle> {
  const isSheet = extname(path).toLowerCase() === ".css";
  const work = await mkdtemp(join(tmpdir(), "bundle-"));
  const metafile = join(work, "meta.json");
  const outfile = join(work, isSheet ? "out.css" : "out.js");
  try {
    const loaders = asData.map((ending) => `--loader:.${ending}=dataurl`);
    const argv = [
      "--bundle",
      "--format=esm",
      "--sourcemap=inline",
      "--jsx=automatic",
      "--log-level=warning",
      ...loaders,
    ];
    const problem = await esbuild([...argv, `--metafile=${metafile}`, `--outfile=${outfile}`, path], root);
    if (problem !== undefined) {
      const body = isSheet ? failedSheet(problem) : failedModule(problem);
      return { body, problem, inputs: await changesOf(new Set([path, ...placesIn(problem, root)])) };
    }
    const inputs = await inputsOf(metafile, root);
    const body = await readFile(outfile, "utf8");
    const styles = isSheet ? undefined : await readFile(join(work, "out.css"), "utf8").catch(() => undefined);
    if (styles === undefined) return { body, problem, inputs };
    const sheet = `{const sheet = document.createElement("style"); sheet.textContent = ${JSON.stringify(styles)}; document.head.append(sheet);}`;
    return { body: `${sheet}${body}`, problem, inputs };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** One that failed is tried again: what it lacked may be there now. */
async function isFresh({ inputs, problem }: Bundle): Promise<boolean> {
  if (problem !== undefined) return false;
  for (const [path, before] of inputs) {
    const known = await stat(path).catch(() => undefined);
    if (known?.mtimeMs !== before) return false;
  }
  return true;
}

/** Bundles of the files beneath a root. */
export function createBundler(root: string): (path: string) => Promise<Bundle> {
  const kept = new Map<string, Promise<Bundle>>();
  return async (path) => {
    const before = kept.get(path);
    if (before !== undefined) {
      const bundle = await before;
      // Whoever saw first that it is stale has started the next one.
      if (kept.get(path) !== before || (await isFresh(bundle))) return kept.get(path) ?? bundle;
    }
    const making = make(root, path);
    kept.set(path, making);
    making.catch(() => kept.delete(path));
    return making;
  };
}
