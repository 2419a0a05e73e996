/**
 * Runs Vite, of the project's own version, in a box where only /tmp can be written.
 *
 * usage: vite.mts DIR OUT [build [OUTPUT]]    without `build` its server, on PORT or 8080
 */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [dir = "", out = "", task, output] = process.argv.slice(2);
const port = Number(process.env["PORT"] ?? 8080);
const cacheDir = "/tmp/vite";

interface Vite {
  build(config: object): Promise<unknown>;
  createServer(config: object): Promise<{ listen(): Promise<unknown>; printUrls(): void }>;
}
const isVite = (module: object): module is Vite => "build" in module && "createServer" in module;

/** Its entry, by its own package.json; a project finds it as /node_modules/vite. */
async function load(): Promise<Vite> {
  const entry = realpathSync(join(out, "node_modules/vite/dist/node/index.js"));
  const module: object = await import(pathToFileURL(entry).href);
  if (!isVite(module)) throw new TypeError("this version of Vite has no build or createServer");
  return module;
}

const vite = await load();
// The loader that writes nothing: the others put a compiled configuration beside the sources.
const common = { root: dir, cacheDir, configLoader: "runner" };
if (task === "build") {
  await vite.build({ ...common, build: { outDir: output ?? "dist", emptyOutDir: true } });
} else {
  const server = {
    host: "127.0.0.1",
    port,
    strictPort: true,
    // Whoever reaches the port holds the right to; the name under which they do is the gateway's.
    allowedHosts: true,
    fs: { allow: [dir, out, cacheDir] },
  };
  const running = await vite.createServer({ ...common, server });
  await running.listen();
  running.printUrls();
}
