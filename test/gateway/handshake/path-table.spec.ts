// Which path is whose, in which order, and what its parameters are.

import { describe, expect, it } from '@jest/globals';
import { MALFORMED_PATH, PathTable } from '../../../lib/gateway/handshake/path-table.js';
import { InvalidOptionError } from '../../../lib/index.js';

function tableOf(...paths: (string | undefined)[]): PathTable<string> {
  const table = new PathTable<string>();
  for (const [rank, path] of paths.entries()) table.add(path, path ?? 'every', rank);
  return table;
}

/** Target and parameters, as one comparable list. */
function found(table: PathTable<string>, path: string | undefined): unknown {
  const route = table.find(path);
  return typeof route === 'object' ? [route.target, { ...route.params }] : route;
}

describe('the order of paths', () => {
  it('is precise ones, then patterns as they were declared, then every path', () => {
    const table = tableOf(undefined, '/rooms/:room', '/:kind/:name', '/rooms/lobby');
    expect(found(table, '/rooms/lobby')).toEqual(['/rooms/lobby', {}]);
    expect(found(table, '/rooms/den')).toEqual(['/rooms/:room', { room: 'den' }]);
    expect(found(table, '/games/go')).toEqual(['/:kind/:name', { kind: 'games', name: 'go' }]);
    expect(found(table, '/elsewhere')).toEqual(['every', {}]);
    expect(found(table, undefined)).toEqual(['every', {}]);
    expect(found(tableOf('/:kind/:name', '/rooms/:room'), '/rooms/den')).toEqual([
      '/:kind/:name',
      { kind: 'rooms', name: 'den' },
    ]);
  });

  it('of patterns may be told by their ranks', () => {
    const table = new PathTable<string>();
    for (const [rank, path] of [
      [2, '/:a/:b'],
      [3, '/*all'],
      [1, '/x/:c'],
    ] as const)
      table.add(path, path, rank);
    expect(found(table, '/x/y')).toEqual(['/x/:c', { c: 'y' }]);
  });

  it.each([
    ['/:a/b', '/:c/b'],
    ['/*a', '/*b'],
    ['/a{/:b}', '/a{/:c}'],
  ])('is not asked for %s and %s, which are for the same requests', (one, other) => {
    expect(() => tableOf(one, other)).toThrow(`option "path" must be another than "${one}"`);
  });

  it('nobody’s path is nobody’s', () => {
    expect(tableOf('/rooms/:room').find('/rooms')).toBeUndefined();
    expect(tableOf('/rooms/:room').find(undefined)).toBeUndefined();
  });
});

describe('a pattern', () => {
  it.each([
    ['/rooms/:room', '/rooms/a', { room: 'a' }],
    ['/rooms/:room', '/rooms/a%20%C3%A9', { room: 'a é' }],
    ['/rooms/:room', '/rooms/a%2Fb', { room: 'a/b' }],
    ['/rooms/:room', '/rooms/..', { room: '..' }],
    ['/rooms/:room', '/rooms/__proto__', { room: '__proto__' }],
    ['/rooms/:room', '/rooms/', undefined],
    ['/rooms/:room', '/rooms/a/', undefined],
    ['/rooms/:room', '/Rooms/a', undefined],
    ['/rooms/:room', '/rooms/a/b', undefined],
    ['/rooms{/:room}', '/rooms', {}],
    ['/rooms{/:room}', '/rooms/a', { room: 'a' }],
    ['/:from-:to', '/1-2', { from: '1', to: '2' }],
    ['/files/*path', '/files/a/b%20c', { path: 'a/b c' }],
    ['/v1:method', '/v1get', { method: 'get' }],
  ])('%s takes of %s: %j', (pattern, path, params) => {
    expect(found(tableOf(pattern), path)).toEqual(params && [pattern, params]);
  });

  it('has parameters without a prototype, which nobody can change', () => {
    const route = tableOf('/:a').find('/b');
    const params = (route as { params: object }).params;
    expect(Object.getPrototypeOf(params)).toBeNull();
    expect(Object.isFrozen(params)).toBe(true);
  });

  it.each(['/rooms/%', '/rooms/%zz', '/rooms/%C3', '/rooms/%FF', '/rooms/%ED%A0%80'])('%s is malformed', (path) => {
    expect(tableOf('/rooms/:room').find(path)).toBe(MALFORMED_PATH);
    expect(tableOf(path).find(path)).toEqual({ target: path });
  });

  it.each(['/:', '/*', '/{a', '/:a:b', '/*a/*b', '/:a{/*b}/*c', '/:a(\\d+)'])('%s cannot be meant', (pattern) => {
    expect(() => tableOf(pattern)).toThrow(InvalidOptionError);
    expect(() => tableOf(pattern)).toThrow('option "path" must be a path of path-to-regexp 8');
  });

  // Were it tried in many ways, this would take longer than any test may.
  it.each(['/:a-:b-:c', '/*a/:b', '/:a/*b/x', '{/:a}{/:b}{/:c}', '/:a.:b{.:c}'])(
    '%s is compared in linear time',
    (pattern) => {
      const table = tableOf(pattern);
      for (const hostile of ['/', '-', '.', '/x', '-/', 'a-', '%2F']) {
        table.find(`/${hostile.repeat(100_000)}`);
        table.find(`/${hostile.repeat(100_000)}\n`);
      }
    },
  );
});
