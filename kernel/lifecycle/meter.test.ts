import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Millis, millisSchema, type Usage } from "../abi/index.ts";
import { Meter } from "./meter.ts";
import { SampleCgroup } from "./sample-cgroup.ts";

const killed = (count: number): Record<string, string> => ({
  "memory.oom_control": `oom_kill_disable 0\nunder_oom 0\noom_kill ${count}\n`,
  "memory.events": `oom ${count}\noom_kill ${count}\n`,
});

describe.each([1, 2] as const)("with cgroup v%i", (version) => {
  let cgroup: SampleCgroup;
  let now: Millis;
  const meters: Meter[] = [];
  const readings: Usage[] = [];
  let awaited: { is: (usage: Usage) => boolean; resolve: (usage: Usage) => void } | undefined;

  beforeEach(() => {
    cgroup = new SampleCgroup(version).write("memory", killed(0));
    now = millisSchema.parse(1000);
  });
  afterEach(() => {
    for (const meter of meters.splice(0)) meter[Symbol.dispose]();
    readings.splice(0);
    cgroup[Symbol.dispose]();
  });

  function start(files = cgroup.files): Meter {
    const read = (usage: Usage): void => {
      readings.push(usage);
      if (awaited?.is(usage) === true) awaited.resolve(usage);
    };
    const meter = new Meter(files, { now: () => now, read });
    meters.push(meter);
    return meter;
  }

  /** The next reading that is so. */
  function reading(is: (usage: Usage) => boolean): Promise<Usage> {
    const { promise, resolve } = Promise.withResolvers<Usage>();
    awaited = { is, resolve };
    return promise;
  }

  const end = (): void => void cgroup.write("unified", { "cgroup.events": "populated 0\nfrozen 0\n" });

  test("the last reading is of the end", async () => {
    const meter = start();
    await reading(() => true);
    now = millisSchema.parse(9000);
    const last = reading(({ at }) => at === 9000);
    end();
    await last;
    await expect.poll(() => meter.ranOut()).toBe(false);
  });

  test("a container that was only stopped is read again", async () => {
    const meter = start();
    await reading(() => true);
    cgroup.write("unified", { "cgroup.events": "populated 1\nfrozen 1\n" });
    await reading(() => true);
    await reading(() => true);
    expect(meter.ranOut()).toBe(undefined);
  });

  test("a container whose task was killed for memory at the end has run out of it", async () => {
    const meter = start();
    await reading(() => true);
    cgroup.write("memory", killed(1));
    end();
    await reading(({ oomKills }) => oomKills === 1);
    await expect.poll(() => meter.ranOut()).toBe(true);
  });

  test("one that goes on after a child was killed for memory has not run out of it", async () => {
    const meter = start();
    await reading(({ oomKills }) => oomKills === 0);
    cgroup.write("memory", killed(1));
    await reading(({ oomKills }) => oomKills === 1);
    now = millisSchema.parse(60_000);
    end();
    await expect.poll(() => meter.ranOut()).toBe(false);
  });

  test("one whose task was just seen killed for memory has run out of it, also without a last reading", async () => {
    const meter = start({ ...cgroup.files, unified: undefined });
    await reading(() => true);
    cgroup.write("memory", killed(1));
    await reading(({ oomKills }) => oomKills === 1);
    expect(meter.ranOut()).toBe(true);
    now = millisSchema.parse(60_000);
    expect(meter.ranOut()).toBe(undefined);
  });

  test("without a last reading, or a count of kills, it does not say whether it ran out", async () => {
    const meter = start({ ...cgroup.files, unified: undefined });
    await reading(() => true);
    end();
    await reading(() => true);
    expect(meter.ranOut()).toBe(undefined);

    cgroup.write("memory", { "memory.oom_control": "under_oom 0\n", "memory.events": "oom 0\n" });
    const untold = start();
    await reading(({ oomKills }) => oomKills === null);
    expect(untold.ranOut()).toBe(undefined);
  });

  test("the peak is the most that was seen where Linux keeps none", async () => {
    cgroup.write("memory", { "memory.max_usage_in_bytes": "0\n", "memory.peak": "" });
    start();
    await reading(() => true);
    cgroup.write("memory", { "memory.usage_in_bytes": "5\n", "memory.current": "5\n" });
    expect(await reading(({ memoryBytes }) => memoryBytes === 5)).toMatchObject({ memoryPeakBytes: 12_161_024 });
  });

  test("one that has gone before it was looked at is not read", () => {
    const meter = start();
    cgroup.remove();
    expect(meter.ranOut()).toBe(undefined);
    expect(readings).toEqual([]);
  });
});
