/** The one door of the kernel: everything that another folder may know of it. Imports zod alone. */
export * from "./account.ts";
export * from "./capability.ts";
export * from "./fault.ts";
export * from "./frame.ts";
export * from "./ids.ts";
export * from "./origin.ts";
export * from "./process.ts";
export * from "./project.ts";
export * from "./quantity.ts";
export * from "./question.ts";
export * from "./quota.ts";
export * from "./runtime.ts";
export * from "./service-message.ts";
export * from "./slot.ts";
export * from "./syscall.ts";
export * from "./system.ts";
