/** The rights that the run panel offers, in plain words, and what switching one does to the others. Pure. */
export type Permission = "FS_READ" | "FS_WRITE";

export interface PermissionText {
  name: string;
  capability: string;
  explanation: string;
}

export const permissionTexts: Record<Permission, PermissionText> = {
  FS_READ: {
    name: "Read files",
    capability: "FS_READ:/project",
    explanation: "Read the project's files. Without it the program sees no folder at all.",
  },
  FS_WRITE: {
    name: "Change files",
    capability: "FS_WRITE:/project",
    explanation: "Create, change and delete the project's files.",
  },
};

export const unavailablePermissions: readonly PermissionText[] = [
  { name: "Reach the network", capability: "NET_CONNECT", explanation: "Connect to a host that you name." },
  { name: "Serve on a port", capability: "NET_BIND", explanation: "Answer connections from this machine." },
];

/** Writing needs reading: the one is switched on with the other, and off with it. */
export function switched(held: ReadonlySet<Permission>, permission: Permission, on: boolean): ReadonlySet<Permission> {
  const after = new Set(held);
  if (on) {
    after.add(permission);
    if (permission === "FS_WRITE") after.add("FS_READ");
  } else {
    after.delete(permission);
    if (permission === "FS_READ") after.delete("FS_WRITE");
  }
  return after;
}
