/**
 * The build of an npm project: installs what package.json asks for into the outputs, and notes how the project starts.
 *
 * usage: build-package.mts DIR OUT
 *
 * Only manifests are copied, so that a changed source needs no new build. Scripts of the project itself are left out of
 * the copies: its sources are not there for them. Scripts of the packages it depends on run, in this box.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { copyFileSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

type Manifest = Record<string, unknown>;

const [dir = "", out = ""] = process.argv.slice(2);
const modules = join(out, "node_modules");
/** Beside those that Node holds itself: a site's own authority, if the base image has one. */
const certificates = "/etc/ssl/certs/ca-certificates.crt";

const isRecord = (value: unknown): value is Manifest =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readManifest(path: string): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isRecord(parsed)) throw new SyntaxError("package.json is not an object");
  return parsed;
}

const names = (value: unknown): string[] => (isRecord(value) ? Object.keys(value) : []);

/** One line for run-package: what starts the project. */
function start(manifest: Manifest): string {
  const scripts = names(manifest["scripts"]);
  if (scripts.includes("start")) return scripts.some((name) => /^(pre|post)start$/.test(name)) ? "npm" : "script";
  const main = manifest["main"];
  const file = [typeof main === "string" ? main : "", "server.js", "index.js", "index.mjs", "index.ts"].find(
    (name) => name !== "" && !name.includes("\n") && existsSync(join(dir, name)),
  );
  return file === undefined ? "nothing" : `file ${file}`;
}

function copyManifests(): void {
  const found = globSync("**/package.json", { cwd: dir, exclude: (name) => name.split("/").includes("node_modules") });
  for (const path of found) {
    const { scripts: _, ...manifest } = readManifest(join(dir, path));
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), JSON.stringify(manifest));
  }
  for (const name of ["package-lock.json", "npm-shrinkwrap.json", ".npmrc"])
    if (existsSync(join(dir, name))) copyFileSync(join(dir, name), join(out, name));
}

function install(): number {
  const locked = existsSync(join(out, "package-lock.json")) || existsSync(join(out, "npm-shrinkwrap.json"));
  for (const other of ["yarn.lock", "pnpm-lock.yaml", "bun.lock"])
    if (!locked && existsSync(join(dir, other)))
      process.stderr.write(`${other} is not read: npm chooses the versions.\n`);
  const argv = locked ? ["ci"] : ["install", "--no-package-lock"];
  const cache = join(process.env["TMPDIR"] ?? "/tmp", "npm-cache");
  const { status, error } = spawnSync("npm", [...argv, "--cache", cache, "--loglevel=error"], {
    cwd: out,
    env: { NODE_EXTRA_CA_CERTS: certificates, ...process.env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/** A link to a package of the project leads to the copy of its manifest; its sources are in the project. */
function relink(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name.startsWith("@")) relink(path);
    if (!entry.isSymbolicLink()) continue;
    const inside = relative(out, resolve(folder, readlinkSync(path)));
    if (inside.startsWith("..") || inside.startsWith("node_modules")) continue;
    rmSync(path);
    symlinkSync(join(dir, inside), path);
  }
}

try {
  const manifest = readManifest(join(dir, "package.json"));
  writeFileSync(join(out, "start"), `${start(manifest)}\n`);
  mkdirSync(modules, { recursive: true });
  const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
  const wanted = kinds.some((kind) => names(manifest[kind]).length > 0) || manifest["workspaces"] !== undefined;
  if (wanted) {
    copyManifests();
    process.exitCode = install();
    if (process.exitCode === 0) relink(modules);
  }
} catch (error) {
  if (!(error instanceof SyntaxError)) throw error;
  process.stderr.write(`${join(dir, "package.json")}: ${error.message}\n`);
  process.exitCode = 1;
}
