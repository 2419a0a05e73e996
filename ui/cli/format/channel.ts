import type { Delivery, DeadLetter, Pid, QueueView, SegmentView } from "../../../kernel/abi/index.ts";
import { showAge, showBytes, showMoment } from "./amounts.ts";
import { toJsonLine } from "./printable.ts";
import type { Column } from "./table.ts";

/** Queues, dead letters and segments as rows. Pure. */

/** What a project is called; without one it is the user's own. */
export type ProjectNames = ReadonlyMap<string, string>;

const projectOf = (project: string | null, names: ProjectNames): string =>
  project === null ? "-" : (names.get(project) ?? project);

const pidsOf = (pids: readonly Pid[]): string => (pids.length === 0 ? "-" : pids.join(","));

export const queueColumns = (names: ProjectNames): readonly Column<QueueView>[] => [
  { title: "NAME", of: ({ name }) => name },
  { title: "PROJECT", of: ({ project }) => projectOf(project, names) },
  { title: "DEPTH", of: ({ depth, maxMessages }) => `${depth}/${maxMessages}`, right: true },
  { title: "BYTES", of: ({ bytes, maxBytes }) => `${showBytes(bytes)}/${showBytes(maxBytes)}`, right: true },
  { title: "DELIVERED", of: ({ delivered }) => String(delivered), right: true },
  { title: "DEAD", of: ({ dead }) => String(dead), right: true },
  { title: "SENT", of: ({ sent }) => String(sent), right: true },
  { title: "RECEIVED", of: ({ received }) => String(received), right: true },
  { title: "WAITING", of: ({ waiting }) => String(waiting), right: true },
  { title: "SENDERS", of: ({ senders }) => pidsOf(senders) },
  { title: "RECEIVERS", of: ({ receivers }) => pidsOf(receivers) },
];

export const segmentColumns = (names: ProjectNames, now: number): readonly Column<SegmentView>[] => [
  { title: "NAME", of: ({ name }) => name },
  { title: "PROJECT", of: ({ project }) => projectOf(project, names) },
  { title: "SIZE", of: ({ bytes }) => showBytes(bytes), right: true },
  { title: "OWNER", of: ({ owner }) => String(owner), right: true },
  { title: "AGE", of: ({ createdAt }) => showAge(now - createdAt), right: true },
  { title: "READERS", of: ({ readers }) => pidsOf(readers) },
  { title: "WRITERS", of: ({ writers }) => pidsOf(writers) },
];

export const letterColumns: readonly Column<DeadLetter>[] = [
  { title: "AT", of: ({ at }) => showMoment(at) },
  { title: "FROM", of: ({ from }) => String(from), right: true },
  { title: "DELIVERIES", of: ({ deliveries }) => String(deliveries), right: true },
  { title: "REASON", of: ({ reason }) => reason },
  { title: "MESSAGE", of: ({ message }) => JSON.stringify(message) },
];

/** One message as one line: JSON, or with `raw` a text as it is. */
export const messageLine = ({ message }: Delivery, how: { raw: boolean }): string =>
  how.raw && typeof message === "string" ? `${message}\n` : toJsonLine(message);
