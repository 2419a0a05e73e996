import { z } from "zod";

/** The origins that a reverse proxy serves an instance under, as its settings name them. */

const normalUrl = z.url({ protocol: /^https?$/, normalize: true });

/** Only an origin, with the path that every URL has, is its own normal spelling; a user's name is no part of one. */
const isOrigin = (text: string): boolean => !text.includes("@") && normalUrl.safeParse(text).data === `${text}/`;

/** Scheme, name and port alone, in the spelling in which browsers send it. */
export const originSchema = z.string().refine(isOrigin, "must be an origin: http or https, name and port alone");

/** An origin below whose name other names can be served, so not an address: `https://preview.example.org`. */
export const previewOriginSchema = originSchema.refine(
  (text) => normalUrl.safeParse(text.replace("://", "://p1-1.")).success,
  "must be an origin whose host is a name, not an address",
);
