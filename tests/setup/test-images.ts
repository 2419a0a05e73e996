import { z } from "zod";
import { engineGet } from "./engine.ts";
import { finish } from "./instance.ts";

/** Images that a test builds, under one name of its own; they are removed with it. */
export class TestImages {
  readonly name: string;
  /** The tag of a runtime's image, to build from. */
  readonly from: string;
  readonly #made: string[] = [];

  private constructor(name: string, from: string) {
    this.name = name;
    this.from = from;
  }

  /** `runtimeImage` is the content id of a runtime's image. */
  static async of(name: string, runtimeImage: string): Promise<TestImages> {
    const schema = z.object({ RepoTags: z.array(z.string()) });
    const [tag] = schema.parse(await engineGet(`/images/${runtimeImage}/json`)).RepoTags;
    if (tag === undefined) throw new Error("the runtime's image has no name");
    return new TestImages(name, tag);
  }

  /** Builds from a Dockerfile alone; returns the reference. */
  async build(tag: string, dockerfile: string): Promise<string> {
    const reference = `${this.name}:${tag}`;
    const { code, stderr } = await finish("docker", ["build", "--quiet", "--tag", reference, "-"], {
      input: dockerfile,
    });
    if (code !== 0) throw new Error(`${reference} was not built: ${stderr}`);
    this.#made.push(reference);
    return reference;
  }

  async remove(): Promise<void> {
    for (const reference of this.#made) await finish("docker", ["image", "rm", "--force", reference]);
  }
}
