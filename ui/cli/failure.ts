/**
 * What ends a command other than a fault: a wrong use of it, or a reader of its output that has gone.
 */

/** The command was typed wrong: exit code 2 and a pointer to --help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Whoever reads this stream has gone (`| head`, a closed terminal): exit code 141, as for a death by SIGPIPE. */
export class BrokenPipe extends Error {
  override readonly name = "BrokenPipe";
}

/** This command's own output cannot be kept (a full disk); told like a fault, and never worth a retry. */
export class WriteFailure extends Error {
  override readonly name = "WriteFailure";
}

/** The person wants out though the process may live on: this exit code, at once, with nothing flushed. */
export class GaveUp extends Error {
  override readonly name = "GaveUp";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`gave up with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** `no` is an answer, not a failure: the audit log does not verify, the person declined. */
export const exitCodes = {
  no: 1,
  usage: 2,
  notBuilt: 126,
  brokenPipe: 141,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** The `code` of an error of Node, like `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
