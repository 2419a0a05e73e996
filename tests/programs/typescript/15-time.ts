// Dates with units in their types, and a clock that only goes on.
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

type Millis = number & { readonly unit?: "ms" };
const days = (count: number): Millis => count * 86_400_000;

const leap = new Date(Date.UTC(2024, 1, 28, 0, 30) + days(1));
console.log(leap.toISOString());
console.log(leap.toLocaleDateString("de-DE", { timeZone: "America/New_York", dateStyle: "full" }));
console.log((Date.UTC(2025, 0) - Date.UTC(2024, 0)) / days(1));

const before: Millis = performance.now();
await sleep(50);
const passed: Millis = performance.now() - before;
console.log(passed > 45 && passed < 10_000, Intl.DateTimeFormat().resolvedOptions().timeZone);
