/**
 * The pipe on stdin that the kernel holds open for as long as it lives.
 *
 * Nothing is ever read from it; its end means that the kernel is gone, however it went, and that the service must go
 * too, so that no service outlives its kernel.
 */
export function onParentGone(stop: () => void): void {
  let stopped = false;
  const once = (): void => {
    if (stopped) return;
    stopped = true;
    stop();
  };
  process.stdin.on("end", once).on("close", once).on("error", once);
  process.stdin.resume();
}
