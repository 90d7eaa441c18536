import { useSyncExternalStore } from "react";

/** A word kept in this browser, the same in every tab. */
export type Stored = {
  read(): string;
  /** Keeps it; empty forgets it. */
  write(value: string): void;
  subscribe(listener: () => void): () => void;
};

/** The word kept under `key`. Where the browser keeps nothing (private windows may refuse), it lasts as long as the page. */
export function openStored(key: string): Stored {
  const listeners = new Set<() => void>();
  let here = fromStorage(key);
  const tell = () => {
    for (const listener of listeners) listener();
  };
  window.addEventListener("storage", (event) => {
    if (event.key !== key && event.key !== null) return;
    here = fromStorage(key);
    tell();
  });
  return {
    read: () => here,
    write(value) {
      if (value === here) return;
      here = value;
      toStorage(key, value);
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The word as it is now; the component is drawn again when it changes, also by another tab. */
export function useStored(stored: Stored): string {
  return useSyncExternalStore(stored.subscribe, stored.read);
}

function fromStorage(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    // A browser that keeps nothing for pages throws on the very name.
    return "";
  }
}

function toStorage(key: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or refused: the page goes on with what it remembers itself.
  }
}
