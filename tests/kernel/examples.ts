import { join } from "node:path";
import { runtimeNameSchema } from "../../kernel/abi/index.ts";
import { setUpImages } from "../../kernel/setup.ts";
import { readPage, section } from "../docs/page.ts";
import { checkout, finish, type Instance } from "../setup/instance.ts";

/** The examples of the documentation, as programs: what a page says is what there is. */

/** The code of a page's section, by its language. */
export function example(page: string, heading: string, language: string): string {
  const text = section(readPage(page), heading);
  const found = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`${heading} has no example`);
  return found;
}

/** No runtime has Node yet: its own binary, in the image, speaks through the socket of a process. */
export async function typescript(
  instance: Instance,
  pid: number,
  program: string,
): Promise<[stderr: string, lines: string[]]> {
  const images = setUpImages(() => undefined);
  await images.load();
  const { id: image } = await images.provide(runtimeNameSchema.parse("python"));
  const node = join(checkout, "node_modules", "node", "bin", "node");
  const mounts = [`${node}:/usr/bin/node:ro`, `${join(instance.home, "run", "p", String(pid))}:/run/superos:ro`];
  const options = ["--rm", "-i", "--network=none", ...mounts.map((mount) => `--volume=${mount}`)];
  const args = ["run", ...options, image, "node", "--input-type=module-typescript", "-"];
  const ended = await finish("docker", args, { input: program });
  return [ended.stderr, ended.stdout.toString().split("\n")];
}
