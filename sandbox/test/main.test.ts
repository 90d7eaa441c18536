import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import Stripe from "stripe";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

type Started = { readonly child: ChildProcess; readonly httpPort: number };

async function startProcess(t: ExecutionContext, env: Readonly<Record<string, string>>): Promise<Started> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env["PATH"], SANDBOX_PORT: "0", SMTP_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  for await (const line of createInterface(child.stdout)) {
    const port = /ready, http (\d+), smtp \d+/.exec(line)?.[1];
    if (port !== undefined) return { child, httpPort: Number(port) };
  }
  throw new Error("the sandbox ended before it was ready");
}

async function authorize(port: number): Promise<Stripe.PaymentIntent> {
  const stripe = new Stripe("sk_test_shopmesh", {
    host: "127.0.0.1",
    port,
    protocol: "http",
    telemetry: false,
  });
  return await stripe.paymentIntents.create(
    {
      amount: 1000,
      currency: "usd",
      confirm: true,
      allowed_payment_method_types: ["card"],
      payment_method: "pm_card_visa",
    },
    { idempotencyKey: "order-1/authorize" },
  );
}

test("a sandbox killed with -9 loses nothing it had answered", async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), "sandbox-"));
  t.teardown(() => rmSync(dataFolder, { recursive: true }));
  const first = await startProcess(t, { SANDBOX_DATA: dataFolder });
  const intent = await authorize(first.httpPort);
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const second = await startProcess(t, { SANDBOX_DATA: dataFolder });
  t.is((await authorize(second.httpPort)).id, intent.id);
});

test("a sandbox asked to end ends with success", async (t) => {
  const { child } = await startProcess(t, {});
  child.kill("SIGTERM");
  const [code] = await once(child, "exit", { signal: AbortSignal.timeout(3000) });
  t.is(code, 0);
});

test("a port that is none ends the process with a message that names it", async (t) => {
  const child = spawn(process.execPath, [main], {
    env: { SMTP_PORT: "many" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, "close");
  t.is(code, 1);
  t.regex(Buffer.concat(chunks).toString(), /SMTP_PORT is not a port: many/);
});
