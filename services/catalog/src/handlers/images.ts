import type { CatalogAdminService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Cache, Handlers, Storage } from "@shopmesh/mesh";
import { tellChanged } from "../effects.ts";
import { pictured } from "../product.ts";
import { createPicture, findProductSeller } from "../store/products.ts";
import { createUpload, findUpload } from "../store/uploads.ts";
import { changeProduct } from "./admin.ts";
import { productToProto } from "./proto.ts";

type Names = "createImageUpload" | "attachImage";

/** What pictures need. */
export type ImageDeps = {
  readonly clock: () => number;
  readonly newId: () => string;
  readonly cache: Cache;
  readonly storage: Storage;
};

const UPLOAD_TTL_MS = 15 * 60_000;

const endings: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
  "image/avif": "avif",
  "image/svg+xml": "svg",
};

/** Pictures: uploaded past us by a signed address, then attached. */
export function imageHandlers({
  clock,
  newId,
  cache,
  storage,
}: ImageDeps): Handlers<typeof CatalogAdminService, Names> {
  return {
    async createImageUpload({ productId, contentType, sizeBytes }, call) {
      if ((await findProductSeller(call.sql, productId)) === undefined) {
        throw new DomainError("not-found", "PRODUCT_NOT_FOUND", { product_id: productId });
      }
      const id = newId();
      const storageKey = `catalog/pictures/${id}.${endings[contentType] ?? "bin"}`;
      const upload = { id, productId, storageKey, sizeBytes: Number(sizeBytes) };
      await call.transaction((tx) => createUpload(tx, upload, clock()));
      const uploadUrl = storage.uploadUrl(storageKey, {
        contentType,
        maxBytes: upload.sizeBytes,
        expireMs: clock() + UPLOAD_TTL_MS,
      });
      return { uploadId: id, uploadUrl };
    },

    async attachImage({ productId, uploadId, alternativeText }, call) {
      const upload = await findUpload(call.sql, uploadId);
      if (upload === undefined || upload.productId !== productId) {
        throw new DomainError("not-found", "UPLOAD_NOT_FOUND", { upload_id: uploadId });
      }
      // Outside the transaction: storage may be another machine.
      const object = await storage.get(upload.storageKey);
      if (object?.bytes.length !== upload.sizeBytes) {
        throw new DomainError("precondition", "UPLOAD_INCOMPLETE", { upload_id: uploadId });
      }
      const picture = { uploadId, url: storage.publicUrl(upload.storageKey), alternativeText };
      const product = await call.transaction((tx) =>
        changeProduct(
          tx,
          { cache, productId },
          (before) => pictured(before, picture),
          async (after, before) => {
            await createPicture(tx, productId, picture, before.pictures.length);
            tellChanged(tx, after);
          },
        ),
      );
      return { product: productToProto(product) };
    },
  };
}
