import test from "ava";
import { openReaper } from "./crash/death.ts";
import { namedPlaces } from "./crash/places.ts";

test("each failpoint is named after its service and stands at one line", (t) => {
  const places = namedPlaces();
  t.true(places.length > 0);
  for (const { name, file } of places) {
    t.regex(name, /^[a-z]+[.][a-z]+(-[a-z]+)*$/);
    t.is(name.split(".")[0], file.split("/")[0], file);
  }
  t.is(new Set(places.map(({ name }) => name)).size, places.length);
});

test("a failpoint that no service names is refused with those that there are", (t) => {
  const reaper = openReaper();
  t.teardown(() => reaper.close());
  t.throws(() => reaper.arm(["payment.after-chrage"]), { message: /payment[.]after-chrage.*payment[.]after-charge/s });
  t.deepEqual(reaper.left(["payment.after-chrage"]), []);
  reaper.arm(["payment.after-charge"], "crash@3");
  t.deepEqual(reaper.left(["payment.after-charge"]), ["payment.after-charge"]);
});
