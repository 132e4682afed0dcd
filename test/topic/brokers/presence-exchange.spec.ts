import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BrokerClosedError, type Presence, type PresentMember } from '../../../lib/topic/broker.js';
import { ControlChannels, type TestNode } from './control-channels.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** The answer, and after how many milliseconds it came. */
async function ask(node: TestNode, topic = 'room'): Promise<Presence & { after: number }> {
  const begin = performance.now();
  let after = 0;
  const presence = node.exchange.presence(topic).finally(() => (after = performance.now() - begin));
  await jest.advanceTimersByTimeAsync(2_000);
  return { ...(await presence), after };
}

function ids({ members }: Presence): string[] {
  return members.map(({ id }) => id).sort();
}

describe('presence', () => {
  it('is what all nodes say of a topic, with what was said of the members', async () => {
    const channels = new ControlChannels();
    const first = channels.node({ room: [{ id: 'a', info: { name: 'Ada' } }], other: [{ id: 'x' }] });
    const second = channels.node({ room: [{ id: 'b', info: 1 }, { id: 'c' }] });
    channels.node();

    const presence = await ask(first);
    expect(presence.isComplete).toBe(true);
    expect(presence.members).toEqual([{ id: 'a', info: { name: 'Ada' } }, { id: 'b', info: 1 }, { id: 'c' }]);
    expect(ids(await ask(second, 'other'))).toEqual(['x']);
    expect((await ask(second, 'nobody')).members).toEqual([]);
  });

  it('comes at once when the greeting is over, and a node that has just come waits for it', async () => {
    const channels = new ControlChannels();
    const first = channels.node({ room: [{ id: 'a' }] });
    const second = channels.node({ room: [{ id: 'b' }] });

    expect(await ask(second)).toMatchObject({ after: 500, isComplete: true });
    expect(await ask(first)).toMatchObject({ after: 0, isComplete: true });
  });

  it('of 10,000 members comes in parts of a bounded size', async () => {
    const channels = new ControlChannels();
    const crowd: PresentMember[] = Array.from({ length: 10_000 }, (_, index) => ({
      id: `m${index}`,
      info: 'é'.repeat(20),
    }));
    const first = channels.node();
    channels.node({ room: crowd });

    const { members, isComplete } = await ask(first);
    expect(isComplete).toBe(true);
    expect(members).toEqual(crowd);
    const answers = channels.sent.filter((text) => text.includes('"answer"'));
    expect(answers.length).toBeGreaterThan(5);
    expect(Math.max(...answers.map(({ length }) => length))).toBeLessThan(70_000);
  });

  it('goes without what JSON cannot say of a member, and the log says so', async () => {
    const channels = new ControlChannels();
    const first = channels.node();
    const second = channels.node({ room: [{ id: 'a', info: 1n }, { id: 'b' }] });

    expect(await ask(first)).toMatchObject({ members: [{ id: 'a' }, { id: 'b' }], isComplete: true });
    expect(second.failures).toEqual([expect.stringContaining('no JSON')]);
  });
});

describe('a node', () => {
  it('that was killed is missing at once, and not waited for after 15 seconds', async () => {
    const channels = new ControlChannels();
    const first = channels.node({ room: [{ id: 'a' }] });
    const second = channels.node({ room: [{ id: 'b' }] });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(ids(await ask(first))).toEqual(['a', 'b']);

    channels.kill(second);
    expect(await ask(first)).toMatchObject({ members: [{ id: 'a' }], isComplete: false, after: 1_000 });
    await jest.advanceTimersByTimeAsync(13_000);
    expect(await ask(first)).toMatchObject({ members: [{ id: 'a' }], isComplete: true, after: 0 });
  });

  it('that says goodbye is not waited for, and its questions end', async () => {
    const channels = new ControlChannels();
    const first = channels.node({ room: [{ id: 'a' }] });
    const second = channels.node({ room: [{ id: 'b' }] });
    const deaf = channels.node({ room: [{ id: 'c' }] });
    await jest.advanceTimersByTimeAsync(500);
    channels.deafen(deaf);

    const asked = first.exchange.presence('room');
    const pending = second.exchange.presence('room').catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(10);
    await second.exchange.close();
    await deaf.exchange.close();
    expect(ids(await asked)).toEqual(['a', 'b']);
    expect(await pending).toBeInstanceOf(BrokerClosedError);
    await expect(second.exchange.presence('room')).rejects.toThrow(BrokerClosedError);
    expect(await ask(first)).toMatchObject({ members: [{ id: 'a' }], isComplete: true, after: 0 });
  });

  it('that hears nothing says what it knows, as not complete', async () => {
    const channels = new ControlChannels();
    const first = channels.node({ room: [{ id: 'a' }] });
    channels.node({ room: [{ id: 'b' }] });
    channels.deafen(first);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await ask(first)).toMatchObject({ members: [{ id: 'a' }], isComplete: false });

    channels.restore(first);
    first.exchange.greet();
    expect(await ask(first)).toMatchObject({ members: [{ id: 'a' }, { id: 'b' }], isComplete: true, after: 500 });
  });

  it('whose channel refuses everything says what it knows, as not complete', async () => {
    const channels = new ControlChannels();
    const first = channels.node({ room: [{ id: 'a' }] });
    jest.spyOn(channels as unknown as { deliver(): void }, 'deliver').mockImplementation(() => {
      throw new Error('down');
    });
    expect(await ask(first)).toMatchObject({ members: [{ id: 'a' }], isComplete: false });
    await first.exchange.close();
  });
});

describe('a node of another version', () => {
  it('makes presence incomplete while it gives signs', async () => {
    const channels = new ControlChannels();
    const node = channels.node({ room: [{ id: 'a' }] });
    node.exchange.receive('nestwire-presence/2 {"type":"hello","node":"b"}');
    expect(node.failures).toEqual(['A message about presence cannot be read, and was ignored']);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await ask(node)).toMatchObject({ members: [{ id: 'a' }], isComplete: false });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(await ask(node)).toMatchObject({ members: [{ id: 'a' }], isComplete: true });
  });
});

describe('garbage', () => {
  it.each([
    'garbage',
    '',
    'nestwire-presence/1 ',
    'nestwire-presence/1 null',
    'nestwire-presence/1 {"type":"hello","node":"a b"}',
    'nestwire-presence/1 {"type":"hello","node":"a","__proto__":1',
    'nestwire-presence/1 {"type":"question","node":"a","id":"1","topic":1}',
    'nestwire-presence/1 {"type":"question","node":"a","id":"a b","topic":"room"}',
    'nestwire-presence/1 {"type":"answer","node":"a","id":"1","part":1,"parts":1,"members":[]}',
    'nestwire-presence/1 {"type":"answer","node":"a","id":"1","part":0,"parts":1,"members":[null]}',
    'nestwire-presence/1 {"type":"unheard-of","node":"a","id":"1"}',
  ])('%j is ignored, with a line in the log', async (text) => {
    const channels = new ControlChannels();
    const node = channels.node({ room: [{ id: 'a' }] });
    node.exchange.receive(text);
    expect(node.failures).toEqual(['A message about presence cannot be read, and was ignored']);
    expect(await ask(node)).toMatchObject({ members: [{ id: 'a' }], isComplete: true });
  });

  it('without end is one line for each heartbeat', async () => {
    const node = new ControlChannels().node();
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 100; count++) node.exchange.receive('garbage');
      await jest.advanceTimersByTimeAsync(5_000);
    }
    expect(node.failures).toHaveLength(3);
  });

  it('that answers questions nobody asked changes nothing', async () => {
    const node = new ControlChannels().node({ room: [{ id: 'a' }] });
    const answer = { type: 'answer', node: 'b', id: '1', part: 0, parts: 1, members: [{ id: 'b' }] };
    node.exchange.receive(`nestwire-presence/1 ${JSON.stringify(answer)}`);
    await jest.advanceTimersByTimeAsync(16_000);
    expect(await ask(node)).toMatchObject({ members: [{ id: 'a' }], isComplete: true });
  });
});
