import { z } from "zod";
import { originSchema, previewOriginSchema } from "../../kernel/abi/index.ts";

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
  SUPEROS_PUBLIC_ORIGIN: originSchema.optional(),
  /** The origin below whose name a reverse proxy serves previews, such as `https://preview.example.org`. */
  SUPEROS_PREVIEW_ORIGIN: previewOriginSchema.optional(),
});
