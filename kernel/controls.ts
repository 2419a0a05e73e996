import { existsSync } from "node:fs";
import type { Control } from "./abi/index.ts";
import type { EngineFacts } from "./docker/engine.ts";

/** Every control that was looked for at boot: what the engine gives, and what the kernel's own user gives. */
export function hostControls(facts: EngineFacts): Control[] {
  const root = process.getuid?.() === 0;
  const namespaces = existsSync("/proc/self/ns/cgroup");
  const own: Control[] = [
    {
      name: "private cgroup namespace",
      available: namespaces,
      detail: namespaces ? "cgroup_namespaces(7)" : "Linux 4.6",
    },
    {
      name: "project ownership",
      available: root,
      detail: root ? "each project has a user of its own" : "the kernel is not root and cannot give files away",
    },
    {
      name: "disk watch",
      available: root,
      detail: root ? "a process that passes its DISK is ended" : "the kernel is not root and cannot stop a writer",
    },
    {
      name: "service separation",
      available: root,
      detail: root
        ? "policy, gateway and egress have users of their own"
        : "policy, gateway and egress run as the kernel's user",
    },
  ];
  return [...facts.controls, ...own];
}
