/** What every part must agree on about the quotas. */

/**
 * The least DISK, in bytes. Its slack of a tenth is what one processor writes in six milliseconds, which is how long a busy
 * machine may keep the watchdog waiting for its turn (docs/adr/0005-disk-watchdog.md).
 */
export const leastDiskBytes = 256 * 1024 ** 2;
