import { fileURLToPath } from "node:url";
import { runtimeNameSchema } from "./abi/index.ts";
import { Images } from "./docker/images.ts";
import { imagesOptions } from "./home.ts";

/** Provides the base of all images, and those of the runtimes that are named, before anything needs them. */
export function setUpImages(progress: (line: string) => void): Images {
  return new Images({ ...imagesOptions(process.env), progress });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const images = setUpImages((line) => process.stderr.write(`==> ${line}\n`));
  await images.load();
  for (const name of process.argv.slice(2)) await images.provide(runtimeNameSchema.parse(name));
}
