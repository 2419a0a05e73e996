/** Amounts for people to read: rounded, with a unit. For amounts that are sent, see kernel/abi's quantity. */
const steps = ["B", "KiB", "MiB", "GiB", "TiB"];

export function readableBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < steps.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${step > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${steps[step]}`;
}

export function readableMs(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** How long ago, in one unit. */
export function readableAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

const whole = new Intl.NumberFormat("en");
export const readableCount = (count: number): string => whole.format(count);
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${readableCount(count)} ${count === 1 ? one : many}`;
