import type { Command } from "commander";
import { Fault, runtimeViewSchema, syscalls, type RuntimeView } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { UsageError } from "../failure.ts";
import { showBytes } from "../format/amounts.ts";
import { printable, toJson } from "../format/printable.ts";
import { route } from "../http/client.ts";
import { whileBuilding } from "../run/image-notice.ts";
import { withExamples } from "./examples.ts";

/** `superos images`: the images of the runtimes, which are otherwise built when they are first used. */

interface BuildOptions {
  all?: boolean;
  json?: boolean;
}

async function build(cli: Cli, named: readonly string[], options: BuildOptions): Promise<void> {
  if (named.length > 0 === (options.all === true)) throw new UsageError("name runtimes, or give --all");
  const { runtimes } = await cli.client.call({ method: "GET", path: "/runtimes" }, syscalls.runtime_list.response);
  const names = options.all === true ? runtimes.map(({ name }) => name) : named;
  const built: RuntimeView[] = [];
  let failed: Fault | undefined;
  for (const name of names) {
    const request = { method: "POST", path: route("runtimes", name, "image") } as const;
    try {
      const view = await whileBuilding(cli, name, () =>
        cli.client.call(request, runtimeViewSchema, { unbounded: true }),
      );
      built.push(view);
      const size = view.imageBytes === null ? "" : showBytes(view.imageBytes);
      if (options.json !== true) await cli.stdout.write(`${name}  ${size}  ${printable(view.version ?? "")}\n`);
    } catch (error) {
      if (!(error instanceof Fault) || options.all !== true) throw error;
      failed = error;
      await cli.stderr.write(`superos: ${name}: ${printable(error.message)}\n  ${printable(error.hint)}\n`);
    }
  }
  if (options.json === true) await cli.stdout.write(toJson(built));
  // What cannot be had here is told, and is no failure of the others.
  if (failed !== undefined && failed.code !== "unavailable") throw failed;
}

export function addImages(program: Command, cli: Cli): void {
  const images = program.command("images").description("The images of the runtimes.");
  const command = images
    .command("build")
    .description("Build images that are missing, or whose folder has changed, before anybody waits for them.")
    .argument("[runtimes...]", "the runtimes")
    .option("--all", "all that superos runtimes lists")
    .option("--json", "print what was built as JSON")
    .action((names: string[], options: BuildOptions) => build(cli, names, options));
  withExamples(command, "superos images build rust java", "superos images build --all");
}
