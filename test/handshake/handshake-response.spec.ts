import { describe, expect, it } from '@jest/globals';
import { encodeHandshakeResponse } from '../../lib/handshake/handshake-response.js';
import { parseHttpAnswer } from './http-answer.js';
import { accepted } from './requests.js';

describe('encodeHandshakeResponse', () => {
  it('§4.2.2: answers the example of §1.3 byte by byte', () => {
    const request = accepted({ 'Sec-WebSocket-Protocol': 'chat, superchat' });
    expect(encodeHandshakeResponse(request, { subprotocol: 'chat' }).toString('latin1')).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
        'Sec-WebSocket-Protocol: chat\r\n' +
        '\r\n',
    );
  });

  it('§4.2.2: names no subprotocol and no extension that was not chosen', () => {
    const request = accepted({
      'Sec-WebSocket-Key': 'xqBt3ImNzJbYqRINxEFlkg==',
      'Sec-WebSocket-Protocol': 'chat',
      'Sec-WebSocket-Extensions': 'permessage-deflate',
    });
    for (const choice of [{}, { subprotocol: undefined }]) {
      const { status, fields } = parseHttpAnswer(encodeHandshakeResponse(request, choice));
      expect(status).toBe(101);
      expect([...fields]).toEqual([
        ['upgrade', 'websocket'],
        ['connection', 'Upgrade'],
        ['sec-websocket-accept', 'K7DJLdLooIwIG/MOpvWFB3y3FE8='],
      ]);
    }
  });

  it('repeats nothing else of what the client sent', () => {
    const request = accepted({
      Origin: 'https://marker.example',
      'X-Marker': 'marker',
      'Sec-WebSocket-Protocol': 'marker',
    });
    expect(encodeHandshakeResponse(request, {}).toString()).not.toContain('marker');
  });

  it.each(['superchat', 'Chat', '', 'chat, superchat', 'chat\r\nSet-Cookie: a=b', ' chat'])(
    'refuses %p, which was not offered',
    (subprotocol) => {
      const request = accepted({ 'Sec-WebSocket-Protocol': 'chat' });
      expect(() => encodeHandshakeResponse(request, { subprotocol })).toThrow(TypeError);
    },
  );

  it('refuses a subprotocol that is no token, even where the request claims it was offered', () => {
    const subprotocol = 'chat\r\nSet-Cookie: a=b';
    const request = { ...accepted(), subprotocols: [subprotocol] };
    expect(() => encodeHandshakeResponse(request, { subprotocol })).toThrow(TypeError);
  });

  it('has lines added by whoever listens to the headers', () => {
    const bytes = encodeHandshakeResponse(accepted(), {}, (lines) => lines.push('Set-Cookie: a=b', 'X-A: '));
    const { fields } = parseHttpAnswer(bytes);
    expect([fields.get('set-cookie'), fields.get('x-a'), fields.get('connection')]).toEqual(['a=b', '', 'Upgrade']);
  });

  it.each(['X-A: a\r\nX-B: b', 'X-A: a\n', 'X-A: \0', '\r\n'])('refuses the added line %p', (line) => {
    expect(() => encodeHandshakeResponse(accepted(), {}, (lines) => lines.push(line))).toThrow(TypeError);
  });
});
