import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CgroupFiles } from "./cgroup.ts";

/** For tests: the files of a container's cgroup as Linux writes them, in directories of their own. */

export class SampleCgroup implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), "superos-cgroup-"));
  readonly files: CgroupFiles;

  /** v1 with a v2 beside it, as systemd mounts them, or v2. */
  constructor(version: 1 | 2) {
    const dir = (name: string): string => {
      const path = join(this.home, version === 1 ? name : "unified");
      mkdirSync(path, { recursive: true });
      return path;
    };
    this.files = {
      version,
      memory: dir("memory"),
      cpu: dir("cpuacct"),
      quota: dir("cpu"),
      unified: dir("unified"),
    };
    this.write("unified", { "cgroup.events": "populated 1\nfrozen 0\n" });
    this.write("memory", this.recorded.memory);
    this.write("cpu", this.recorded.cpu);
    this.write("quota", this.recorded.quota);
  }

  /** As Linux writes them of a program that read files, had a child killed for memory, and has a third of a core. */
  get recorded(): (typeof recorded)[1 | 2] {
    return recorded[this.files.version];
  }

  write(where: "memory" | "cpu" | "quota" | "unified", files: Readonly<Record<string, string>>): this {
    const dir = this.files[where] ?? this.home;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    return this;
  }

  /** The container has gone. */
  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}

const v1MemoryStat = `cache 868352
rss 10895360
rss_huge 0
mapped_file 126976
dirty 0
pgpgin 21412
pgpgout 18540
pgfault 18000
pgmajfault 10
inactive_anon 10887168
active_anon 8192
inactive_file 0
active_file 0
unevictable 0
hierarchical_memory_limit 67108864
hierarchical_memsw_limit 67108864
total_cache 868352
total_rss 10895360
total_mapped_file 126976
total_pgpgin 21412
total_pgpgout 18540
total_pgfault 19010
total_pgmajfault 11
total_inactive_anon 10887168
total_active_anon 8192
total_inactive_file 868352
total_active_file 126976
total_unevictable 0
`;

const v2MemoryStat = `anon 10895360
file 868352
kernel 516096
file_mapped 126976
file_dirty 0
inactive_anon 10887168
active_anon 8192
inactive_file 868352
active_file 126976
unevictable 0
slab_reclaimable 212992
workingset_refault_file 2935
pgfault 19010
pgmajfault 11
pgrefill 1893
`;

const recorded = {
  1: {
    memory: {
      "memory.usage_in_bytes": "12161024\n",
      "memory.max_usage_in_bytes": "67108864\n",
      "memory.stat": v1MemoryStat,
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
      tasks: "",
    },
    cpu: { "cpuacct.usage": "550743663\n" },
    quota: { "cpu.stat": "nr_periods 28\nnr_throttled 11\nthrottled_time 577069353\nnr_bursts 0\nburst_time 0\n" },
  },
  2: {
    memory: {
      "memory.current": "12161024\n",
      "memory.peak": "67108864\n",
      "memory.stat": v2MemoryStat,
      "memory.events": "low 0\nhigh 0\nmax 1893\noom 1\noom_kill 1\noom_group_kill 0\n",
      "cgroup.threads": "",
    },
    cpu: {
      "cpu.stat": `usage_usec 550743
user_usec 450620
system_usec 100123
nice_usec 0
nr_periods 28
nr_throttled 11
throttled_usec 577069
nr_bursts 0
burst_usec 0
`,
    },
    quota: {},
  },
} as const;
