import type { Sql, Tx } from "@shopmesh/mesh";
import type { UploadRow } from "../schema.ts";

/** A promise of a picture's bytes. */
export type Upload = {
  readonly id: string;
  readonly productId: string;
  /** Where the bytes will lie. */
  readonly storageKey: string;
  readonly sizeBytes: number;
};

/** The upload. */
export async function findUpload(sql: Sql, id: string): Promise<Upload | undefined> {
  const row = await sql.row<UploadRow>("SELECT * FROM upload WHERE id = ?", [id]);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    productId: row.product_id,
    storageKey: row.storage_key,
    sizeBytes: Number(row.size_bytes),
  };
}

/** Notes an upload that was handed out. */
export async function createUpload(tx: Tx, upload: Upload, nowMs: number): Promise<void> {
  await tx.insert("upload", [
    {
      id: upload.id,
      product_id: upload.productId,
      storage_key: upload.storageKey,
      size_bytes: upload.sizeBytes,
      create_ms: nowMs,
    },
  ]);
}
