import { Readable } from "node:stream";
import { DirectoryPacker, type PackOptions } from "./directory-packer.ts";

/** The archive of what `folder` holds, without the folder's own name. Its failure to be read is the stream's error. */
export function packDirectory(folder: string, options: PackOptions): Readable {
  const packer = new DirectoryPacker(options);
  packer.putFolder(folder, "").then(
    () => packer.archive.finalize(),
    (error: unknown) => packer.archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(packer.archive, { objectMode: false });
}
