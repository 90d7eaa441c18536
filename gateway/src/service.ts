import type { DescService } from "@bufbuild/protobuf";
import { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { defineService, type Effect, observeGauge, type ServiceDefinition } from "@shopmesh/mesh";
import { clientAddressOf, isProxyOf, networksIn } from "./client-address.ts";
import { contractsIn, findAnswerer, loadContracts } from "./contracts.ts";
import { createCredentials } from "./credentials.ts";
import { createDoor } from "./effects.ts";
import { createForward } from "./forward.ts";
import { createStreamLimits, type Held } from "./live/limits.ts";
import { createLiveStreams, type LiveStreams } from "./live/live.ts";
import { createLimits } from "./limits.ts";
import { healthRoute, mediaRoute, webhookRoute } from "./routes.ts";
import { originsIn, settings } from "./settings.ts";
import { readWebFiles, webFolder, webRoute } from "./web.ts";
import { createWebhooks } from "./webhooks.ts";

/** More browsers than a person has, and more than they show. */
const HELD_BY_PERSON = { streams: 16, topics: 512 };
/** A hundred browsers behind one address, of an office or a school; a tenth of what one process behind the gateway takes. */
const HELD_BY_ADDRESS = { streams: 128, topics: 1_024 };

/** The door, for every contract there is; `modules` where they are loaded already. */
export async function defineGateway(modules?: object): Promise<ServiceDefinition> {
  return gatewayOf(modules === undefined ? await loadContracts() : contractsIn(modules));
}

function gatewayOf(contracts: readonly DescService[]): ServiceDefinition {
  return defineService({
    name: "gateway",
    contracts: [],
    calls: contracts,
    config: settings,
    async start(context) {
      const { config, log } = context;
      const proxies = networksIn(config.trustedProxies);
      const web = webFolder(config.webFolder);
      const rates = createLimits({
        contracts,
        rateLimits: context.rateLimits,
        perAddress: config.perAddress,
        perPrincipal: config.perPrincipal,
        factor: config.rateLimitFactor,
      });
      const mesh = {
        send: context.forward,
        answererOf: findAnswerer(contracts),
        credentials: createCredentials(context.client(AuthService)),
        log,
      };
      const streams = createStreamLimits({
        total: config.liveStreams,
        ofPerson: timesAsMuch(HELD_BY_PERSON, config.rateLimitFactor),
        ofAddress: timesAsMuch(HELD_BY_ADDRESS, config.rateLimitFactor),
      });
      const live = createLiveStreams({ ...mesh, contracts, limits: streams, rates });
      const forward = createForward({ ...mesh, live, streams, rates, isSecure: config.publicUrl.startsWith("https:") });
      const dispatch = context.door.keep(forward);
      const routes = [
        healthRoute(context.readiness),
        webhookRoute(createWebhooks(contracts), dispatch, log),
        mediaRoute(context.storage),
        ...(web === undefined ? [] : [webRoute(await readWebFiles(web))]),
      ];
      return {
        implementations: [],
        effects: [
          createDoor({
            ...config,
            corsOrigins: originsIn(config.corsOrigins),
            limits: config,
            clientAddress: clientAddressOf(proxies),
            isProxy: isProxyOf(proxies),
            door: context.door,
            rates,
            contracts,
            dispatch,
            routes,
            log,
          }),
          liveEffect(live),
        ],
      };
    },
  });
}

function timesAsMuch({ streams, topics }: Held, factor: number): Held {
  return { streams: streams * factor, topics: topics * factor };
}

/** Counts the live streams, and ends them before the door closes. */
function liveEffect(live: LiveStreams): Effect {
  return {
    name: "live",
    async start() {
      observeGauge("live.open", "Live streams of clients, and the topics that they carry", () =>
        Object.entries(live.count()).map(([kind, value]) => ({ value, labels: { kind } })),
      );
    },
    async stop() {
      live.drain();
    },
  };
}
