import { FrameDecoder } from "../../../kernel/abi/index.ts";

/**
 * All of a process's standard output as text when it has ended, out of the frames of its output from the beginning; null where
 * it is not all there: some was dropped, or it is longer than the limit. What comes after that is known is not read. `onMore`
 * is told what there is after each chunk.
 */
export async function wholeStdout(
  chunks: AsyncIterable<Uint8Array>,
  { limitBytes, onMore }: { limitBytes: number; onMore?: (output: string) => void },
): Promise<string | null> {
  const frames = new FrameDecoder();
  const text = new TextDecoder();
  const at = { stdout: 0, stderr: 0 };
  let output = "";
  for await (const chunk of chunks) {
    for (const frame of frames.push(chunk)) {
      switch (frame.type) {
        case "stdout":
          at.stdout += frame.data.length;
          if (at.stdout > limitBytes) return null;
          output += text.decode(frame.data, { stream: true });
          break;
        case "stderr":
          at.stderr += frame.data.length;
          break;
        case "gap":
          // One that moves neither stream says that bytes of any may be lost.
          if (frame.stdout > at.stdout || frame.stderr <= at.stderr) return null;
          at.stderr = frame.stderr;
          break;
        case "end":
          return output + text.decode();
        default:
          frame satisfies never;
      }
    }
    onMore?.(output);
  }
  return null;
}
