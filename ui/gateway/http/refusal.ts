import { type Fault, toFault } from "../../../kernel/abi/index.ts";

/** A fault whose place in HTTP has a status of its own: not signed in (401), too large (413). */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: 401 | 413;
  readonly fault: Fault;

  constructor(status: 401 | 413, fault: Fault) {
    super(fault.message, { cause: fault });
    this.status = status;
    this.fault = fault;
  }
}

/** The fault that whatever was thrown is. */
export const faultOf = (thrown: unknown): Fault => (thrown instanceof Refusal ? thrown.fault : toFault(thrown));
