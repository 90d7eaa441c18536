import { createHmac } from "node:crypto";
import test from "ava";
import { startWorld, type World } from "../world.ts";

const ACCOUNT = { twilioAccountSid: "ACworld", twilioAuthToken: "secret" };
const path = "/2010-04-01/Accounts/ACworld/Messages.json";
const authorization = `Basic ${Buffer.from("ACworld:secret").toString("base64")}`;
const TO = "+4915112345678";

async function send({ url, receiver }: World, fields: Readonly<Record<string, string>> = {}) {
  const body = new URLSearchParams({
    To: TO,
    From: "+15005550006",
    Body: "hello",
    StatusCallback: `${receiver.url}/webhooks/twilio`,
    ...fields,
  });
  const response = await fetch(`${url}${path}`, { method: "POST", headers: { authorization }, body });
  return {
    status: response.status,
    body: (await response.json()) as { readonly sid?: string; readonly code?: number },
  };
}

test("an SMS is taken, told as sent and delivered under Twilio's signature, and found again", async (t) => {
  const world = await startWorld(t, ACCOUNT);
  const { status, body } = await send(world);
  t.is(status, 201);
  await world.receiver.until((received) => received.length === 2);
  for (const { headers, body: posted } of world.receiver.received) {
    const fields = [...new URLSearchParams(posted)].sort(([left], [right]) => (left < right ? -1 : 1));
    const signed = `${world.receiver.url}/webhooks/twilio${fields.flat().join("")}`;
    t.is(headers["x-twilio-signature"], createHmac("sha1", "secret").update(signed).digest("base64"));
    t.is(new URLSearchParams(posted).get("MessageSid"), body.sid ?? "");
  }
  const statuses = world.receiver.received.map(({ body: posted }) => new URLSearchParams(posted).get("MessageStatus"));
  t.true(statuses.includes("delivered") && statuses.includes("sent"));
  const listed = await fetch(`${world.url}${path}?To=${encodeURIComponent(TO)}`, { headers: { authorization } });
  t.like(await listed.json(), { messages: [{ sid: body.sid, body: "hello", status: "delivered" }] });
});

test("who is not the account's is refused, and what is no number too", async (t) => {
  const world = await startWorld(t, ACCOUNT);
  const stranger = await fetch(`${world.url}${path}`, { method: "POST", body: new URLSearchParams({ To: TO }) });
  t.is(stranger.status, 401);
  t.like(await send(world, { To: "12" }), { status: 400, body: { code: 21211 } });
});

test("who said STOP gets no SMS until START, and both are told", async (t) => {
  const world = await startWorld(t, ACCOUNT);
  const answer = (body: string) =>
    fetch(`${world.url}/sandbox/sms/replies`, { method: "POST", body: JSON.stringify({ from: TO, body }) });
  await answer("STOP");
  t.like(await send(world), { status: 400, body: { code: 21610 } });
  await answer("START");
  t.is((await send(world, { StatusCallback: "" })).status, 201);
  await world.receiver.until((received) => received.length === 2);
  const told = world.receiver.received.map(({ body }) => new URLSearchParams(body).get("Body"));
  t.true(told.includes("START") && told.includes("STOP"));
});

test("the inbox waits for the first message to a number", async (t) => {
  const world = await startWorld(t, ACCOUNT);
  const waited = fetch(`${world.url}/sms/messages?to=${encodeURIComponent(TO)}&waitMs=10000`);
  await send(world);
  t.like(await (await waited).json(), { messages: [{ to: TO, body: "hello" }] });
  t.true((await (await fetch(`${world.url}/sms`)).text()).includes("hello"));
});
