import { Fault, formatCapability, type RuntimeManifest, type RuntimeName, type RuntimeView } from "../abi/index.ts";

/** The runtimes of this instance: each manifest with the image that was built for it. */

export interface Runtime {
  manifest: RuntimeManifest;
  /** Content id of the image. */
  image: string;
  imageBytes: number;
}

export class Runtimes {
  readonly #byName: ReadonlyMap<RuntimeName, Runtime>;

  constructor(runtimes: readonly Runtime[]) {
    this.#byName = new Map(runtimes.map((runtime) => [runtime.manifest.name, runtime]));
  }

  /** Faults: `not_found`, naming those that exist. */
  get(name: RuntimeName): Runtime {
    const runtime = this.#byName.get(name);
    if (runtime !== undefined) return runtime;
    const known = [...this.#byName.keys()].join(", ");
    throw new Fault("not_found", `no runtime ${JSON.stringify(name)}`, { hint: `The runtimes are: ${known}.` });
  }

  views(): RuntimeView[] {
    return [...this.#byName.values()].map(({ manifest, image, imageBytes }) => ({
      name: manifest.name,
      title: manifest.title,
      endings: manifest.endings,
      run: manifest.run,
      quotas: manifest.quotas.map(formatCapability),
      image,
      imageBytes,
    }));
  }
}
