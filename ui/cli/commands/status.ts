import type { Command } from "commander";
import { type Status, syscalls } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { count, showAge, showBytes } from "../format/amounts.ts";
import { paint, type Paint } from "../format/paint.ts";
import { printable, toJson } from "../format/printable.ts";
import { formatFields } from "../format/table.ts";
import { withExamples } from "./examples.ts";

/** `superos status`: whether everything is up, and what this host can enforce. */

function serviceText(service: Status["services"][number]): string {
  const restarts = service.restarts === 0 ? "" : `, ${count(service.restarts, "restart")}`;
  return `${service.state} (pid ${service.pid}${restarts})`;
}

/** How many containers stand ready, and how often a spawn found one. */
function poolText({ ready, shapes, hits, misses }: Status["pool"]): string {
  const spawns = hits + misses;
  const share = spawns === 0 ? "" : ` (${Math.round((hits / spawns) * 100)}% of the spawns)`;
  const standing = `${count(ready, "embryo")} of ${count(shapes, "shape")}`;
  return `${standing}; ${count(hits, "hit")}, ${count(misses, "miss")}${share}`;
}

function controlLines(status: Status, colour: Paint): string {
  const width = Math.max(0, ...status.controls.map((control) => control.name.length));
  const lines = status.controls.map((control) => {
    const mark = control.available ? colour.good("ok     ") : colour.bad("missing");
    return `  ${mark}  ${printable(control.name).padEnd(width)}  ${printable(control.detail)}`.trimEnd();
  });
  return lines.map((text) => `${text}\n`).join("");
}

export function formatStatus(status: Status, options: { now: number; colour: Paint; url: string }): string {
  const { engine, machine, processes } = status;
  const fields = formatFields([
    ["SuperOS", `${status.version}, instance ${status.instance}`],
    ["address", options.url],
    ["kernel", `up for ${showAge(options.now - status.startedAt, 2)} (generation ${status.generation})`],
    ...status.services.map((service) => [service.name, serviceText(service)] as const),
    ["engine", engine.state === "up" ? `up (${engine.version}, API ${engine.apiVersion})` : "down"],
    ["machine", `${count(machine.cores, "core")}, ${showBytes(machine.memoryBytes)} of memory`],
    ["processes", `${processes.running} running, ${processes.total} in all`],
    ["pool", poolText(status.pool)],
  ]);
  return `${fields}\nControls of this host:\n${controlLines(status, options.colour)}`;
}

export function addStatus(program: Command, cli: Cli): void {
  const command = program
    .command("status")
    .description("Show whether SuperOS and its parts are up, and which controls this host can enforce.")
    .option("--json", "print the status as JSON")
    .action(async (options: { json?: boolean }) => {
      const status = await cli.client.call({ method: "GET", path: "/status" }, syscalls.status.response);
      const colour = paint(cli.stdout.isTty && (cli.env["NO_COLOR"] ?? "") === "");
      const text = formatStatus(status, { now: Date.now(), colour, url: cli.client.where });
      await cli.stdout.write(options.json === true ? toJson(status) : text);
    });
  withExamples(command, "superos status", "superos status --json | jq .engine.state");
}
