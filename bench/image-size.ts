import { z } from "zod";
import { engineGet } from "../tests/setup/engine.ts";

/** How large images are, and how much of that they share with the base of all. */

const inspected = z.object({ Size: z.number(), RootFS: z.object({ Layers: z.array(z.string()) }) });
const listedImages = z.array(z.object({ Id: z.string() }));

export interface ImageSize {
  imageBytes: number;
  /** What it adds to the base. */
  ownBytes: number;
}

/** The base that it is built from is the one whose layers it begins with; none where it is from elsewhere. */
export async function sizeOf(image: string): Promise<ImageSize> {
  const inspect = async (id: string): Promise<z.output<typeof inspected>> =>
    inspected.parse(await engineGet(`/images/${encodeURIComponent(id)}/json`));
  const { RootFS: own, Size: imageBytes } = await inspect(image);
  const filters = encodeURIComponent(JSON.stringify({ reference: ["superos-base"] }));
  const bases = listedImages.parse(await engineGet(`/images/json?filters=${filters}`));
  for (const { Id: id } of bases) {
    const base = await inspect(id);
    if (base.RootFS.Layers.every((layer, at) => layer === own.Layers[at]))
      return { imageBytes, ownBytes: imageBytes - base.Size };
  }
  return { imageBytes, ownBytes: imageBytes };
}
