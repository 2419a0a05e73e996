import type { GatewayClient } from "./http/client.ts";
import type { StdWriter } from "./stdio.ts";
import type { Environment } from "./config.ts";

/** What each command is handed: the gateway, the two outputs, its own environment, and the exit code that it sets. */
export interface Cli {
  readonly env: Environment;
  readonly client: GatewayClient;
  readonly stdout: StdWriter;
  readonly stderr: StdWriter;
  exitCode: number;
}
