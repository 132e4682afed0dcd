// What `@WebSocketGateway({ … })` may carry.

import { describe, expect, it } from '@jest/globals';
import { resolveGatewayOptions } from '../../../lib/gateway/options/gateway-options.js';
import { resolveAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { DEFAULT_COMPRESSION } from '../../../lib/gateway/options/compression-options.js';

const base = resolveAdapterOptions({ limits: { maxMessageBytes: 500 }, origins: 'any' });

function resolve(options: object): { resolved: ReturnType<typeof resolveGatewayOptions>; warnings: string[] } {
  const warnings: string[] = [];
  const resolved = resolveGatewayOptions(options, base, (option, replacement) =>
    warnings.push(`${option}: ${replacement}`),
  );
  return { resolved, warnings };
}

describe('@WebSocketGateway options', () => {
  it('without any, the adapter’s hold', () => {
    expect(resolve({})).toEqual({ resolved: base, warnings: [] });
  });

  it('ours lie over the adapter’s', () => {
    const { resolved, warnings } = resolve({
      path: '/x',
      host: '::1',
      limits: { maxStreams: 2 },
      heartbeat: { intervalMs: 0 },
    });
    expect(resolved.limits).toEqual({ ...base.limits, maxStreams: 2 });
    expect(resolved.heartbeat.intervalMs).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('those of ws that gateways use have their effect', () => {
    const verifyClient = () => true;
    const handleProtocols = () => 'x';
    const { resolved, warnings } = resolve({ maxPayload: 100, verifyClient, handleProtocols, autoPong: false });
    expect(resolved).toMatchObject({ verifyClient, handleProtocols, autoPong: false });
    expect(resolved.limits).toEqual({ ...base.limits, maxMessageBytes: 100 });
    expect(warnings).toEqual([]);
  });

  it('maxPayload: 0 is no limit, and it goes before limits.maxMessageBytes', () => {
    expect(resolve({ maxPayload: 0, limits: { maxMessageBytes: 7 } }).resolved.limits.maxMessageBytes).toBe(0);
  });

  it.each([
    [false, undefined],
    [true, { takeover: true }],
    [{}, { takeover: true }],
    [{ serverNoContextTakeover: true }, { takeover: false }],
    [{ clientNoContextTakeover: true }, { takeover: false }],
    [
      { threshold: 5, concurrencyLimit: 2, serverMaxWindowBits: 10 },
      { thresholdBytes: 5, maxJobs: 2, windowBits: 10 },
    ],
    [{ zlibDeflateOptions: { level: 3, memLevel: 7 } }, { level: 3, memoryLevel: 7 }],
  ])('perMessageDeflate of ws, %j, is compression', (perMessageDeflate, compression) => {
    const { resolved, warnings } = resolve({ perMessageDeflate });
    if (compression === undefined) expect(resolved.compression).toBeUndefined();
    else expect(resolved.compression).toEqual({ ...DEFAULT_COMPRESSION, takeover: true, ...compression });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['cors', { origin: '*' }, 'origins'],
    ['transports', ['websocket'], 'WebSocket is the only transport'],
    ['pingInterval', 1, 'heartbeat.intervalMs'],
    ['maxHttpBufferSize', 1, 'limits.maxMessageBytes'],
    ['maxFragments', 1, 'limits.maxFragments'],
    ['allowRequest', () => true, 'verifyClient'],
  ])('%s of another adapter warns and names what takes its place', (name, value, replacement) => {
    const { warnings } = resolve({ [name]: value });
    expect(warnings).toEqual([expect.stringMatching(`^${name}: .*${replacement}`)]);
  });

  it.each([
    [{ pth: '/x' }, /"@WebSocketGateway" must be an object with any of limits, .*path.*, not '\{ pth \}'/],
    [{ maxPayload: '1mb' }, /"maxPayload" must be a number of bytes, 0 for no limit, not '1mb'/],
    [{ maxPayload: -1 }, /"maxPayload".*not -1/],
    [{ maxPayload: 1.5 }, /"maxPayload".*not 1.5/],
    [{ verifyClient: 'yes' }, /"verifyClient" must be a function, not 'yes'/],
    [{ handleProtocols: [] }, /"handleProtocols" must be a function, not \[\]/],
    [{ autoPong: 'no' }, /"autoPong" must be true or false, not 'no'/],
    [{ host: 5 }, /"host" must be a string, not 5/],
    [{ limits: { maxFragments: -1 } }, /"limits.maxFragments".*not -1/],
    [{ origins: 'all' }, /"origins".*not 'all'/],
    ['/path', /must be an object/],
  ])('%p is refused', (options, message) => {
    expect(() => resolve(options as object)).toThrow(message);
  });
});
