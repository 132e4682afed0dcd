import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { EventListeners, type WebSocketEvent } from '../../../lib/gateway/socket/event-listeners.js';

function listeners(): {
  target: EventEmitter;
  events: EventListeners;
  heard: WebSocketEvent[];
  hear: (event: WebSocketEvent) => void;
} {
  const target = new EventEmitter();
  const heard: WebSocketEvent[] = [];
  return { target, events: new EventListeners(target), heard, hear: (event) => void heard.push(event) };
}

describe('the fields of an event', () => {
  it.each([
    ['message', [Buffer.from('é'), false], { data: 'é' }],
    ['message', [Buffer.from('é'), true], { data: Buffer.from('é') }],
    ['close', [1001, Buffer.from('bye')], { code: 1001, reason: 'bye', wasClean: true }],
    ['close', [1006, Buffer.alloc(0)], { code: 1006, reason: '', wasClean: false }],
    ['open', [], {}],
  ])('%s %p', (type, args, fields) => {
    const { target, events, heard, hear } = listeners();
    events.add(type, hear, false);
    target.emit(type, ...args);
    expect(heard).toEqual([{ type, target, ...fields }]);
  });

  it('error carries the error and its message', () => {
    const { target, events, heard, hear } = listeners();
    const error = new Error('broken');
    events.add('error', hear, false);
    target.emit('error', error);
    expect(heard).toEqual([{ type: 'error', target, error, message: 'broken' }]);
  });
});

describe('EventListeners', () => {
  it('calls functions on the target, and objects by handleEvent', () => {
    const { target, events } = listeners();
    const calls: unknown[] = [];
    events.add(
      'open',
      function (this: unknown) {
        calls.push(this);
      },
      false,
    );
    const object = {
      handleEvent(event: WebSocketEvent) {
        calls.push(this, event.type);
      },
    };
    events.add('open', object, false);
    target.emit('open');
    expect(calls).toEqual([target, object, 'open']);
  });

  it('the same listener is added once, and called once where it should be', () => {
    const { target, events, heard, hear } = listeners();
    events.add('open', hear, true);
    events.add('open', hear, true);
    target.emit('open');
    target.emit('open');
    expect(heard).toHaveLength(1);
    events.add('open', hear, false);
    target.emit('open');
    expect(heard).toHaveLength(2);
  });

  it('removes what was added, and nothing else', () => {
    const { target, events, heard, hear } = listeners();
    target.on('open', hear);
    events.remove('open', hear);
    events.add('open', hear, false);
    events.remove('open', () => undefined);
    events.remove('close', hear);
    expect(target.listenerCount('open')).toBe(2);
    events.remove('open', hear);
    events.remove('open', hear);
    expect(target.listenerCount('open')).toBe(1);
    target.emit('open');
    expect(heard).toHaveLength(1);
  });

  it('types that a WebSocket does not have are ignored', () => {
    const { target, events, hear } = listeners();
    for (const type of ['ping', 'constructor', '__proto__']) events.add(type, hear, false);
    expect(target.eventNames()).toEqual([]);
  });

  it('a property holds one listener', () => {
    const { target, events, heard, hear } = listeners();
    expect(events.get('open')).toBeNull();
    events.set('open', () => {
      throw new Error('replaced');
    });
    events.set('open', hear);
    expect(events.get('open')).toBe(hear);
    target.emit('open');
    expect(heard).toHaveLength(1);
    events.set('open', null);
    expect(events.get('open')).toBeNull();
    target.emit('open');
    expect(heard).toHaveLength(1);
    events.set('open', 'no function' as never);
    expect(events.get('open')).toBeNull();
  });

  it('a property and addEventListener do not know of each other', () => {
    const { target, events, heard, hear } = listeners();
    events.add('open', hear, false);
    events.set('open', hear);
    target.emit('open');
    expect(heard).toHaveLength(2);
    events.set('open', null);
    target.emit('open');
    expect(heard).toHaveLength(3);
  });
});
