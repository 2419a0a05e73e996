/** Amounts as people read them in a table: rounded, with one unit. Exact spellings are those of kernel/abi. Pure. */

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `0 B`, `1.5 KiB`, `12 MiB`. */
export function showBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.95 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${byteUnits[unit] ?? ""}`;
}

/** CPU time: `12ms`, `1.5s`, `3m20s`, `2h05m`. */
export function showCpu(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  return showAge(ms, 2);
}

/** A span: its largest unit, or with `parts: 2` its largest two: `5s`, `3m`, `2h`, `4d`; `3m20s`. */
export function showAge(ms: number, parts: 1 | 2 = 1): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units: readonly (readonly [string, number])[] = [
    ["d", Math.floor(seconds / 86_400)],
    ["h", Math.floor(seconds / 3600) % 24],
    ["m", Math.floor(seconds / 60) % 60],
    ["s", seconds % 60],
  ];
  const first = units.findIndex(([, value]) => value > 0);
  if (first === -1) return "0s";
  const shown = units.slice(first, first + parts);
  return shown.map(([unit, value], at) => `${at === 0 ? value : String(value).padStart(2, "0")}${unit}`).join("");
}

/** A moment in local time, to the second: `2026-01-31 14:05:09`. */
export function showMoment(ms: number): string {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `1 file`, `2 files`, `2 processes`. */
export const count = (amount: number, noun: string): string =>
  `${amount} ${noun}${amount === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;
