import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";

/** What a process shows, and whom it believes: PEM. */
export type CertificateSet = {
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** Whoever this signed is of the mesh. While it is changed, it may hold the old and the new one. */
  readonly authority: Buffer;
};

/** Where they are kept. */
export type CertificateFiles = { readonly [name in keyof CertificateSet]: string };

/** The certificates of this process as they are now. */
export type Certificates = {
  current(): CertificateSet;
  /** Hears of new ones, for new connections: those that are open live on. Returns what ends that. */
  onChange(listener: () => void): () => void;
  close(): void;
};

const LOOK_EVERY_MS = 2_000;

/**
 * Reads certificates, and again when the files change; a set that does not fit together, or is not valid now, is reported
 * once and not taken. Throws an Error where the first one is that.
 */
export function followCertificates(
  files: CertificateFiles,
  options: { readonly report: (problem: string) => void; readonly lookEveryMs?: number },
): Certificates {
  const listeners = new Set<() => void>();
  let current = readNow(files);
  const first = problemOf(current);
  if (first !== "") throw new Error(`certificates: ${first} (${files.certificate})`);
  let refused: { readonly set: CertificateSet; isReported: boolean } | undefined;

  async function look(): Promise<void> {
    const found = await readAll(files);
    if (found === undefined || isSame(found, current)) return;
    const problem = problemOf(found);
    if (problem === "") {
      current = found;
      refused = undefined;
      for (const listener of listeners) listener();
    } else if (refused === undefined || !isSame(found, refused.set)) {
      // Perhaps in the middle of being replaced: told of when it is still so the next time.
      refused = { set: found, isReported: false };
    } else if (!refused.isReported) {
      refused.isReported = true;
      options.report(problem);
    }
  }

  const timer = setInterval(() => void look(), options.lookEveryMs ?? LOOK_EVERY_MS).unref();
  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}

function readNow({ certificate, key, authority }: CertificateFiles): CertificateSet {
  const [first, second, third] = [certificate, key, authority].map((file) => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new Error(`certificates: ${file} cannot be read`, { cause: error });
    }
  });
  const empty = Buffer.alloc(0);
  return { certificate: first ?? empty, key: second ?? empty, authority: third ?? empty };
}

async function readAll(files: CertificateFiles): Promise<CertificateSet | undefined> {
  try {
    const names = [files.certificate, files.key, files.authority];
    const [certificate, key, authority] = await Promise.all(names.map((name) => readFile(name)));
    return certificate && key && authority ? { certificate, key, authority } : undefined;
  } catch {
    // In the middle of being replaced, or gone: what was read before goes on until there are others.
    return undefined;
  }
}

function isSame(one: CertificateSet, other: CertificateSet): boolean {
  return (
    one.certificate.equals(other.certificate) && one.key.equals(other.key) && one.authority.equals(other.authority)
  );
}

/** Why a set is not to be used; empty where it is. */
function problemOf({ certificate, key, authority }: CertificateSet): string {
  try {
    createSecureContext({ cert: certificate, key, ca: authority });
    const { validFromDate, validToDate } = new X509Certificate(certificate);
    if (validToDate.getTime() < Date.now()) return `the certificate expired ${validToDate.toISOString()}`;
    if (validFromDate.getTime() > Date.now()) return `the certificate is valid from ${validFromDate.toISOString()}`;
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "the certificates cannot be used";
  }
}
