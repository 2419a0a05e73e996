import { z } from "zod";

/**
 * Keeps zod from compiling its schemas with `new Function`.
 *
 * The page's content security policy forbids it, and the mere attempt is reported as a violation. It holds only
 * when this module is evaluated before any that makes a schema: it is the first import of main.tsx.
 */
z.config({ jitless: true });
