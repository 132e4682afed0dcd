// The choice of a subprotocol (RFC 6455 §1.9, §4.2.2): the client's first that the server speaks.

/**
 * @param supported what the server speaks; absent, whatever the client likes best
 * @returns undefined for none: the connection is made without one, and a browser that offered some gives up
 */
export function chooseSubprotocol(offered: readonly string[], supported?: readonly string[]): string | undefined {
  if (supported === undefined) return offered[0];
  return offered.find((subprotocol) => supported.includes(subprotocol));
}
