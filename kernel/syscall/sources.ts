import {
  type Capability,
  type CapabilityTable,
  Fault,
  parseCapability,
  type RuntimeName,
  type SpawnRequest,
} from "../abi/index.ts";
import type { OtherImage, OtherImages } from "../docker/other-images.ts";
import type { Runtimes } from "./runtimes.ts";

/** What a process is made from: a runtime, or any other image. */

export interface Source {
  /** Content id. */
  image: string;
  runtime: RuntimeName | null;
  /** What names the image where it is no runtime's. */
  reference: string | null;
  /** Directories that the image wants to have outside of itself. */
  volumes: readonly string[];
  /** Those of a process whose request names none of that kind. */
  quotas: CapabilityTable;
  engineRuntime: string | null;
  argv: readonly string[];
  /** Where its programs start when nobody says. */
  directory: string;
}

type Asked = Pick<SpawnRequest, "runtime" | "image" | "argv">;

/** The quotas of a process of another image, as a runtime's manifest names those of its own. */
const otherQuotas = ["CPU:1", "MEM:512Mi", "PIDS:128", "DISK:1Gi", "TIME:1d", "OUT:64Mi"].map(parseCapability);

/** What has to be held to be given this: an image may hold every program, so it takes every runtime's right as well. */
export function neededFor({ runtime, image }: Asked): Capability[] {
  const spawning = { kind: "PROC_SPAWN", runtime: runtime ?? undefined } as const;
  return image === null ? [spawning] : [spawning, { kind: "IMAGE", ref: image }];
}

export class Sources {
  readonly #runtimes: Runtimes;
  readonly #otherImages: OtherImages;

  constructor(runtimes: Runtimes, otherImages: OtherImages) {
    this.#runtimes = runtimes;
    this.#otherImages = otherImages;
  }

  /**
   * Finds out what a name stands for now, and gets its image where it is not there; `mayUse` throws where the caller may not
   * make it wait for that.
   */
  async provide(asked: Asked, mayUse: () => void): Promise<Source> {
    const { runtime, image } = asked;
    if (runtime !== null) {
      if (!this.#runtimes.isReady(runtime)) {
        mayUse();
        await this.#runtimes.provide(runtime);
      }
      return this.#ofRuntime(runtime, asked);
    }
    if (image === null) throw new Fault("invalid", "neither a runtime nor an image is named");
    mayUse();
    return ofImage(image, await this.#otherImages.resolve(image), asked);
  }

  #ofRuntime(name: RuntimeName, { argv }: Asked): Source {
    const { manifest, image } = this.#runtimes.get(name);
    const { quotas, engineRuntime = null } = manifest;
    return { image, runtime: name, reference: null, volumes: [], quotas, engineRuntime, argv, directory: "/tmp" };
  }
}

/** As `docker run` does: the entry point, then what is named, or else what the image names. */
function ofImage(reference: string, image: OtherImage, asked: Asked): Source {
  const { id, entrypoint, command, directory, volumes } = image;
  const argv = [...entrypoint, ...(asked.argv.length > 0 ? asked.argv : command)];
  if (argv[0] === undefined || argv[0] === "") {
    throw new Fault("invalid", `the image ${reference} names no program`, { hint: "Name one after the image." });
  }
  const source = { runtime: null, reference, volumes, quotas: otherQuotas, engineRuntime: null };
  return { ...source, image: id, argv, directory: directory ?? "/" };
}
