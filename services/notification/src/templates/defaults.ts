import type { MessageName } from "../message.ts";
import { accountWordings } from "./accounts.ts";
import { orderWordings } from "./orders.ts";
import { staffWordings } from "./staff.ts";
import type { Wordings } from "./template.ts";
import { travelWordings } from "./travel.ts";

/** How every message is worded until somebody words it anew. */
export const defaultWordings: Readonly<Record<MessageName, Wordings>> = {
  ...orderWordings,
  ...travelWordings,
  ...accountWordings,
  ...staffWordings,
};
