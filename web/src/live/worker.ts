/** The hub of a whole browser: a worker that all tabs of the shop share. */
import { openHub } from "./browser-hub.ts";

const hub = openHub();

addEventListener("connect", (event) => {
  const [port] = event instanceof MessageEvent ? event.ports : [];
  if (port === undefined) return;
  const member = hub.join((word) => port.postMessage(word));
  port.onmessage = ({ data }) => member.hear(data);
});
