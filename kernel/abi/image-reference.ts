import { z } from "zod";

/**
 * How an image from elsewhere is named: `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`, as Docker writes it, in one canonical spelling.
 *
 * Without tag and digest it is `:latest`. `NAME:*` stands for every image of that name and names none. What an engine would
 * look up as an image's id is no reference: the beginning of an id is whatever image happens to begin so.
 */

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const host = "[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,5})?";
const grammar = new RegExp(
  `^(?<name>(?:${host}/)?${component}(?:/${component})*)` +
    "(?::(?<tag>[*]|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$",
);
const isId = /^(sha256|[0-9a-f]{64})$/;
const longest = 255;

/** The canonical spelling, or `undefined` for what names no image. */
export function canonicalReference(text: string): string | undefined {
  const { name = "", tag, digest } = (text.length > longest ? undefined : grammar.exec(text)?.groups) ?? {};
  if (name === "" || isId.test(name) || (tag === "*" && digest !== undefined)) return undefined;
  const reference = tag === undefined && digest === undefined ? `${text}:latest` : text;
  return reference.length <= longest ? reference : undefined;
}

/** The name alone, of a reference in its canonical spelling. */
export const repositoryOf = (reference: string): string => grammar.exec(reference)?.groups?.["name"] ?? reference;

/** Whether it stands for every image of a name. */
export const isAnyImage = (reference: string): boolean => reference.endsWith(":*");

/** One image at the door, in its canonical spelling. */
export const imageReferenceSchema = z.string().transform((text, context): string => {
  const reference = canonicalReference(text);
  if (reference !== undefined && !isAnyImage(reference)) return reference;
  context.addIssue({ code: "custom", message: "an image is written [HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST]" });
  return z.NEVER;
});
