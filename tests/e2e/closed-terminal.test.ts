import { existsSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Instance } from "../setup/instance.ts";

it("a server whose terminal is closed gives everything back, though nobody reads what it says", async () => {
  const instance = await Instance.start();
  try {
    const started = await instance.cli(["run", "-d", "--", "sleep", "600"]);
    expect(started.code, started.stderr).toBe(0);
    expect(await instance.containers()).toHaveLength(1);
    const ended = once(instance.kernel, "exit");
    instance.kernel.stdout?.destroy();
    instance.kernel.stderr?.destroy();
    instance.kernel.kill("SIGHUP");
    expect(await ended).toEqual([0, null]);
    expect(await instance.containers()).toEqual([]);
    expect(existsSync(join(instance.home, "cli.json"))).toBe(false);
  } finally {
    // A kernel that left its containers behind removes them when it starts again.
    const again = (await instance.containers()).length > 0 ? await Instance.start({ home: instance.home }) : instance;
    await again.remove();
  }
});
