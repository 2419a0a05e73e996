import { argvSchema, Fault, parseAtDoor, toFault } from "../abi/index.ts";
import { type FoundImage, ImageBuilder, type Progress } from "./image-builder.ts";

/**
 * Images that are none of SuperOS's own, by reference.
 *
 * A reference is looked up once for each process, and its container is made from the content id that it led to. Of what
 * an image says of itself its program, its directory and its environment are taken; the rest takes no effect, and one that
 * cannot do without its volumes is refused.
 */

export interface OtherImage {
  /** Content id. */
  id: string;
  entrypoint: readonly string[];
  /** What follows the entry point where nothing else is named. */
  command: readonly string[];
  /** Absolute; `null` where it names none. */
  directory: string | null;
}

export interface OtherImagesOptions {
  /** Whether what is not here is pulled. */
  pull: boolean;
  progress: Progress;
}

export class OtherImages {
  readonly #options: OtherImagesOptions;
  readonly #builder: ImageBuilder;
  readonly #pulls = new Map<string, Promise<void>>();

  constructor(options: OtherImagesOptions, builder = new ImageBuilder()) {
    this.#options = options;
    this.#builder = builder;
  }

  /** Faults: `not_found` for one that is not here, `unavailable` where it cannot be pulled, `unsupported`. */
  async resolve(reference: string): Promise<OtherImage> {
    const found = await this.#builder.find(reference);
    if (found !== undefined) return checked(reference, found);
    if (!this.#options.pull) {
      throw new Fault("not_found", `the image ${reference} is not on this server`, {
        hint: `Whoever runs the server gets it with: docker pull ${reference}`,
      });
    }
    await this.#pull(reference);
    return checked(reference, await this.#builder.require(reference));
  }

  /** Once for all who wait for it. */
  #pull(reference: string): Promise<void> {
    const pulling = this.#pulls.get(reference) ?? this.#pullNow(reference);
    this.#pulls.set(reference, pulling);
    return pulling;
  }

  async #pullNow(reference: string): Promise<void> {
    try {
      await this.#builder.pull(reference, this.#options.progress);
    } catch (error) {
      const message = `the image ${reference} is not on this server and cannot be pulled: ${toFault(error).message}`;
      const hint = `Whoever runs the server sees why with: docker pull ${reference}`;
      throw new Fault("unavailable", message, { hint, cause: error });
    } finally {
      this.#pulls.delete(reference);
    }
  }
}

function checked(reference: string, { id, config }: FoundImage): OtherImage {
  const volumes = Object.keys(config.Volumes);
  if (volumes.length > 0) {
    throw new Fault("unsupported", `the image ${reference} wants volumes (${volumes.join(", ").slice(0, 200)})`, {
      hint: "A box writes to its project and to /tmp alone; docker export and docker import make an image without volumes.",
    });
  }
  const where = `the image ${reference}`;
  return {
    id,
    entrypoint: parseAtDoor(argvSchema, config.Entrypoint, where),
    command: parseAtDoor(argvSchema, config.Cmd, where),
    directory: config.WorkingDir.startsWith("/") ? config.WorkingDir : null,
  };
}
