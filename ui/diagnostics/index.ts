/** Structured errors: what compilers and interpreters write, as data. Pure; imports the kernel's door and zod. */
export * from "./diagnostic.ts";
export { filesOf } from "./project-place.ts";
export { diagnosticSteps, readDiagnostics } from "./read-diagnostics.ts";
