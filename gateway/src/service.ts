import type { DescService } from "@bufbuild/protobuf";
import { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { defineService, type ServiceDefinition } from "@shopmesh/mesh";
import { findAnswerer, loadContracts } from "./contracts.ts";
import { createCredentials } from "./credentials.ts";
import { createDoor } from "./effects.ts";
import { createForward } from "./forward.ts";
import { healthRoute, mediaRoute, webhookRoute } from "./routes.ts";
import { originsIn, settings } from "./settings.ts";
import { readWebFiles, webFolder, webRoute } from "./web.ts";
import { createWebhooks } from "./webhooks.ts";

/** The door, for every contract there is. */
export async function defineGateway(): Promise<ServiceDefinition> {
  return gatewayOf(await loadContracts());
}

function gatewayOf(contracts: readonly DescService[]): ServiceDefinition {
  return defineService({
    name: "gateway",
    contracts: [],
    calls: contracts,
    config: settings,
    async start(context) {
      const { config, log } = context;
      const web = webFolder(config.webFolder);
      const dispatch = createForward({
        send: context.forward,
        answererOf: findAnswerer(contracts),
        credentials: createCredentials(context.client(AuthService)),
        isSecure: config.publicUrl.startsWith("https:"),
        log,
      });
      const routes = [
        healthRoute(context.readiness),
        webhookRoute(createWebhooks(contracts), dispatch, log),
        mediaRoute(context.storage),
        ...(web === undefined ? [] : [webRoute(await readWebFiles(web))]),
      ];
      return {
        implementations: [],
        effects: [
          createDoor({ ...config, corsOrigins: originsIn(config.corsOrigins), contracts, dispatch, routes, log }),
        ],
      };
    },
  });
}
