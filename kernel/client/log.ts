/**
 * The log of a service: one JSON line per thing that happened, on stderr, which the kernel keeps.
 *
 * A line never holds a secret, a session's handle or the bytes of a program.
 */

export type LogLevel = "info" | "warn" | "error";

export type Log = (level: LogLevel, message: string, more?: Readonly<Record<string, unknown>>) => void;

function plain(value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
}

export function createLog(service: string): Log {
  return (level, message, more = {}) => {
    const details = Object.fromEntries(Object.entries(more).map(([key, value]) => [key, plain(value)]));
    process.stderr.write(`${JSON.stringify({ at: Date.now(), service, level, message, ...details })}\n`);
  };
}
