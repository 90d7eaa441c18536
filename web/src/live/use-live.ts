import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  fromBinary,
  getOption,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { useEffect, useRef, useState } from "react";
import { StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import { Live, method as methodPolicy } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { keyFor, keyOf } from "../api/keyring.ts";
import { useStored } from "../api/stored.ts";
import { signedIn } from "../api/transport.ts";
import { followTopic, type Heard } from "./tab.ts";

/** A Watch RPC to follow. */
export type Topic<I extends DescMessage, O extends DescMessage> = {
  readonly method: DescMethodServerStreaming<I, O>;
  readonly input: MessageInitShape<I>;
  /** What a guest's key is kept under, where it is not what `input` names. */
  readonly keyId?: string;
};

/** How a topic stands. */
export type LiveState = {
  /** It has not flowed for a while: time to say so. */
  readonly isLate: boolean;
  /** Why it cannot be followed at all. */
  readonly error: ConnectError | undefined;
};

/** Breaks shorter than this are nobody's business. */
const LATE_MS = 2_000;
const calm: LiveState = { isLate: false, error: undefined };

/**
 * Follows a Watch RPC while the component is there, over the one live connection of this browser; undefined follows
 * nothing. A break is made good from the last cursor: `onMessage` hears each message once.
 */
export function useLive<I extends DescMessage, O extends DescMessage>(
  topic: Topic<I, O> | undefined,
  onMessage: (message: MessageShape<O>) => void,
): LiveState {
  const [state, setState] = useState(calm);
  const who = useStored(signedIn);
  const latest = useRef({ topic, onMessage });
  latest.current = { topic, onMessage };
  const key = topic === undefined ? "" : nameOf(topic);
  useEffect(() => {
    const { topic: followed } = latest.current;
    setState(calm);
    if (followed === undefined) return;
    const late = lateness((isLate) => setState((before) => ({ ...before, isLate })));
    late.flows(false);
    const leave = followTopic(liveTopicOf(followed), (heard) => {
      if (heard.kind === "message") latest.current.onMessage(fromBinary(followed.method.output, heard.response));
      if (heard.kind === "flow") late.flows(heard.isLive);
      if (heard.kind === "ended") {
        late.flows(true);
        setState({ isLate: false, error: endOf(heard) });
      }
    });
    return () => {
      leave();
      late.flows(true);
    };
    // Another person sees other things: all is asked for anew.
  }, [key, who]);
  return state;
}

function nameOf<I extends DescMessage, O extends DescMessage>({ method, input }: Topic<I, O>): string {
  return `${method.parent.typeName}/${method.name} ${toJsonString(method.input, create(method.input, input))}`;
}

function liveTopicOf<I extends DescMessage, O extends DescMessage>({ method, input, keyId }: Topic<I, O>) {
  const request = create(method.input, input);
  return {
    method: `${method.parent.typeName}/${method.name}`,
    typeName: method.input.typeName,
    request: toBinary(method.input, request),
    isState: getOption(method, methodPolicy).live === Live.STATE,
    accessToken: (keyId === undefined ? keyFor(request) : keyOf(keyId)) ?? "",
    cursor: "",
  };
}

/** Why a topic ended. A session that is over makes whoever looks a stranger, who may look on. */
function endOf({ error }: Extract<Heard, { readonly kind: "ended" }>): ConnectError | undefined {
  if (error === undefined) return undefined;
  const { code, message, details } = fromBinary(StatusSchema, error);
  if (code === Code.Unauthenticated) signedIn.write("");
  const failure = new ConnectError(message, code);
  failure.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  return failure;
}

/** Calls `onChange` once nothing has flowed for a while, and when it flows again. */
function lateness(onChange: (isLate: boolean) => void): { flows(does: boolean): void } {
  let timer: number | undefined;
  return {
    flows(does) {
      window.clearTimeout(timer);
      if (does) onChange(false);
      else timer = window.setTimeout(() => onChange(true), LATE_MS);
    },
  };
}
