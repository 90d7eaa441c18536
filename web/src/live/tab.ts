import { newRequestId } from "../api/request-id.ts";
import { signedIn } from "../api/transport.ts";
import { type Line, openLine } from "./line.ts";
import type { FromHub, LiveTopic } from "./words.ts";

/** What is heard of one topic. */
export type Heard = Extract<FromHub, { readonly kind: "message" | "flow" | "ended" }>;

type Following = { topic: LiveTopic; readonly hear: (heard: Heard) => void };

const followings = new Map<number, Following>();
let count = 0;
let line: Line | undefined;
let release = (): void => {};

/** Follows `topic` with all others of this browser; the function returned ends it. */
export function followTopic(topic: LiveTopic, hear: (heard: Heard) => void): () => void {
  count += 1;
  const id = count;
  followings.set(id, { topic, hear });
  if (line === undefined) begin();
  else line.say({ kind: "follow", id, topic });
  return () => {
    followings.delete(id);
    line?.say({ kind: "leave", id });
  };
}

function begin(): void {
  const lock = holdLock((name) => line?.say({ kind: "hello", lock: name }));
  release = lock.release;
  line = openLine({
    hear(heard) {
      const following = followings.get(heard.id);
      if (following === undefined) return;
      // Another hub, should this one go, goes on where this one was.
      if (heard.kind === "message") following.topic = { ...following.topic, cursor: heard.cursor };
      if (heard.kind === "ended") followings.delete(heard.id);
      following.hear(heard);
    },
    onFreshHub() {
      if (lock.name() !== "") line?.say({ kind: "hello", lock: lock.name() });
      for (const [id, { topic }] of followings) line?.say({ kind: "follow", id, topic });
    },
  });
}

/** A page that is put aside follows nothing, and goes on where it was when it is taken out again. */
function end(): void {
  line?.close();
  line = undefined;
  release();
}

function resume(): void {
  if (line === undefined && followings.size > 0) begin();
}

/**
 * Holds a lock of this tab's own until it is released: who waits for it learns when the tab is gone, even by a crash.
 * Its name is told once it is held; before, whoever asked for it would have it at once, and think the tab gone.
 */
function holdLock(onHeld: (name: string) => void): { name(): string; release(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let held = "";
  let isReleased = false;
  const name = `shopmesh-tab-${newRequestId()}`;
  if ("locks" in navigator) {
    void navigator.locks.request(name, () => {
      if (isReleased) return undefined;
      held = name;
      onHeld(name);
      return promise;
    });
  }
  return {
    name: () => held,
    release() {
      isReleased = true;
      resolve();
    },
  };
}

const renew = (): void => line?.say({ kind: "renew" });
signedIn.subscribe(renew);
window.addEventListener("online", renew);
window.addEventListener("pagehide", end);
document.addEventListener("freeze", end);
window.addEventListener("pageshow", resume);
document.addEventListener("resume", resume);
