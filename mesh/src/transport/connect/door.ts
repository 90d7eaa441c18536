import type { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";

/** In so short a turn of the loop hardly anybody comes; one that somebody else's work on the machine made longer does not count. */
const QUIET_MS = 0.1;
/** A door that is never quiet is closed all the same. */
const MOST_TURNS = 2_000;

/**
 * Takes on the connections that the system has queued at a door about to close: closing would reset them, and what they have
 * brought. Resolves after a turn that was short and brought nobody, for the system tells of one in each turn only. Nobody is
 * told to leave before: whoever is comes back by a new connection.
 */
export async function emptyQueue(server: Server): Promise<void> {
  let came = 0;
  const count = (): void => void (came += 1);
  server.on("connection", count);
  // The first of them ends the turn that is under way.
  for (let turn = 0, isQuiet = false; turn < MOST_TURNS && !isQuiet; turn++) {
    const [beganMs, before] = [performance.now(), came];
    await new Promise(setImmediate);
    isQuiet = turn > 0 && came === before && performance.now() - beganMs < QUIET_MS;
  }
  server.off("connection", count);
}

/**
 * Takes no more connections. Those that nobody uses yet are cut after `leaveMs`: a request may be on its way to one. Resolves
 * when none is left.
 */
export async function closeDoor(server: Server, undecided: ReadonlySet<Socket>, leaveMs: number): Promise<void> {
  const left = setTimeout(() => {
    server.close();
    for (const socket of undecided) socket.destroy();
  }, leaveMs);
  // Not server.close(), which cuts idle connections at once.
  await new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  clearTimeout(left);
}
