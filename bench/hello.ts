/** The smoke program of a runtime that says something at once, without input and without anybody beside. Pure. */

/** The names of such programs, the simplest first. */
const stems = ["hello", "streams", "floats", "tables"];

/** The one of these files that is measured; none where no recipe runs any of them. */
export function helloOf(files: readonly string[], endings: readonly string[]): string | undefined {
  for (const stem of stems)
    for (const file of files) {
      const name = file.toLowerCase();
      if (endings.some((ending) => name === `${stem}${ending}`)) return file;
    }
  return undefined;
}
