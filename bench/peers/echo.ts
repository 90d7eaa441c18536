import { createServer } from "node:http";
import { answerParent } from "../peer.ts";

/** What a request costs at the least: bare node:http, JSON in, JSON out. Its server's processor time is N. */
answerParent(
  () =>
    new Promise((resolve) => {
      const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.once("end", () => {
          const body = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString("utf8")));
          response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
          response.end(body);
        });
      });
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve({ port: typeof address === "object" && address !== null ? address.port : 0 });
      });
    }),
);
