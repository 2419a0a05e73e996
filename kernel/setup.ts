import { fileURLToPath } from "node:url";
import { Images } from "./docker/images.ts";
import { imagesOptions } from "./home.ts";

/** Provides the images that tests, benchmarks and the kernel's boot need; run by itself it does just that. */
export function setUpImages(progress: (line: string) => void): Images {
  return new Images({ ...imagesOptions, progress });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUpImages((line) => process.stderr.write(`==> ${line}\n`)).provide();
}
