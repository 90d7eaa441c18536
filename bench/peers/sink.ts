import { createServer } from "node:http";
import { answerParent } from "../peer.ts";

/** Takes what exporters send and forgets it: a collector that belongs to nobody's figure. */
answerParent(
  () =>
    new Promise((resolve) => {
      const server = createServer((request, response) => {
        request.resume();
        request.once("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
      });
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve({ port: typeof address === "object" && address !== null ? address.port : 0 });
      });
    }),
);
