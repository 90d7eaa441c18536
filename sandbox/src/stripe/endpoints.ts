import type { StripeEndpoint } from "./api.ts";
import { closeDispute, updateDispute } from "./disputes.ts";
import { confirmIntent, createIntent, updateIntent } from "./intents.ts";
import { list, retrieve, search } from "./lists.ts";
import { attachMethod, createCustomer, createMethod, detachMethod, retrieveMethod, updateCustomer } from "./methods.ts";
import { createRefund, updateRefund } from "./refunds.ts";
import { cancelIntent, captureIntent } from "./settle.ts";
import { createSetup } from "./setups.ts";

/** The part of Stripe's REST API that the sandbox speaks. A fixed path stands before one with an id. */
export const stripeEndpoints: readonly StripeEndpoint[] = [
  {
    method: "POST",
    path: "/v1/payment_intents",
    name: "createPaymentIntent",
    operation: createIntent,
  },
  {
    method: "GET",
    path: "/v1/payment_intents",
    name: "listPaymentIntents",
    operation: list("payment_intent", ["customer"]),
  },
  {
    method: "GET",
    path: "/v1/payment_intents/search",
    name: "searchPaymentIntents",
    operation: search("payment_intent"),
  },
  {
    method: "GET",
    path: "/v1/payment_intents/:id",
    name: "retrievePaymentIntent",
    operation: retrieve("payment_intent"),
  },
  {
    method: "POST",
    path: "/v1/payment_intents/:id",
    name: "updatePaymentIntent",
    operation: updateIntent,
  },
  {
    method: "POST",
    path: "/v1/payment_intents/:id/confirm",
    name: "confirmPaymentIntent",
    operation: confirmIntent,
  },
  {
    method: "POST",
    path: "/v1/payment_intents/:id/capture",
    name: "capturePaymentIntent",
    operation: captureIntent,
  },
  {
    method: "POST",
    path: "/v1/payment_intents/:id/cancel",
    name: "cancelPaymentIntent",
    operation: cancelIntent,
  },

  {
    method: "GET",
    path: "/v1/charges",
    name: "listCharges",
    operation: list("charge", ["payment_intent", "customer"]),
  },
  { method: "GET", path: "/v1/charges/search", name: "searchCharges", operation: search("charge") },
  { method: "GET", path: "/v1/charges/:id", name: "retrieveCharge", operation: retrieve("charge") },

  { method: "POST", path: "/v1/refunds", name: "createRefund", operation: createRefund },
  {
    method: "GET",
    path: "/v1/refunds",
    name: "listRefunds",
    operation: list("refund", ["payment_intent", "charge"]),
  },
  { method: "GET", path: "/v1/refunds/:id", name: "retrieveRefund", operation: retrieve("refund") },
  { method: "POST", path: "/v1/refunds/:id", name: "updateRefund", operation: updateRefund },

  {
    method: "GET",
    path: "/v1/balance_transactions",
    name: "listBalanceTransactions",
    operation: list("balance_transaction", ["source", "type", "currency"]),
  },
  {
    method: "GET",
    path: "/v1/balance_transactions/:id",
    name: "retrieveBalanceTransaction",
    operation: retrieve("balance_transaction"),
  },

  {
    method: "GET",
    path: "/v1/disputes",
    name: "listDisputes",
    operation: list("dispute", ["payment_intent", "charge"]),
  },
  { method: "GET", path: "/v1/disputes/:id", name: "retrieveDispute", operation: retrieve("dispute") },
  { method: "POST", path: "/v1/disputes/:id", name: "updateDispute", operation: updateDispute },
  { method: "POST", path: "/v1/disputes/:id/close", name: "closeDispute", operation: closeDispute },

  { method: "GET", path: "/v1/events", name: "listEvents", operation: list("event", ["type"]) },
  { method: "GET", path: "/v1/events/:id", name: "retrieveEvent", operation: retrieve("event") },

  {
    method: "POST",
    path: "/v1/payment_methods",
    name: "createPaymentMethod",
    operation: createMethod,
  },
  {
    method: "GET",
    path: "/v1/payment_methods",
    name: "listPaymentMethods",
    operation: list("payment_method", ["customer", "type"]),
  },
  {
    method: "GET",
    path: "/v1/payment_methods/:id",
    name: "retrievePaymentMethod",
    operation: retrieveMethod,
  },
  {
    method: "POST",
    path: "/v1/payment_methods/:id/attach",
    name: "attachPaymentMethod",
    operation: attachMethod,
  },
  {
    method: "POST",
    path: "/v1/payment_methods/:id/detach",
    name: "detachPaymentMethod",
    operation: detachMethod,
  },

  { method: "POST", path: "/v1/setup_intents", name: "createSetupIntent", operation: createSetup },
  {
    method: "GET",
    path: "/v1/setup_intents/:id",
    name: "retrieveSetupIntent",
    operation: retrieve("setup_intent"),
  },

  { method: "POST", path: "/v1/customers", name: "createCustomer", operation: createCustomer },
  {
    method: "GET",
    path: "/v1/customers",
    name: "listCustomers",
    operation: list("customer", ["email"]),
  },
  {
    method: "GET",
    path: "/v1/customers/:id",
    name: "retrieveCustomer",
    operation: retrieve("customer"),
  },
  { method: "POST", path: "/v1/customers/:id", name: "updateCustomer", operation: updateCustomer },
  {
    method: "GET",
    path: "/v1/customers/:customer/payment_methods",
    name: "listCustomerPaymentMethods",
    operation: list("payment_method", ["customer", "type"]),
  },
];
