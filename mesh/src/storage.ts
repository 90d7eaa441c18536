/** Objects by key ("catalog/pictures/<id>.svg"): a folder on a laptop, S3 elsewhere. */
export type Storage = {
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /** The object, or undefined where there is none. */
  get(key: string): Promise<{ readonly bytes: Uint8Array; readonly contentType: string } | undefined>;
  remove(key: string): Promise<void>;
  /**
   * A URL (path at the gateway, `/media/uploads/…`) to which one object of at most `maxBytes` and `contentType` may be
   * PUT until `expireMs` (epoch ms): signed, no state.
   */
  uploadUrl(
    key: string,
    options: { readonly contentType: string; readonly maxBytes: number; readonly expireMs: number },
  ): string;
  /** What the upload URL of this path and query allows; the gateway holds the upload to it. Throws UPLOAD_URL_INVALID, UPLOAD_URL_EXPIRED. */
  verifyUpload(path: string, query: URLSearchParams): UploadGrant;
  /** The public path of an object: `/media/<key>`. */
  publicUrl(key: string): string;
};

/** What an upload URL allows: one object at `key`. */
export type UploadGrant = {
  readonly key: string;
  readonly contentType: string;
  readonly maxBytes: number;
};
