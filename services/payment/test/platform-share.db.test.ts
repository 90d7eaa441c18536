import { randomUUID } from "node:crypto";
import test from "ava";
import { eur, startWorld } from "./world.ts";

test("seller-funded and platform-funded shares are kept apart: what the marketplace pays is owed to sellers, and comes back with refunds", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  const owed = async () => {
    const { seller_payable: sellers, tax_payable: state, buyer_cash: buyer } = await world.balances({ paymentId });
    return { sellers, state, buyer };
  };
  // 50.00 with 19 % in it, of which the marketplace pays 10.00.
  const price = { amount: eur(4_000n), tax: eur(798n), platformShare: eur(1_000n) };
  const capture = { paymentId, captureId: randomUUID(), ...price };
  await world.capture(capture);
  await world.capture(capture);
  t.deepEqual(await owed(), { sellers: 4_202, state: 798, buyer: -4_000 });
  const half = { amount: eur(2_000n), tax: eur(399n), platformShare: eur(500n) };
  await world.refund({ paymentId, refundId: randomUUID(), ...half });
  t.deepEqual(await owed(), { sellers: 2_101, state: 399, buyer: -2_000 });
  // As of a payment of which a part was captured before the share was booked.
  await world.refund({ paymentId, refundId: randomUUID(), ...half, platformShare: eur(900n) });
  t.deepEqual(await owed(), { sellers: 0, state: 0, buyer: 0 });
  const wrong = { paymentId, captureId: randomUUID(), amount: eur(1_000n), platformShare: eur(-1n) };
  await t.throwsAsync(world.capture(wrong), { message: /platform share negative/ });
});

test("goods that cost their buyer nothing come back with others: what was booked for them beside the payment is taken back too", async (t) => {
  const world = await startWorld(t);
  const orderGroupId = randomUUID();
  const { payment } = await world.authorize({ orderGroupId });
  const paymentId = payment?.id ?? "";
  const captured = { amount: eur(4_000n), tax: eur(798n), platformShare: eur(1_000n) };
  await world.capture({ paymentId, captureId: randomUUID(), ...captured });
  await world.bookShare({ bookingId: randomUUID(), orderGroupId, platformShare: eur(5_000n), tax: eur(798n) });
  await world.bookShare({ bookingId: randomUUID(), orderGroupId: randomUUID(), platformShare: eur(100n) });
  const both = { amount: eur(2_000n), tax: eur(1_197n), platformShare: eur(5_500n) };
  await world.refund({ paymentId, refundId: randomUUID(), ...both });
  // The rest, and more than that: no more comes back than was booked.
  await world.refund({ paymentId, refundId: randomUUID(), ...both });
  const { seller_payable: sellers, tax_payable: state, platform_revenue: ours } = await world.balances({});
  t.like({ sellers, state }, { sellers: 100, state: 0 });
  t.true(ours !== undefined && ours <= -100);
});

test("a price of which its buyer pays nothing is booked once by an id, whose other sums are refused, and taken back by another", async (t) => {
  const world = await startWorld(t);
  const orderGroupId = randomUUID();
  const sale = { bookingId: randomUUID(), orderGroupId, platformShare: eur(5_000n), tax: eur(798n) };
  await Promise.all([world.bookShare(sale), world.bookShare(sale)]);
  await world.bookShare(sale);
  t.deepEqual(await world.balances({}), { platform_revenue: -5_000, seller_payable: 4_202, tax_payable: 798 });
  const back = { ...sale, bookingId: randomUUID(), reversed: true };
  await world.bookShare(back);
  await world.bookShare(back);
  t.deepEqual(await world.balances({}), { platform_revenue: 0, seller_payable: 0, tax_payable: 0 });
  const otherwise = [
    { platformShare: eur(4_000n) },
    { reversed: true },
    { orderGroupId: randomUUID() },
    { tax: eur(0n) },
  ];
  for (const other of otherwise)
    await t.throwsAsync(world.bookShare({ ...sale, ...other }), { message: /booking mismatch/ });
  t.deepEqual(await world.balances({}), { platform_revenue: 0, seller_payable: 0, tax_payable: 0 });
  const wrong = { ...sale, bookingId: randomUUID(), tax: { currencyCode: "USD", minorUnits: 1n } };
  await t.throwsAsync(world.bookShare(wrong), { message: /currency mismatch/ });
  await t.throwsAsync(world.bookShare({ ...wrong, tax: eur(-1n) }), { message: /tax negative/ });
});
