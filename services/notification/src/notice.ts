import type { MessageName } from "./message.ts";

/** One message on the shop's own pages. */
export type Notice = {
  readonly id: string;
  readonly personId: string;
  readonly template: MessageName;
  readonly title: string;
  readonly body: string;
  /** From the shop's own address on; empty for nowhere. */
  readonly link: string;
  readonly readMs: number | undefined;
  readonly createMs: number;
};

/** A notice and the number of its last change, which grows for each person in the order of the commits. */
export type PlacedNotice = { readonly notice: Notice; readonly sequence: number };
