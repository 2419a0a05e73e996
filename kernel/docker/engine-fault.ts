import { Fault } from "../abi/index.ts";

/** One wrapper for everything that the engine's API throws: a refusal of the engine becomes a fault. */

const connectionCodes = new Set(["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE", "EACCES", "ETIMEDOUT"]);

interface EngineError {
  statusCode: number | undefined;
  code: string | undefined;
  message: string;
}

function read(error: unknown): EngineError {
  if (!(error instanceof Error)) return { statusCode: undefined, code: undefined, message: String(error) };
  const statusCode = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { statusCode, code, message: error.message };
}

export function engineAway(doing: string, cause?: unknown): Fault {
  return new Fault("unavailable", `the container engine does not answer (${doing})`, {
    hint: "Start it (systemctl start docker); work resumes when it returns.",
    cause,
  });
}

/** The fault that an error of the engine is. */
export function engineFault(error: unknown, doing: string): Fault {
  if (error instanceof Fault) return error;
  const { statusCode, code, message } = read(error);
  const lost =
    (code !== undefined && connectionCodes.has(code)) || message.includes("socket hang up") || statusCode === 503;
  if (lost) return engineAway(doing, error);
  if (statusCode === 404) return new Fault("not_found", `${doing}: ${message}`, { cause: error });
  if (statusCode === 409) return new Fault("bad_state", `${doing}: ${message}`, { cause: error });
  return new Fault("internal", `${doing}: ${message}`, { cause: error });
}

/** Runs one call of the engine; what it throws is a fault. */
export async function atEngine<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw engineFault(error, doing);
  }
}
