import { setTimeout as delay } from "node:timers/promises";
import { ChannelCredentials, Client, connectivityState, Server, ServerCredentials } from "@grpc/grpc-js";
import test, { type ExecutionContext } from "ava";
import { createPatience } from "../../src/transport/grpc/patience.ts";

const PATIENCE_MS = 100;

/** A client of a port where nobody listens, which knows so. */
async function clientOfNobody(t: ExecutionContext, port = 1): Promise<Client> {
  const client = new Client(`127.0.0.1:${port}`, ChannelCredentials.createInsecure());
  t.teardown(() => client.close());
  await until(client, connectivityState.TRANSIENT_FAILURE);
  return client;
}

async function until(client: Client, wanted: connectivityState): Promise<void> {
  const channel = client.getChannel();
  for (let state = channel.getConnectivityState(true); state !== wanted; state = channel.getConnectivityState(true)) {
    await new Promise<void>((resolve, reject) => {
      channel.watchConnectivityState(state, Date.now() + 10_000, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function waits({ metadata }: ReturnType<typeof createPatience>): boolean {
  return metadata().getOptions().waitForReady === true;
}

test("a service that has just gone is waited for, one that stays away is not", async (t) => {
  const patience = createPatience(await clientOfNobody(t), PATIENCE_MS);
  t.true(waits(patience));
  await delay(PATIENCE_MS + 10);
  t.false(waits(patience));
});

test("a call that still waits when patience is over is ended, and says so", async (t) => {
  const patience = createPatience(await clientOfNobody(t), PATIENCE_MS);
  const cancelled = Promise.withResolvers<void>();
  const guard = patience.guard(cancelled.resolve);
  t.false(guard.isOver());
  await cancelled.promise;
  t.true(guard.isOver());
});

test("a service that is back is waited for again when it goes the next time", async (t) => {
  const before = new Server();
  const port = await listen(before, 0);
  before.forceShutdown();
  const client = await clientOfNobody(t, port);
  const patience = createPatience(client, PATIENCE_MS);
  while (waits(patience)) await delay(PATIENCE_MS / 10);
  const server = new Server();
  await listen(server, port);
  await until(client, connectivityState.READY);
  t.true(waits(patience));
  server.forceShutdown();
  await until(client, connectivityState.TRANSIENT_FAILURE);
  t.true(waits(patience));
});

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
}
