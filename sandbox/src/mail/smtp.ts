import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import PostalMime from "postal-mime";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import type { Faults } from "../faults.ts";
import type { Mailbox } from "./mailbox.ts";

const largestMailBytes = 10_000_000;

/** An SMTP server that lets anyone in and keeps every mail. It answers 250 only once the mail is stored. */
export async function serveSmtp(
  { host, port }: { readonly host: string; readonly port: number },
  mailbox: Mailbox,
  faults: Faults,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    // Without a certificate that clients would trust, STARTTLS would only make them fail.
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    size: largestMailBytes,
    closeTimeout: 100,
    logger: false,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? "anyone" }),
    onData(stream, session, callback) {
      store(stream, session, { mailbox, faults }).then(
        () => callback(),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  server.on("error", (error) => console.error(`sandbox: SMTP: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address: AddressInfo | string | null = server.server.address();
  if (address === null || typeof address === "string") throw new Error("the SMTP server has no port");
  return {
    port: address.port,
    stop: async () => await new Promise<void>((resolve) => server.close(resolve)),
  };
}

async function store(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  { mailbox, faults }: { readonly mailbox: Mailbox; readonly faults: Faults },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const fault = faults.take("mail", ["error", "slow"], "receive");
  if (fault?.kind === "error") throw smtpError(fault.status ?? 451);
  if (fault?.kind === "slow") await pause(fault.delayMs ?? 3000, undefined, { ref: false });
  const raw = Buffer.concat(chunks);
  const { mailFrom, rcptTo } = session.envelope;
  const envelope = {
    from: mailFrom === false ? "" : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
  };
  mailbox.receive({ email: await PostalMime.parse(raw), raw, envelope });
}

/** 4xx asks the sender to try again later, 5xx refuses for good. */
function smtpError(responseCode: number): Error {
  const message = responseCode < 500 ? "try again later (a sandbox fault)" : "mail refused (a sandbox fault)";
  return Object.assign(new Error(message), { responseCode });
}
