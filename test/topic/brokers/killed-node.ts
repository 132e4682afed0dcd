// What presence says of a node that was killed, until it is taken for dead: as long as docs/topics.md says, in real time.

import { expect } from '@jest/globals';
import type { Broker, Presence, PresentMember } from '../../../lib/topic/broker.js';
import { within } from '../../support/bounded-wait.js';

/** For tests that wait for it. */
export const KILLED_NODE_TEST_MS = 60_000;

/** It is taken for dead after 15 s; the rest is for a machine that is busy. */
const LIMIT_MS = 20_000;

/** @param others the members at the nodes that live */
export async function expectTakenForDead(
  broker: Broker,
  topic: string,
  others: readonly PresentMember[],
): Promise<void> {
  expect(await broker.presence(topic)).toEqual({ members: others, isComplete: false });
  let presence: Presence;
  const complete = async (): Promise<void> => {
    do presence = await broker.presence(topic);
    while (!presence.isComplete);
  };
  await within(complete(), 'the killed node to be taken for dead', LIMIT_MS);
  expect(presence!.members).toEqual(others);
}
