import type { IncomingMessage } from "node:http";
import { Fault, type Frame, FrameDecoder, type Outcome, type Pid, outcomeSchema } from "../../../kernel/abi/index.ts";
import { persist } from "./backoff.ts";
import { type GatewayClient, chunksOf, route } from "./client.ts";

/**
 * Reads a process's output as frames and hands each part on exactly once.
 *
 * It counts the bytes of each stream, and after a lost connection asks for the rest from there, so that nothing is
 * missing or doubled. It waits for the sink before it reads on, which holds the whole way back to the program.
 */

export interface OutputSink {
  write(stream: "stdout" | "stderr", data: Uint8Array): Promise<void>;
  /** So many bytes of the stream were dropped before the next part. */
  gap(stream: "stdout" | "stderr", bytes: number): Promise<void>;
}

export interface OutputRequest {
  pid: Pid;
  follow: boolean;
  lossless: boolean;
  /** How much of each stream is not wanted. */
  from?: { stdout: number; stderr: number };
  /** Whether the gateway has answered about this process before, so that a failure to connect is worth a retry. */
  stoodBefore: boolean;
  /** The output from where it is wanted, where it was opened before. */
  opened?: IncomingMessage | undefined;
  signal?: AbortSignal;
}

function parseOutcome(payload: Uint8Array): Outcome {
  try {
    return outcomeSchema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
  } catch (error) {
    throw new Fault("internal", "the end of the output does not tell an outcome", { cause: error });
  }
}

function decode(decoder: FrameDecoder, chunk: Uint8Array): Frame[] {
  try {
    return decoder.push(chunk);
  } catch (error) {
    throw new Fault("internal", "the gateway sent something that is not output", { cause: error });
  }
}

/** Where the next byte of each stream is; pure. */
export class Offsets {
  stdout = 0;
  stderr = 0;

  /** Moves on to where a gap ends; returns what was lost of each stream. */
  skip(to: { stdout: number; stderr: number }): { stdout: number; stderr: number } {
    const lost = { stdout: Math.max(0, to.stdout - this.stdout), stderr: Math.max(0, to.stderr - this.stderr) };
    this.stdout = Math.max(this.stdout, to.stdout);
    this.stderr = Math.max(this.stderr, to.stderr);
    return lost;
  }
}

async function takeFrame(frame: Frame, offsets: Offsets, sink: OutputSink): Promise<Outcome | undefined> {
  switch (frame.type) {
    case "stdout":
    case "stderr":
      offsets[frame.type] += frame.data.length;
      await sink.write(frame.type, frame.data);
      return undefined;
    case "gap": {
      const lost = offsets.skip(frame);
      if (lost.stdout > 0) await sink.gap("stdout", lost.stdout);
      if (lost.stderr > 0) await sink.gap("stderr", lost.stderr);
      return undefined;
    }
    case "end":
      return parseOutcome(frame.payload);
    default:
      return frame satisfies never;
  }
}

/** Copies the output; with `follow` until the process has ended, else what is there. Returns the outcome if it ended. */
export async function copyOutput(
  client: GatewayClient,
  request: OutputRequest,
  sink: OutputSink,
): Promise<Outcome | undefined> {
  const offsets = new Offsets();
  if (request.from !== undefined) offsets.skip(request.from);
  const { pid, follow, lossless, stoodBefore } = request;
  let { opened } = request;
  const signal = request.signal === undefined ? {} : { signal: request.signal };
  return persist(
    async (standing) => {
      const query = { stdout: offsets.stdout, stderr: offsets.stderr, follow, lossless };
      const path = route("processes", pid, "output");
      const response = opened ?? (await client.open({ method: "GET", path, query, ...signal }));
      opened = undefined;
      standing();
      const decoder = new FrameDecoder();
      for await (const chunk of chunksOf(response, "the output")) {
        for (const frame of decode(decoder, chunk)) {
          const outcome = await takeFrame(frame, offsets, sink);
          if (outcome !== undefined) return outcome;
        }
      }
      if (follow) throw new Fault("unavailable", `the output of process ${pid} broke off`);
      return undefined;
    },
    { stoodBefore, ...signal },
  );
}
