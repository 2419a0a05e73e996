/**
 * Amounts as people write them in a capability: bytes with binary suffixes, durations with a unit, CPU in cores.
 *
 * Parsing accepts the spellings of docker and kubectl; printing is canonical, the largest unit that is exact.
 * Pure; returns `undefined` for what is not an amount, so that the caller names the capability in its fault.
 */

const byteUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  ki: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mi: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gi: 1024 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  ti: 1024 ** 4,
  tib: 1024 ** 4,
};

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)([A-Za-z]{0,3})$/.exec(text);
  const unit = units[(match?.[2] ?? "?").toLowerCase()];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  const value = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** `512Mi`, `512m`, `1GiB`, `1048576` to bytes. */
export const parseBytes = (text: string): number | undefined => amount(text, byteUnits);

/** `90s`, `15m`, `2h`, `1d`, `500ms` to milliseconds; a bare number is seconds. */
export const parseDuration = (text: string): number | undefined =>
  amount(/^[\d.]+$/.test(text) ? `${text}s` : text, durationUnits);

/** `0.5`, `2`, `250m` to thousandths of a core. */
export function parseCores(text: string): number | undefined {
  return text.endsWith("m") ? amount(text.slice(0, -1), { "": 1 }) : amount(text, { "": 1000 });
}

/** A plain positive count. */
export const parseCount = (text: string): number | undefined =>
  /^\d{1,9}$/.test(text) ? amount(text, { "": 1 }) : undefined;

function exact(value: number, units: readonly (readonly [string, number])[]): string {
  for (const [suffix, size] of units) if (value % size === 0) return `${value / size}${suffix}`;
  return String(value);
}

export const formatBytes = (bytes: number): string =>
  exact(bytes, [
    ["Ti", 1024 ** 4],
    ["Gi", 1024 ** 3],
    ["Mi", 1024 ** 2],
    ["Ki", 1024],
  ]);

export const formatDuration = (ms: number): string =>
  exact(ms, [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1],
  ]);

export const formatCores = (millicores: number): string => String(millicores / 1000);
