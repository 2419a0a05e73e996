#!/usr/bin/env node
/**
 * Starts the command: finds a Node that is new enough, takes the bundle when it is up to date, else the sources.
 *
 * Under an older Node the checkout's own Node runs the same file; then this process only passes signals and the
 * exit code on. It must never do anything that a command does.
 */
import { spawn } from "node:child_process";
import { readdirSync, realpathSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const leastMajor = 24;
const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function fail(message, hint) {
  process.stderr.write(`superos: unavailable: ${message}\nhint: ${hint}\n`);
  process.exit(125);
}

function passOn() {
  let node;
  try {
    node = realpathSync(at("node_modules/.bin/node"));
  } catch {
    fail(`Node ${leastMajor} or later is needed, and SuperOS is not installed yet`, "Run: npm start");
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  const passed = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  for (const signal of passed) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`, "Run: npm start"));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 125);
    for (const name of passed) process.removeAllListeners(name);
    process.exitCode = 128 + constants.signals[signal];
    process.kill(process.pid, signal);
  });
}

const changedAt = (path) => statSync(path).mtimeMs;

/** Whether nothing that the bundle is made of has changed since it was built. */
function bundleIsFresh(bundle) {
  let builtAt;
  try {
    builtAt = changedAt(bundle);
  } catch {
    return false;
  }
  return ["ui/cli", "kernel/abi"].map(at).every((root) =>
    readdirSync(root, { recursive: true })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .every((name) => changedAt(`${root}/${String(name)}`) <= builtAt),
  );
}

async function start() {
  // Beside the bundle, not in the temporary folder: what is there, only the owner of the checkout can write.
  nodeModule.enableCompileCache?.(at("dist/cli/cache"));
  const bundle = at("dist/cli/superos.js");
  const path = bundleIsFresh(bundle) ? bundle : at("ui/cli/main.ts");
  const { main } = await import(path);
  process.exit(await main(process.argv.slice(2)));
}

if (Number(process.versions.node.split(".")[0]) < leastMajor) passOn();
else await start();
