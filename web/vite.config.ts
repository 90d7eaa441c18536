import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Where `npm run web` finds the shop's RPCs and pictures. */
const gatewayUrl = process.env["GATEWAY_URL"] ?? "http://127.0.0.1:8080";

/** Below this a compressed answer spares no packet. */
const COMPRESS_FROM_BYTES = 1_024;

/** Almost as small as the best, in a tenth of its time. */
const compression = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

export default defineConfig({
  // The gateway gives each answer a nonce of its own in this word's place.
  html: { cspNonce: "__CSP_NONCE__" },
  plugins: [react(), compressed()],
  worker: { format: "es" },
  build: {
    emptyOutDir: true,
    // The strict policy has no room for data: scripts and fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(["/shop.", "/media/"].map((path) => [path, { target: gatewayUrl }])),
  },
});

/** Puts a brotli copy beside each file, so that the gateway compresses nothing. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "shopmesh-compressed",
    apply: "build",
    writeBundle(options) {
      folder = options.dir ?? "";
    },
    async closeBundle() {
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      await Promise.all(
        files
          .filter((file) => file.isFile() && /\.(?:js|css|svg)$/.test(file.name))
          .map(async (file) => {
            const path = join(file.parentPath, file.name);
            const bytes = await readFile(path);
            if (bytes.length >= COMPRESS_FROM_BYTES)
              await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, compression));
          }),
      );
    },
  };
}
