import { z } from "zod";
import { pidSchema, slotViewSchema, type SlotView } from "../../kernel/abi/index.ts";
import { accepted, type Api } from "./caller.ts";

/** Slots by the HTTP API: looking at them, handing on, taking away, and the previews that they allow. */

const lossSchema = z.strictObject({ slots: z.array(slotViewSchema), ends: z.array(pidSchema) });
type Loss = z.infer<typeof lossSchema>;

export async function capsOf(api: Api, pid: number): Promise<SlotView[]> {
  const schema = z.strictObject({ slots: z.array(slotViewSchema) });
  return (await accepted(schema, api.api(`/api/v1/processes/${pid}/caps`))).slots;
}

/** The slot by which a process holds exactly this. */
export async function slotOf(api: Api, pid: number, capability: string): Promise<SlotView> {
  const slot = (await capsOf(api, pid)).find((each) => each.capability === capability);
  if (slot === undefined) throw new Error(`process ${pid} does not hold ${capability}`);
  return slot;
}

export const grantRequest = (api: Api, pid: number, capability: string): Promise<Response> =>
  api.post(`/api/v1/processes/${pid}/caps`, { capability });

const granted = z.strictObject({ slot: slotViewSchema });

export const grant = async (api: Api, pid: number, capability: string): Promise<SlotView> =>
  (await accepted(granted, grantRequest(api, pid, capability))).slot;

/** To be used and not handed on. */
export const grantSealed = async (api: Api, pid: number, capability: string): Promise<SlotView> =>
  (await accepted(granted, api.post(`/api/v1/processes/${pid}/caps`, { capability, delegable: false }))).slot;

export const revokeRequest = (api: Api, pid: number, slot: number): Promise<Response> =>
  api.api(`/api/v1/processes/${pid}/caps/${slot}`, { method: "DELETE" });

export const revoke = (api: Api, pid: number, slot: number): Promise<Loss> =>
  accepted(lossSchema, revokeRequest(api, pid, slot));

/** What revoking would take. */
export const revokePreview = (api: Api, pid: number, slot: number): Promise<Loss> =>
  accepted(lossSchema, api.api(`/api/v1/processes/${pid}/caps/${slot}?preview=true`, { method: "DELETE" }));

export const previewRequest = (api: Api, pid: number, port?: number): Promise<Response> =>
  api.post(`/api/v1/processes/${pid}/preview`, port === undefined ? {} : { port });
