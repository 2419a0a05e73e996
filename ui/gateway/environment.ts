import { z } from "zod";

/** The gateway's environment, as the kernel sets it. */
export const environmentSchema = z.object({
  SUPEROS_KERNEL_SOCKET: z.string().min(1),
  SUPEROS_PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a port")
    .transform(Number)
    .refine((port) => port >= 1 && port <= 65_535, "must be a port from 1 to 65535"),
  /** The folder of the built web UI. */
  SUPEROS_WEB_DIR: z.string().min(1),
  /** The origin under which a reverse proxy serves us, such as `https://superos.example.org`. */
  SUPEROS_PUBLIC_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .refine(
      (text) => URL.canParse(text) && new URL(text).origin === text,
      "must be an origin: scheme, name and port alone",
    )
    .optional(),
});
