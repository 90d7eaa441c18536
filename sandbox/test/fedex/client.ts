import { postJson, secrets, type World } from "../world.ts";

export type Piece = {
  readonly trackingNumber: string;
  readonly packageDocuments: readonly { readonly docType: string; readonly encodedLabel: string }[];
};
export type ShipReply = {
  readonly customerTransactionId?: string;
  readonly output: {
    readonly transactionShipments: readonly {
      readonly masterTrackingNumber: string;
      readonly pieceResponses: readonly Piece[];
    }[];
  };
};
export type TrackReply = {
  readonly output: {
    readonly completeTrackResults: readonly {
      readonly trackingNumber: string;
      readonly trackResults: readonly {
        readonly latestStatusDetail?: { readonly code: string };
        readonly scanEvents?: readonly { readonly eventType: string; readonly date: string }[];
        readonly error?: { readonly code: string };
      }[];
    }[];
  };
};
export type RateReply = {
  readonly output: {
    readonly rateReplyDetails: readonly {
      readonly serviceType: string;
      readonly ratedShipmentDetails: readonly {
        readonly totalNetCharge: number;
        readonly currency: string;
      }[];
    }[];
  };
};
export type ErrorReply = { readonly errors: readonly { readonly code: string }[] };

export type Client = <Body>(
  path: string,
  body: unknown,
  options?: { readonly method?: string; readonly transactionId?: string },
) => Promise<{ readonly status: number; readonly body: Body }>;

export const shipper = {
  contact: { personName: "Shop" },
  address: {
    streetLines: ["1 Dock"],
    city: "Austin",
    stateOrProvinceCode: "TX",
    postalCode: "78701",
    countryCode: "US",
  },
};
export const recipient = {
  contact: { personName: "Ada Byron" },
  address: {
    streetLines: ["2 Lane"],
    city: "Boston",
    stateOrProvinceCode: "MA",
    postalCode: "02108",
    countryCode: "US",
  },
};
export const accountNumber = { value: "510087000" };

export function shipRequest(packages = 1, imageType = "PDF", reference = "none"): unknown {
  return {
    labelResponseOptions: "LABEL",
    accountNumber,
    requestedShipment: {
      shipper,
      recipients: [recipient],
      serviceType: "FEDEX_GROUND",
      packagingType: "YOUR_PACKAGING",
      pickupType: "USE_SCHEDULED_PICKUP",
      labelSpecification: { imageType, labelStockType: "PAPER_4X6" },
      requestedPackageLineItems: Array.from({ length: packages }, () => ({
        weight: { units: "KG", value: 1.5 },
        customerReferences: [{ customerReferenceType: "CUSTOMER_REFERENCE", value: reference }],
      })),
    },
  };
}

export async function signIn(world: World): Promise<Client> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: secrets.fedexClientId,
    client_secret: secrets.fedexClientSecret,
  });
  const response = await fetch(`${world.url}/oauth/token`, { method: "POST", body });
  const { access_token: token } = (await response.json()) as { readonly access_token: string };
  return async (path, request, { method = "POST", transactionId } = {}) =>
    await postJson(`${world.url}${path}`, request, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(transactionId && { "x-customer-transaction-id": transactionId }),
      },
    });
}

/** The tracking number of a parcel made under that customer reference. */
export async function ship(client: Client, reference?: string): Promise<string> {
  return numberOf((await client<ShipReply>("/ship/v1/shipments", shipRequest(1, "PDF", reference))).body);
}

export function numberOf({ output }: ShipReply): string {
  return output.transactionShipments[0]?.masterTrackingNumber ?? "";
}

/** What stands under a customer reference, an entry for each parcel. */
export async function trackReference(
  client: Client,
  value: string,
): Promise<TrackReply["output"]["completeTrackResults"]> {
  const referencesInformation = { type: "CUSTOMER_REFERENCE", value, accountNumber: accountNumber.value };
  const { body } = await client<TrackReply>("/track/v1/referencenumbers", { referencesInformation });
  return body.output.completeTrackResults;
}

export async function track(
  client: Client,
  trackingNumber: string,
): Promise<TrackReply["output"]["completeTrackResults"][0]["trackResults"][0]> {
  const { body } = await client<TrackReply>("/track/v1/trackingnumbers", {
    includeDetailedScans: true,
    trackingInfo: [{ trackingNumberInfo: { trackingNumber } }],
  });
  return body.output.completeTrackResults[0]?.trackResults[0] ?? {};
}

export async function scanCodes(client: Client, trackingNumber: string): Promise<readonly string[]> {
  return ((await track(client, trackingNumber)).scanEvents ?? []).map(({ eventType }) => eventType).toReversed();
}
