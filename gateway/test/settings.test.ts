import { readConfig } from "@shopmesh/mesh";
import test from "ava";
import { originsIn, settings } from "../src/settings.ts";

test("every setting has a default", (t) => {
  t.like(readConfig(settings, {}), { port: 8080, maxConnections: 5_000, corsOrigins: "" });
});

for (const [variable, value] of [
  ["CORS_ORIGINS", "https://shop.example/"],
  ["CORS_ORIGINS", "*"],
  ["CORS_ORIGINS", "shop.example"],
  ["PUBLIC_URL", "shop.example"],
  ["GATEWAY_MAX_CONNECTIONS", "0"],
  ["GATEWAY_BODY_TIMEOUT_MS", "1s"],
] as const) {
  test(`${variable}=${value} ends the process with a message that names it`, (t) => {
    const error = t.throws(() => readConfig(settings, { [variable]: value }));
    t.true(error?.message.includes(variable));
  });
}

test("origins stand with commas between them", (t) => {
  t.deepEqual(
    [...originsIn("https://shop.example, http://localhost:5173")],
    ["https://shop.example", "http://localhost:5173"],
  );
});
