import type { Clock } from "@shopmesh/kernel";
import { DomainError } from "@shopmesh/kernel";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { Storage } from "../storage.ts";
import { checkKey, createUploadSigner, publicPath } from "./upload-url.ts";

/** What an S3 storage is made of. */
export type S3StorageOptions = {
  readonly bucket: string;
  /** "http://s3:8333" of a compatible store; undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Undefined: whatever the AWS SDK finds (a role, a profile). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Signs upload URLs: the same in every service and the gateway. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
};

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 3;

/**
 * Objects in a bucket, which is made with the first object where there is none. Uploads go through the gateway, signed
 * as a folder's are: a client cannot tell the two apart. Throws STORAGE_UNAVAILABLE while the store does not answer.
 */
export function createS3Storage(options: S3StorageOptions): Storage {
  const { bucket, secret, clock } = options;
  const client = connect(options);
  const signer = createUploadSigner(secret, clock);
  const put = (key: string, bytes: Uint8Array, contentType: string) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: contentType }));
  return {
    async put(key, bytes, contentType) {
      checkKey(key);
      await put(key, bytes, contentType).catch(async (error: unknown) => {
        if (!isNamed(error, "NoSuchBucket")) throw refusalOf(error);
        await createBucket(client, bucket);
        await put(key, bytes, contentType).catch(refuse);
      });
    },
    async get(key) {
      checkKey(key);
      try {
        const { Body: body, ContentType: contentType } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key }),
        );
        if (body === undefined) return undefined;
        return { bytes: await body.transformToByteArray(), contentType: contentType ?? "application/octet-stream" };
      } catch (error) {
        if (isNamed(error, "NoSuchKey") || isNamed(error, "NoSuchBucket")) return undefined;
        throw refusalOf(error);
      }
    },
    async remove(key) {
      checkKey(key);
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
        if (!isNamed(error, "NoSuchBucket")) throw refusalOf(error);
      });
    },
    uploadUrl: signer.sign,
    verifyUpload: signer.verify,
    publicUrl: publicPath,
  };
}

function connect({ endpoint, region, credentials }: S3StorageOptions): S3Client {
  return new S3Client({
    region,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    // Not every compatible store knows Amazon's newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

async function createBucket(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
    // Another process made it meanwhile. A stranger's of that name refuses what is put next.
    if (!isNamed(error, "BucketAlreadyOwnedByYou") && !isNamed(error, "BucketAlreadyExists")) throw refusalOf(error);
  });
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof S3ServiceException && error.name === name;
}

function refuse(error: unknown): never {
  throw refusalOf(error);
}

/** A store that does not answer, or says that it cannot, is away; anything else is a bug or a wrong setting. */
function refusalOf(error: unknown): unknown {
  return isAway(error) ? new DomainError("unavailable", "STORAGE_UNAVAILABLE", {}, { cause: error }) : error;
}

function isAway(error: unknown): boolean {
  if (error instanceof S3ServiceException) {
    const { httpStatusCode: status = 503 } = error.$metadata;
    return status >= 500 || status === 429;
  }
  // Of a socket (ECONNREFUSED, ENOTFOUND) or of the SDK's own clock.
  return (
    error instanceof Error && (error.name === "TimeoutError" || ("code" in error && typeof error.code === "string"))
  );
}
