import { z } from "zod";
import { canonicalReference } from "../../kernel/abi/index.ts";

/**
 * The setting SUPEROS_ALLOWED_IMAGES: images that are no runtime's, and that those who start programs may have them made from.
 *
 * Each is a reference, or `NAME:*` for every image of a name. Pure.
 */

/** So that a table stays well within what a table may hold. */
const limit = 32;

const allowedSchema = z.string().transform((text, context): string => {
  const reference = canonicalReference(text);
  if (reference !== undefined) return reference;
  context.addIssue({ code: "custom", message: `${JSON.stringify(text)} is not an image, as in debian:12 or debian:*` });
  return z.NEVER;
});

/** `debian:12,ghcr.io/team/tool:*`; empty for none. */
export const allowedImagesSchema = z
  .string()
  .transform((text) => (text === "" ? [] : text.split(",")))
  .pipe(
    z
      .array(allowedSchema)
      .max(limit, `at most ${limit} images`)
      .refine((images) => new Set(images).size === images.length, "names an image twice"),
  );
