/** Where a page of traces ended. */
export type PageEnd = { readonly startUs: number; readonly traceId: string };

/** An opaque token for the page after `end`. */
export function pageTokenAfter(end: PageEnd): string {
  return `${end.startUs.toString(36)}.${end.traceId}`;
}

/** Where the page before ended; undefined for a token that was not made here. */
export function readPageToken(token: string): PageEnd | undefined {
  const [, start, traceId] = /^([0-9a-z]{1,11})\.([0-9a-f]{32})$/.exec(token) ?? [];
  if (start === undefined || traceId === undefined) return undefined;
  return { startUs: Number.parseInt(start, 36), traceId };
}
