import { AuthAdminService, AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { defineService, implement, worker } from "@shopmesh/mesh";
import { PLACE_KNOWN_MS } from "./attempts.ts";
import { authConsumers } from "./consumers.ts";
import { createPasswords } from "./effects/passwords.ts";
import { createPlaceOf } from "./effects/secrets.ts";
import { openSigningKeys } from "./effects/signing-keys.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { apiKeyHandlers } from "./handlers/api-keys.ts";
import { contactHandlers } from "./handlers/contacts.ts";
import { credentialHandlers } from "./handlers/credentials.ts";
import { sessionHandlers } from "./handlers/sessions.ts";
import { signInHandlers } from "./handlers/sign-in.ts";
import { Accounts1760000000000 } from "./migrations/0001-accounts.ts";
import { Places1763700000000 } from "./migrations/0002-places.ts";
import {
  AccountRoleTable,
  AccountTable,
  ApiKeyTable,
  AttemptTable,
  PlaceTable,
  SessionTable,
  SigningKeyTable,
} from "./schema.ts";
import { findApiKeyOwner } from "./store/api-keys.ts";
import { sweepAttempts, sweepPlaces } from "./store/attempts.ts";
import { findSessionOwner, sweepSessions } from "./store/sessions.ts";

const SWEEP_BATCH = 1_000;

/** Who somebody is: accounts, sessions, API keys, roles, and the keys that sign actor tokens. */
export const auth = defineService({
  name: "auth",
  contracts: [AuthService, AuthAdminService],
  database: {
    tables: [AccountTable, AccountRoleTable, SessionTable, ApiKeyTable, AttemptTable, PlaceTable, SigningKeyTable],
    migrations: [Accounts1760000000000, Places1763700000000],
  },
  schedules: [
    { name: "rotate-signing-keys", cron: "7 3 * * *" },
    { name: "sweep", cron: "*/30 * * * *" },
  ],
  async start(context) {
    const { clock, sql, entropy } = context;
    const [passwords, signingKeys] = await Promise.all([
      createPasswords(entropy),
      openSigningKeys({ ...context, sealKey: context.deriveSecret("signing-keys") }),
    ]);
    const placeOf = createPlaceOf(context.deriveSecret("sign-in-places"));
    return {
      implementations: [
        implement(AuthService, {
          ...signInHandlers({ ...context, passwords, placeOf }),
          ...credentialHandlers({ clock, signingKeys }),
          ...sessionHandlers(context),
          ...apiKeyHandlers(context),
          ...contactHandlers(),
        }),
        implement(AuthAdminService, adminHandlers(context)),
      ],
      owners: { session: findSessionOwner, api_key: findApiKeyOwner },
      consumers: authConsumers(context),
      workers: [
        worker(RunDueSchema, async ({ purpose }) => {
          if (purpose === "rotate-signing-keys") return signingKeys.rotate();
          while ((await sweepSessions(sql, clock(), SWEEP_BATCH)) === SWEEP_BATCH);
          while ((await sweepAttempts(sql, clock(), SWEEP_BATCH)) === SWEEP_BATCH);
          while ((await sweepPlaces(sql, clock() - PLACE_KNOWN_MS, SWEEP_BATCH)) === SWEEP_BATCH);
        }),
      ],
    };
  },
});
