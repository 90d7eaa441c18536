import { Container, Group, Text, VisuallyHidden } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { useSession } from "../features/account/use-session.ts";
import { useCart, useLiveCart } from "../features/cart/use-cart.ts";

/** What is around every page. */
export function Shell() {
  return (
    <>
      <a className="skip-link" href="#content">
        To the content
      </a>
      <TopBar />
      <Container
        component="main"
        id="content"
        size="xl"
        py="lg"
        tabIndex={-1}
        style={{ outline: "none", minHeight: "70vh" }}
      >
        <Outlet />
      </Container>
      <footer className="footer">
        <Container size="xl" py="lg">
          <Group justify="space-between" gap="sm">
            <Text size="sm">Shopmesh, a marketplace as a mesh.</Text>
            <Text size="sm">
              <Link to="/orders/find">Find an order</Link>
            </Text>
          </Group>
        </Container>
      </footer>
    </>
  );
}

function TopBar() {
  const { cart } = useCart();
  useLiveCart();
  const { account } = useSession();
  const count = cart?.itemCount ?? 0;
  return (
    <header className="topbar">
      <Container size="xl" py="sm">
        <Group justify="space-between" gap="md" wrap="nowrap">
          <Link to="/" className="brand" aria-label="Shopmesh, home">
            shop<span>mesh</span>
          </Link>
          <Group component="nav" aria-label="Main" gap="lg" wrap="nowrap">
            {account === undefined ? <Link to="/sign-in">Sign in</Link> : <Link to="/account/orders">My orders</Link>}
            <Link to="/cart">
              Cart<span className="cart-count">{count}</span>
              <VisuallyHidden>{count === 1 ? " thing" : " things"}</VisuallyHidden>
            </Link>
          </Group>
        </Group>
      </Container>
    </header>
  );
}
