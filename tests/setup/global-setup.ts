import { runtimeNameSchema } from "../../kernel/abi/index.ts";
import { setUpImages } from "../../kernel/setup.ts";

/** Provides the images before the first test, so that no test pays for them. */
export async function setup(): Promise<void> {
  const images = setUpImages((line) => process.stderr.write(`==> ${line}\n`));
  await images.load();
  await images.provide(runtimeNameSchema.parse("python"));
}
