import test from "ava";
import { aptPackages, missingMessage } from "../src/infrastructure/programs.ts";
import { findProgram } from "../src/paths.ts";

test("a missing server is told once, with every way to get it", (t) => {
  const message = missingMessage(["mariadbd", "mariadbInstall", "nats"], true);
  for (const words of [
    "apt-get install --no-install-recommends mariadb-server-core nats-server",
    "brew install mariadb nats-server",
    "docker compose -f deploy/databases.yml up",
    "WSL",
    "DATABASE_URL",
  ]) {
    t.true(message.includes(words), words);
  }
  t.false(message.includes("--no-install was given"));
});

test("a refusal to install says that it was asked for", (t) => {
  t.true(missingMessage(["redis"], false).includes("--no-install was given"));
});

test("two programs of one package are installed once", (t) => {
  t.deepEqual(aptPackages(["mariadbd", "mariadbInstall", "mariadbDefaults"]), [
    "mariadb-server-core",
    "mariadb-client-core",
  ]);
});

test("a program is found by the first of its names that exists, and not where there is none", (t) => {
  t.regex(findProgram(["no-such-shell", "sh"]) ?? "", /\/sh$/);
  t.is(findProgram(["no-such-program"]), undefined);
});
