import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type Props = ButtonProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "style" | "color"> & { readonly ref?: Ref<HTMLAnchorElement> };

function Anchor({ ref, ...props }: Props) {
  return <Button component="a" ref={ref} {...props} />;
}

/** A link that looks like a button. */
export const LinkButton = createLink(Anchor);
