import { Agent, request } from "node:http";
import { Refusal } from "../e2e/shop.ts";

/** Posts JSON and reads JSON, over connections that are kept. Leaner than fetch: the one who measures shares the machine. */
export type JsonClient = {
  post(path: string, body: unknown, token?: string): Promise<unknown>;
  close(): void;
};

/** A client of `baseUrl`; an answer other than 200 throws a Refusal. */
export function openJson(baseUrl: string): JsonClient {
  const { hostname, port } = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    post(path, body, token) {
      const bytes = Buffer.from(JSON.stringify(body));
      const headers = {
        "content-type": "application/json",
        "content-length": bytes.length,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      return new Promise((resolve, reject) => {
        const sent = request({ hostname, port, path, agent, method: "POST", headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.once("error", reject);
          response.once("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            if (response.statusCode === 200) resolve(JSON.parse(text));
            else reject(refusalOf(path, response.statusCode ?? 0, text));
          });
        });
        sent.once("error", reject);
        sent.end(bytes);
      });
    },
    close: () => agent.destroy(),
  };
}

function refusalOf(path: string, status: number, text: string): Error {
  try {
    return new Refusal(path, status, JSON.parse(text));
  } catch {
    return new Error(`${path}: ${status} ${text}`);
  }
}

/** Reads text from `url`. */
export async function getText(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: "close" } });
  return response.text();
}
