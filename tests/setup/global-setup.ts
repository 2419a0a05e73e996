import { setUpImages } from "../../kernel/setup.ts";

/** Provides the images before the first test, so that no test pays for them. */
export async function setup(): Promise<void> {
  await setUpImages((line) => process.stderr.write(`==> ${line}\n`)).provide();
}
