import type { Clock } from "./clock.ts";
import { faultKinds, type Fault, type FaultKind, type Faults, type Provider } from "./faults.ts";
import { page } from "./html.ts";
import { html, json, type Reply, type Request, type Route, objectIn } from "./http.ts";
import { ledgerTotals, type Ledger } from "./ledger.ts";
import type { Webhooks } from "./webhooks.ts";

export type Admin = {
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly webhooks: Pick<Webhooks, "list">;
  readonly clock: Clock;
  /** Stores an offset that was set by hand, so that it outlives the process. */
  readonly keepOffsetMs: (offsetMs: number) => void;
};

/** The sandbox's own endpoints: the outside truth about money, the failure switches, the clock. */
export function adminRoutes({ ledger, faults, webhooks, clock, keepOffsetMs }: Admin): readonly Route[] {
  return [
    { method: "GET", path: "/healthz", answer: () => json(200, { status: "ok" }) },
    { method: "GET", path: "/", answer: () => html(page("Shopmesh sandbox", indexPage)) },
    { method: "GET", path: "/sandbox/ledger", answer: (request) => answerLedger(ledger, request) },
    {
      method: "GET",
      path: "/sandbox/webhooks",
      answer: () => json(200, { deliveries: webhooks.list() }),
    },
    { method: "GET", path: "/sandbox/faults", answer: () => json(200, { faults: faults.list() }) },
    { method: "POST", path: "/sandbox/faults", answer: (request) => addFault(faults, request) },
    {
      method: "DELETE",
      path: "/sandbox/faults",
      answer() {
        faults.clear();
        return json(200, { faults: [] });
      },
    },
    {
      method: "DELETE",
      path: "/sandbox/faults/:id",
      answer: ({ params }) =>
        faults.remove(Number(params["id"])) ? json(200, {}) : json(404, { error: "no such fault" }),
    },
    { method: "GET", path: "/sandbox/clock", answer: () => json(200, clockView(clock)) },
    {
      method: "POST",
      path: "/sandbox/clock",
      answer(request) {
        const offsetMs = objectIn(request)["offsetMs"];
        if (typeof offsetMs !== "number" || !Number.isSafeInteger(offsetMs))
          return json(400, { error: "offsetMs is not a whole number" });
        if (clock.source === "nats") return json(409, { error: "the clock follows the mesh's: advance that one" });
        keepOffsetMs(offsetMs);
        clock.setOffsetMs(offsetMs);
        return json(200, clockView(clock));
      },
    },
  ];
}

/** `?intent=pi_…&metadata[order_id]=…`: the matching entries, oldest first, and their sums per currency. */
function answerLedger(ledger: Ledger, { query }: Request): Reply {
  const intentId = query.get("intent");
  const metadata = Object.fromEntries(
    [...query].flatMap(([name, value]) => {
      const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
      return key === undefined ? [] : [[key, value]];
    }),
  );
  const entries = ledger.list({ metadata, ...(intentId !== null && { intentId }) });
  return json(200, { entries, totals: ledgerTotals(entries) });
}

function clockView(clock: Clock): {
  readonly offsetMs: number;
  readonly now: string;
  readonly source: Clock["source"];
} {
  return {
    offsetMs: clock.offsetMs(),
    now: new Date(clock.now()).toISOString(),
    source: clock.source,
  };
}

function addFault(faults: Faults, request: Request): Reply {
  const fault = toFault(objectIn(request));
  return typeof fault === "string" ? json(400, { error: fault, kinds: faultKinds }) : json(201, faults.add(fault));
}

/** The fault that was asked for, or what is wrong with it. */
function toFault(body: Readonly<Record<string, unknown>>): Omit<Fault, "id"> | string {
  const { provider, kind, operation, count = 1, probability = 1, seed = 1, delayMs, status } = body;
  const known = (Object.keys(faultKinds) as Provider[]).find((name) => name === provider);
  if (known === undefined) return `provider is none of ${Object.keys(faultKinds).join(", ")}`;
  const kinds: readonly FaultKind[] = faultKinds[known];
  const knownKind = kinds.find((name) => name === kind);
  if (knownKind === undefined) return `kind is none of those that ${known} has`;
  if (operation !== undefined && typeof operation !== "string") return "operation is not text";
  if (!isWhole(count, 1)) return "count is not a whole number above 0";
  if (typeof probability !== "number" || !(probability > 0 && probability <= 1))
    return "probability is not above 0 and up to 1";
  if (!isWhole(seed, 0)) return "seed is not a whole number";
  if (delayMs !== undefined && !isWhole(delayMs, 0)) return "delayMs is not a whole number";
  if (status !== undefined && !isWhole(status, 400)) return "status is not 400 or above";
  return {
    provider: known,
    kind: knownKind,
    operation,
    remaining: count,
    probability,
    seed,
    delayMs,
    status,
  };
}

function isWhole(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}

const indexPage = `<p>One process that plays the outside world for development and tests.</p>
<ul>
<li>Stripe's REST API under <code>/v1/</code>, its 3-D Secure page under <code>/stripe/3ds/</code>.</li>
<li>PayPal's REST API under <code>/v1/</code> and <code>/v2/</code>, its page for payers under <code>/paypal/checkoutnow</code>.</li>
<li>FedEx's REST API: <code>/oauth/token</code>, <code>/rate</code>, <code>/ship</code>, <code>/track</code>.</li>
<li>UPS's REST API: <code>/security/v1/oauth/token</code>, <code>/api/rating</code>, <code>/api/shipments</code>,
<code>/api/labels</code>, <code>/api/track</code>.</li>
<li><a href="/mailbox">The mailbox</a> of everything sent by SMTP, as JSON at <a href="/mailbox/messages">/mailbox/messages</a>.</li>
<li>Twilio's REST API under <code>/2010-04-01/</code>; <a href="/sms">the telephones</a> with everything sent by it, as JSON at <a href="/sms/messages">/sms/messages</a>.</li>
<li><a href="/sandbox/ledger">The ledger</a>: every movement of money that really happened.</li>
<li><a href="/sandbox/webhooks">Webhook deliveries</a>, <a href="/sandbox/faults">faults</a> that are switched on,
<a href="/sandbox/clock">the virtual clock</a>.</li>
</ul>
<p>Test cards, endpoints and switches: <code>sandbox/README.md</code>.</p>`;
