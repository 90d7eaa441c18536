import { Loader, Stack, Text, Title } from "@mantine/core";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";
import { HomePage } from "../routes/home.tsx";
import { readHomeSearch } from "../routes/search.ts";
import { LinkButton } from "./link-button.tsx";
import { Shell } from "./shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const getParentRoute = () => root;

/** What most people come for is there at once; the rest is fetched when it is near. */
const routes = [
  createRoute({ getParentRoute, path: "/", component: HomePage, validateSearch: readHomeSearch }),
  createRoute({
    getParentRoute,
    path: "/products/$slug",
    component: lazyRouteComponent(() => import("../routes/product.tsx"), "ProductPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/cart",
    component: lazyRouteComponent(() => import("../routes/cart.tsx"), "CartPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/checkout",
    component: lazyRouteComponent(() => import("../routes/checkout.tsx"), "CheckoutPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/checkout/return",
    component: lazyRouteComponent(() => import("../routes/checkout-return.tsx"), "CheckoutReturnPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/checkout/payments/$paymentId",
    component: lazyRouteComponent(() => import("../routes/checkout-return.tsx"), "CheckoutReturnPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/orders/find",
    component: lazyRouteComponent(() => import("../routes/find-order.tsx"), "FindOrderPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/orders/$groupId",
    component: lazyRouteComponent(() => import("../routes/order.tsx"), "OrderPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/sign-in",
    component: lazyRouteComponent(() => import("../routes/sign-in.tsx"), "SignInPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/account/orders",
    component: lazyRouteComponent(() => import("../routes/my-orders.tsx"), "MyOrdersPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/account/payment",
    component: lazyRouteComponent(() => import("../routes/my-cards.tsx"), "MyCardsPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/account/messages",
    component: lazyRouteComponent(() => import("../routes/my-messages.tsx"), "MyMessagesPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/account/notifications",
    component: lazyRouteComponent(() => import("../routes/my-notifications.tsx"), "MyNotificationsPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/unsubscribe",
    component: lazyRouteComponent(() => import("../routes/unsubscribe.tsx"), "UnsubscribePage"),
  }),
] as const;

/** Which address shows which page. */
export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultPendingComponent: () => <Loader aria-label="The page is being fetched" />,
  defaultErrorComponent: ({ error, reset }) => <ProblemNotice error={error} onRetry={reset} />,
});

declare module "@tanstack/react-router" {
  // The library reads the app's own routes from here, so that every link is checked.
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface merges
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  return (
    <Stack align="flex-start">
      <Title>There is no such page</Title>
      <Text>It may have moved, or the address was not written quite so.</Text>
      <LinkButton to="/">To the shop</LinkButton>
    </Stack>
  );
}
