import { notifications } from "@mantine/notifications";
import { toFault } from "../../../kernel/abi/index.ts";

/** Says that an action failed, where the page has no place of its own for it. */
export function notifyFault(error: unknown): void {
  const fault = toFault(error);
  const missing = fault.missing === undefined ? "" : ` Missing: ${fault.missing}.`;
  notifications.show({ color: "red", title: fault.message, message: `${fault.hint}${missing}`, autoClose: 10_000 });
}
