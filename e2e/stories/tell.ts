import { log } from "node:console";
import test, { type ExecutionContext } from "ava";
import type { TestMesh } from "../../dev/src/testing.ts";
import { goesOnAtOnce, leftAlone } from "./cart.ts";
import { hersAlone, savedCardIsHers, wrongField } from "./customer.ts";
import { exchangedForMore } from "./exchange.ts";
import { answerLostWithin, carrierAway, faultsRefused } from "./faults.ts";
import { calledOff, checkedByBank, declined, delivered, explained, lostAnswer } from "./guest.ts";
import { heard } from "./notices.ts";
import { clickedAgain } from "./repeated.ts";
import { soldOut } from "./sold-out.ts";
import { giftCardAndPayPal } from "./wallets.ts";
import { sentByUps } from "./ups.ts";
import { openWorld, type World } from "./world.ts";

/** Tells every story on one mesh of `topology`, those that move the clock or break something first and alone. */
export function tellStories(topology: TestMesh["topology"]): void {
  let opened: World | undefined;
  const on = (story: (t: ExecutionContext, world: World) => Promise<void>) => async (t: ExecutionContext) => {
    if (opened === undefined) throw new Error("the mesh is not there");
    await story(t, opened);
  };
  test.before("the mesh starts with the seed's shop", async (t) => {
    t.timeout(180_000);
    const startedAt = performance.now();
    opened = await openWorld(topology);
    log(`${topology}: ready and seeded after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  });
  test.after.always("the mesh stops", async () => opened?.mesh.stop());

  test.serial(
    "a guest's order of two sellers is paid once, travels, arrives, is told by mail and traced",
    on(delivered),
  );
  test.serial(
    "a buyer has one seller's parcel sent by UPS: labelled, told of by reports or asked for, it arrives",
    on(sentByUps),
  );
  test.serial(
    "goods that came are exchanged for more of them: the payer's bank wants to see her, and then it is ordered",
    on(exchangedForMore),
  );
  test.serial(
    "a cart that is left alone is told of once as time goes by, and an unused one is forgotten",
    on(leftAlone),
  );
  test.serial("while shipping cannot be reached a quote says so, and there is one as soon as it can", on(carrierAway));
  test.serial("a payment that is slow and then loses its answer is made once", on(answerLostWithin));
  test("only an administrator asks for faults, and only for methods that there are", on(faultsRefused));
  test("a declined card rejects the order and gives back stock and coupon, and nothing is charged", on(declined));
  test("a payer whom the bank asks to confirm has the order once she has", on(checkedByBank));
  test("a gift card and PayPal pay together, and have theirs back when the order is called off", on(giftCardAndPayPal));
  test("a card whose answer is lost is charged once", on(lostAnswer));
  test("an order cancelled before it ships gives back the stock and the money's promise", on(calledOff));
  test("a rejected order explains which steps were taken back and why", on(explained));
  test("placing twice, and ten times at once, makes one order group", on(clickedAgain));
  test(
    "more buyers at once than there are pieces: as many orders as fit, and the others are told at once",
    on(soldOut),
  );
  test("a customer signed in by cookie finds her order, and nobody else does", on(hersAlone));
  test("a customer pays by the card that she saved, and nobody else does", on(savedCardIsHers));
  test("whoever goes on at once after an order pays for the new things only", on(goesOnAtOnce));
  test("a customer hears of her order on her page and by SMS, in her language, until she says STOP", on(heard));
  test("a wrong field is refused by its name", on(wrongField));
}
