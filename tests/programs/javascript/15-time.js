// Dates, time zones by name, and a clock that only goes on.
import { setTimeout as sleep } from "node:timers/promises";

const leap = new Date(Date.UTC(2024, 1, 28, 23, 30) + 3_600_000);
console.log(leap.toISOString(), leap.getUTCDay());
const style = { timeZone: "Asia/Kathmandu", dateStyle: "short", timeStyle: "short" };
console.log(new Intl.DateTimeFormat("en-GB", style).format(leap));
console.log((Date.UTC(2025, 0) - Date.UTC(2024, 0)) / 86_400_000, new Date(0).getTimezoneOffset());
const before = process.hrtime.bigint();
await sleep(50);
const passedMs = Number(process.hrtime.bigint() - before) / 1e6;
console.log(passedMs > 45 && passedMs < 10_000, new Date().getFullYear() >= 2024);
