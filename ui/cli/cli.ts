import type { Environment } from "./config.ts";
import type { GatewayClient } from "./http/client.ts";
import type { Prompt } from "./prompt.ts";
import type { Output } from "./stdio.ts";

/** What each command is handed: the gateway, the outputs, the person, its environment, and the exit code it sets. */
export interface Cli {
  readonly env: Environment;
  readonly client: GatewayClient;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly prompt: Prompt;
  exitCode: number;
}
