import { Button, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { problemOf, wordsOf } from "../../api/problem.ts";
import { FailedConditions } from "./failed-conditions.tsx";
import { useChangeCart } from "./use-cart.ts";

/** The coupon entered, or the field to enter one. */
export function Coupon({ cart }: { readonly cart: Cart }) {
  const [code, setCode] = useState("");
  const [tried, setTried] = useState("");
  const change = useChangeCart(cart);
  if (cart.couponCode !== "") {
    return (
      <div>
        <Group justify="space-between" gap="xs">
          <Text size="sm">
            Coupon <strong>{cart.couponCode}</strong>
          </Text>
          <Button
            size="compact-sm"
            variant="subtle"
            loading={change.isPending}
            onClick={() => change.mutate({ couponCode: "" })}
          >
            Take off
          </Button>
        </Group>
        {cart.couponProblem !== "" && (
          <>
            <Text size="sm" c="red.9" role="status">
              {wordsOf(cart.couponProblem) ?? "This coupon gives nothing for this cart."}
            </Text>
            <FailedConditions cart={cart} couponCode={cart.couponCode} />
          </>
        )}
      </div>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setTried(code);
        change.mutate({ couponCode: code });
      }}
    >
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          label="Coupon"
          size="sm"
          style={{ flex: 1 }}
          value={code}
          autoComplete="off"
          error={change.error === null ? undefined : problemOf(change.error).words}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" size="sm" variant="default" loading={change.isPending} disabled={code.trim() === ""}>
          Apply
        </Button>
      </Group>
      {change.error !== null && problemOf(change.error).reason === "COUPON_NOT_APPLICABLE" && (
        <FailedConditions cart={cart} couponCode={tried} />
      )}
    </form>
  );
}
