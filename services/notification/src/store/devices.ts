import type { Tx } from "@shopmesh/mesh";

/** A device that could be pushed to. */
export type Device = {
  readonly tokenHash: string;
  readonly personId: string;
  readonly token: string;
  readonly platform: string;
  readonly updateMs: number;
};

/** Keeps a device; one that somebody else had is this person's from now on. */
export async function keepDevice(tx: Tx, device: Device): Promise<void> {
  const { tokenHash, personId, token, platform, updateMs } = device;
  await tx.execute(
    `INSERT INTO device (token_hash, person_id, token, platform, update_ms) VALUES (?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE person_id = VALUES(person_id), platform = VALUES(platform), update_ms = VALUES(update_ms)`,
    [tokenHash, personId, token, platform, updateMs],
  );
}
