import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { EdgeRequest, EdgeResponse, EdgeRoute } from "./edge.ts";

/** One file of the web app as it is sent. */
type WebFile = {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** The same, compressed when the app was built. */
  readonly brotli: Uint8Array | undefined;
};

/** The built web app by path: "/assets/index-4f2a.js". What is not in here is not sent. */
export type WebFiles = ReadonlyMap<string, WebFile>;

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

const PAGE = "/index.html";
const NONCE_PLACE = "__CSP_NONCE__";
const builtHere = fileURLToPath(new URL("../../web/dist", import.meta.url));

/** The folder of the built web app: the one named, else this checkout's where it was built; undefined for none. */
export function webFolder(named: string): string | undefined {
  if (named !== "") return named;
  return existsSync(join(builtHere, PAGE)) ? builtHere : undefined;
}

/** Reads the built web app. Throws an Error that names the folder where there is none. */
export async function readWebFiles(folder: string): Promise<WebFiles> {
  if (!existsSync(join(folder, PAGE)))
    throw new Error(`WEB_FOLDER: there is no web app in ${folder}; npm start builds one`);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = paths.flatMap((path) => {
    const contentType = contentTypes[extname(path)];
    return contentType === undefined ? [] : [readWebFile(folder, path, contentType, paths.includes(`${path}.br`))];
  });
  return new Map(await Promise.all(read));
}

/**
 * `GET` of the web app: its files, those with a hash in their name for ever, and for every other path that a browser
 * wants to see as a page the app itself, which knows what belongs there.
 */
export function webRoute(files: WebFiles): EdgeRoute {
  const page = files.get(PAGE);
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const file = files.get(request.path);
    if (file !== undefined && request.path !== PAGE) return Promise.resolve(fileAnswer(request, file));
    if (page === undefined || !wantsPage(request)) return undefined;
    return Promise.resolve(pageAnswer(page));
  };
}

/** Whoever takes anything is shown the shop at its front door; behind it only who asks for a page. */
function wantsPage({ path, headers }: EdgeRequest): boolean {
  const accepted = headers["accept"] ?? "*/*";
  return accepted.includes("text/html") || (path === "/" && accepted.includes("*/*"));
}

async function readWebFile(
  folder: string,
  path: string,
  contentType: string,
  isCompressed: boolean,
): Promise<[string, WebFile]> {
  const [bytes, brotli] = await Promise.all([readFile(path), isCompressed ? readFile(`${path}.br`) : undefined]);
  return [`/${relative(folder, path).split(sep).join("/")}`, { contentType, bytes, brotli }];
}

function fileAnswer({ path, headers }: EdgeRequest, { contentType, bytes, brotli }: WebFile): EdgeResponse {
  const isHashed = path.startsWith("/assets/");
  const isCompressed = brotli !== undefined && /\bbr\b/.test(headers["accept-encoding"] ?? "");
  return {
    status: 200,
    headers: {
      "content-type": contentType,
      "cache-control": isHashed ? "public, max-age=31536000, immutable" : "public, max-age=3600",
      vary: "accept-encoding",
      ...(isCompressed ? { "content-encoding": "br" } : {}),
    },
    body: isCompressed ? brotli : bytes,
  };
}

/** The app's page; only what carries this answer's nonce, or comes from here, is run or shown. */
function pageAnswer({ contentType, bytes }: WebFile): EdgeResponse {
  const nonce = randomBytes(18).toString("base64");
  return {
    status: 200,
    headers: {
      "content-type": contentType,
      "cache-control": "no-store",
      "content-security-policy": [
        "default-src 'none'",
        `script-src 'self' 'nonce-${nonce}'`,
        `style-src 'self' 'nonce-${nonce}'`,
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ].join("; "),
      "cross-origin-opener-policy": "same-origin",
      "referrer-policy": "same-origin",
      "x-frame-options": "DENY",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
    },
    body: Buffer.from(bytes).toString("utf8").replaceAll(NONCE_PLACE, nonce),
  };
}
