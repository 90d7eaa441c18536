import test from "ava";
import { createTransport, type Transporter } from "nodemailer";
import { getJson, setClock, startWorld, switchOn, type World } from "../world.ts";

type Message = {
  readonly id: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly { readonly filename: string; readonly sizeBytes: number }[];
  readonly receiveTime: string;
};
type Messages = { readonly messages: readonly Message[] };

function postman(world: World): Transporter {
  return createTransport({
    host: "127.0.0.1",
    port: world.smtpPort,
    auth: { user: "anyone", pass: "anything" },
  });
}

function mail(overrides: { readonly to?: string; readonly subject?: string } = {}) {
  return {
    from: "Shopmesh <orders@shopmesh.test>",
    to: "Ada <ada@example.test>",
    subject: "Order confirmed ✓",
    text: "Thank you.",
    html: "<p>Thank <b>you</b>.</p>",
    headers: { "X-Order": "E-1" },
    ...overrides,
  };
}

test("a mail sent by an ordinary client is read back whole", async (t) => {
  const world = await startWorld(t);
  await postman(world).sendMail({
    ...mail(),
    attachments: [{ filename: "invoice.txt", content: "42" }],
  });
  const { messages } = await getJson<Messages>(`${world.url}/mailbox/messages`);
  t.like(messages, [
    {
      from: { name: "Shopmesh", address: "orders@shopmesh.test" },
      subject: "Order confirmed ✓",
      text: "Thank you.\n",
      headers: { "x-order": "E-1" },
      attachments: [{ filename: "invoice.txt", sizeBytes: 2 }],
    },
  ]);
  t.regex(messages[0]?.html ?? "", /Thank <b>you<\/b>/);
  t.deepEqual(await getJson<Message>(`${world.url}/mailbox/messages/${messages[0]?.id}`), messages[0]);
});

test("mails are chosen by recipient and by virtual time", async (t) => {
  const world = await startWorld(t);
  await postman(world).sendMail(mail({ to: "ada@example.test", subject: "first" }));
  await setClock(world, 86_400_000);
  const tomorrow = new Date(Date.now() + 86_300_000).toISOString();
  await postman(world).sendMail(mail({ to: "ADA@example.test", subject: "second" }));
  await postman(world).sendMail(mail({ to: "bob@example.test", subject: "third" }));
  const subjects = async (query: string): Promise<readonly string[]> =>
    (await getJson<Messages>(`${world.url}/mailbox/messages?${query}`)).messages.map(({ subject }) => subject);
  t.deepEqual(await subjects("to=ada@example.test"), ["second", "first"]);
  t.deepEqual(await subjects(`to=ada@example.test&since=${tomorrow}`), ["second"]);
});

test("a reader can wait for a mail to come", async (t) => {
  const world = await startWorld(t);
  const waiting = getJson<Messages>(`${world.url}/mailbox/messages?to=ada&waitMs=5000`);
  await postman(world).sendMail(mail({ to: "bob@example.test" }));
  await postman(world).sendMail(mail({ to: "ada@example.test", subject: "at last" }));
  t.deepEqual(
    (await waiting).messages.map(({ subject }) => subject),
    ["at last"],
  );
  t.deepEqual(await getJson<Messages>(`${world.url}/mailbox/messages?to=nobody&waitMs=50`), {
    messages: [],
  });
});

test("mails can be deleted one by one and all together", async (t) => {
  const world = await startWorld(t);
  for (const subject of ["a", "b", "c"]) await postman(world).sendMail(mail({ subject }));
  const { messages } = await getJson<Messages>(`${world.url}/mailbox/messages`);
  t.is((await fetch(`${world.url}/mailbox/messages/${messages[0]?.id}`, { method: "DELETE" })).status, 200);
  t.is((await getJson<Messages>(`${world.url}/mailbox/messages`)).messages.length, 2);
  await fetch(`${world.url}/mailbox/messages`, { method: "DELETE" });
  t.is((await getJson<Messages>(`${world.url}/mailbox/messages`)).messages.length, 0);
});

test("who was sent which mail is told in the order they came, after the mails are deleted too", async (t) => {
  const world = await startWorld(t);
  const ids = ["<one@shopmesh.test>", "<two@shopmesh.test>", "<two@shopmesh.test>"];
  for (const messageId of ids) await postman(world).sendMail({ ...mail({ to: "ADA@example.test" }), messageId });
  await fetch(`${world.url}/mailbox/messages`, { method: "DELETE" });
  const told = async (after: number) =>
    (await getJson<{ arrivals: readonly object[] }>(`${world.url}/mailbox/arrivals?after=${after}`)).arrivals;
  const all = ids.map((messageId, index) => ({ seq: index + 1, recipient: "ada@example.test", messageId }));
  t.deepEqual(await told(0), all);
  t.deepEqual(await told(2), all.slice(2));
});

test("the mailbox page shows a mail without letting its markup out", async (t) => {
  const world = await startWorld(t);
  await postman(world).sendMail(mail({ subject: "<script>alert(1)</script>" }));
  const list = await (await fetch(`${world.url}/mailbox`)).text();
  t.false(list.includes("<script>"));
  const link = /href="(\/mailbox\/[^"]+)"/.exec(list)?.[1] ?? "";
  const shown = await (await fetch(`${world.url}${link}`)).text();
  t.false(shown.includes("<script>"));
  t.regex(shown, /<iframe sandbox title="The mail" srcdoc="&lt;p&gt;Thank/);
});

test("a mail server in trouble asks the sender to come again and keeps nothing", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, { provider: "mail", kind: "error", status: 451 });
  await t.throwsAsync(postman(world).sendMail(mail()), { message: /451/ });
  t.is((await getJson<Messages>(`${world.url}/mailbox/messages`)).messages.length, 0);
  await postman(world).sendMail(mail());
  t.is((await getJson<Messages>(`${world.url}/mailbox/messages`)).messages.length, 1);
});
