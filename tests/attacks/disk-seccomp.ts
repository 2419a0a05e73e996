import { z } from "zod";

/**
 * The kernel's seccomp profile without the calls that take blocks without writing them.
 *
 * `fallocate` may only punch holes; everything else of it answers EOPNOTSUPP, upon which posix_fallocate(3) writes. Of
 * `ioctl`, the types `X` (FS_IOC_RESVSP and what else xfs began) and 0x94 (clones, and btrfs with its subvolumes) are
 * refused. A filter compares an argument under a mask, never "not equal" under one, so that every other type is
 * allowed by the bits in which it differs from both.
 */

const profileSchema = z.looseObject({
  syscalls: z.array(z.looseObject({ names: z.array(z.string()), action: z.string() })),
});

const punchHole = 3;
const notSupported = 95;

const allowed = (mask: number, value: number): object => ({
  names: ["ioctl"],
  action: "SCMP_ACT_ALLOW",
  args: [{ index: 1, op: "SCMP_CMP_MASKED_EQ", value: mask << 8, valueTwo: value << 8 }],
});

/** 0x58 is 01011000, 0x94 is 10010100: alike in bits 5, 4, 1 and 0, and each bit of 7, 6, 3, 2 tells the others. */
const ioctls = [
  allowed(0x20, 0x20),
  allowed(0x10, 0x00),
  allowed(0x02, 0x02),
  allowed(0x01, 0x01),
  allowed(0xc0, 0x00),
  allowed(0xc0, 0xc0),
  allowed(0x0c, 0x00),
  allowed(0x0c, 0x0c),
  allowed(0x88, 0x00),
  allowed(0x88, 0x88),
];

const fallocates = [
  { action: "SCMP_ACT_ALLOW", op: "SCMP_CMP_EQ" },
  { action: "SCMP_ACT_ERRNO", op: "SCMP_CMP_NE", errnoRet: notSupported },
].map(({ op, ...rule }) => ({ names: ["fallocate"], args: [{ index: 1, op, value: punchHole }], ...rule }));

export function withoutReservation(text: string): string {
  const profile = profileSchema.parse(JSON.parse(text));
  const told = profile.syscalls.some(({ names, action }) => names.includes("fallocate") && action !== "SCMP_ACT_ALLOW");
  if (told) return text;
  const others = profile.syscalls.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => name !== "fallocate" && name !== "ioctl"),
  }));
  return JSON.stringify({ ...profile, syscalls: [...others, ...ioctls, ...fallocates] });
}
