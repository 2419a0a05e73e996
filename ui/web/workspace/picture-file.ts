/**
 * Whether a file is a picture that browsers show, by its name. Pure. A picture is only ever shown as one: what it may hold
 * besides, such as the script of an SVG file, does not run there.
 */
const types: ReadonlyMap<string, string> = new Map([
  ["avif", "image/avif"],
  ["bmp", "image/bmp"],
  ["gif", "image/gif"],
  ["ico", "image/x-icon"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["png", "image/png"],
  ["webp", "image/webp"],
]);

export const pictureLimitBytes = 16 << 20;

export const pictureType = (path: string): string | null =>
  types.get(/\.([a-z]+)$/.exec(path.toLowerCase())?.[1] ?? "") ?? null;

/** The address of a picture of text. */
export const svgAddress = (text: string): string => `data:image/svg+xml,${encodeURIComponent(text)}`;

export const isSvg = (path: string): boolean => path.toLowerCase().endsWith(".svg");

/** The address of a picture of bytes: the page may show nothing but what it holds and its own server's. */
export async function pictureAddress(bytes: ArrayBuffer, type: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const reader = new FileReader();
  reader.addEventListener("loadend", () => resolve(typeof reader.result === "string" ? reader.result : ""));
  reader.readAsDataURL(new Blob([bytes], { type }));
  return promise;
}
