import { newRequestId } from "../api/request-id.ts";
import { openHub } from "./browser-hub.ts";
import type { Member } from "./hub.ts";
import type { FromHub, ToHub } from "./words.ts";

/** A tab's way to the hub of its browser. */
export type Line = {
  say(word: ToHub): void;
  close(): void;
};

/** The tab's ears: what the hub says, and that there is a hub that knows nothing of this tab yet. */
export type Ears = { readonly hear: (word: FromHub) => void; readonly onFreshHub: () => void };

const NAME = "shopmesh-live";

/**
 * The best way that this browser has: a worker that all tabs share; else one of the tabs, elected by a lock, works for
 * the others; else, where pages get no locks (plain http from afar), each tab for itself.
 */
export function openLine(ears: Ears): Line {
  return "SharedWorker" in window ? workerLine(ears) : lineOfTabs(ears);
}

function lineOfTabs(ears: Ears): Line {
  return "locks" in navigator && "BroadcastChannel" in window ? electedLine(ears) : ownLine(ears);
}

function workerLine(ears: Ears): Line {
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: NAME });
  const { port } = worker;
  port.onmessage = ({ data }) => ears.hear(data);
  queueMicrotask(ears.onFreshHub);
  const ofWorker: Line = {
    say: (word) => port.postMessage(word),
    close() {
      worker.onerror = null;
      port.postMessage({ kind: "bye" } satisfies ToHub);
      port.close();
    },
  };
  let line = ofWorker;
  // Its script did not come, or is not understood here: nobody has heard what was said, and nobody ever would.
  worker.onerror = () => {
    ofWorker.close();
    line = lineOfTabs(ears);
  };
  return { say: (word) => line.say(word), close: () => line.close() };
}

function ownLine({ hear, onFreshHub }: Ears): Line {
  const member = openHub().join(hear);
  queueMicrotask(onFreshHub);
  return { say: (word) => member.hear(word), close: () => member.leave() };
}

/** What goes over the channel that all tabs hear: to the hub, to one tab, or to all: there is a new hub. */
type Call =
  | { readonly to: "hub"; readonly from: string; readonly word: ToHub }
  | { readonly to: "tab"; readonly tab: string; readonly word: FromHub }
  | { readonly to: "all" };

function electedLine({ hear, onFreshHub }: Ears): Line {
  const tab = newRequestId();
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<Call>) => {
    if (data.to === "tab" && data.tab === tab) hear(data.word);
    if (data.to === "all") onFreshHub();
  };
  const closing = new AbortController();
  const { signal } = closing;
  // Rejects only where this tab is closed before its turn.
  navigator.locks.request(NAME, { signal }, () => lead(signal)).catch(() => undefined);
  queueMicrotask(onFreshHub);
  const say = (word: ToHub) => channel.postMessage({ to: "hub", from: tab, word } satisfies Call);
  return {
    say,
    close() {
      say({ kind: "bye" });
      closing.abort();
      channel.close();
    },
  };
}

/** Is the hub of all tabs until this one is closed; then another has its turn. */
function lead(signal: AbortSignal): Promise<void> {
  const hub = openHub();
  const members = new Map<string, Member>();
  const channel = new BroadcastChannel(NAME);
  const memberOf = (tab: string): Member => {
    const known = members.get(tab);
    if (known !== undefined) return known;
    const member = hub.join((word) => channel.postMessage({ to: "tab", tab, word } satisfies Call));
    members.set(tab, member);
    return member;
  };
  channel.onmessage = ({ data }: MessageEvent<Call>) => {
    if (data.to === "hub") memberOf(data.from).hear(data.word);
  };
  channel.postMessage({ to: "all" } satisfies Call);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      for (const member of members.values()) member.leave();
      channel.close();
      resolve();
    });
  });
}
