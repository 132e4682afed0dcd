import { describe, expect, it } from '@jest/globals';
import { encodeRefusal } from '../../lib/handshake/refusal.js';
import { parseHttpAnswer } from './http-answer.js';

describe('encodeRefusal', () => {
  it('writes a whole HTTP answer that ends the connection', () => {
    expect(encodeRefusal({ status: 400, message: 'No.' }).toString('latin1')).toBe(
      'HTTP/1.1 400 Bad Request\r\n' +
        'Connection: close\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\n' +
        'Content-Length: 3\r\n' +
        '\r\n' +
        'No.',
    );
  });

  it('counts the length of the body in bytes', () => {
    const { fields, body } = parseHttpAnswer(encodeRefusal({ status: 403, message: 'Nö €' }));
    expect([fields.get('content-length'), body.length]).toEqual(['7', 7]);
  });

  it('says in its body what the status means where there is nothing else to say', () => {
    expect(parseHttpAnswer(encodeRefusal({ status: 404 })).body).toBe('Not Found');
    expect(parseHttpAnswer(encodeRefusal({ status: 404, message: '' })).body).toBe('');
  });

  it('cannot be made to lie by a message with an HTTP answer in it', () => {
    const message = 'a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
    const answer = parseHttpAnswer(encodeRefusal({ status: 400, message }));
    expect([answer.status, answer.body]).toEqual([400, message]);
  });

  it('writes further headers', () => {
    const { fields } = parseHttpAnswer(
      encodeRefusal({ status: 401, message: '', headers: { 'WWW-Authenticate': 'Bearer realm="a"' } }),
    );
    expect(fields.get('www-authenticate')).toBe('Bearer realm="a"');
    expect(fields.get('connection')).toBe('close');
  });

  it('RFC 9110 §7.8: names Upgrade in Connection where it sends one', () => {
    const { fields } = parseHttpAnswer(encodeRefusal({ status: 426, message: '', headers: { Upgrade: 'websocket' } }));
    expect([fields.get('connection'), fields.get('upgrade')]).toEqual(['close, Upgrade', 'websocket']);
  });

  it.each([
    [400, 'Bad Request'],
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [404, 'Not Found'],
    [405, 'Method Not Allowed'],
    [408, 'Request Timeout'],
    [426, 'Upgrade Required'],
    [429, 'Too Many Requests'],
    [500, 'Internal Server Error'],
    [503, 'Service Unavailable'],
    [418, "I'm a Teapot"],
    [422, 'Unprocessable Content'],
    [502, 'Bad Gateway'],
    [499, 'Client Error'],
    [599, 'Server Error'],
  ])('RFC 9110 §15: says what %i means', (status, phrase) => {
    expect(parseHttpAnswer(encodeRefusal({ status, message: '' }))).toMatchObject({ status, phrase });
  });

  it.each<[string, string]>([
    ['X-A', 'a\r\nSet-Cookie: b'],
    ['X-A', 'a\nb'],
    ['X-A', 'a\rb'],
    ['X-A', '\0'],
    ['X-A\r\nSet-Cookie', 'a'],
    ['X-A: b\nX-C', 'a'],
    ['X A', 'a'],
    ['X-A:', 'a'],
    ['', 'a'],
    ['Ä', 'a'],
  ])('does not write the header %p: %p', (name, value) => {
    expect(() => encodeRefusal({ status: 400, message: '', headers: { [name]: value } })).toThrow(TypeError);
  });

  it.each([101, 200, 399, 600, 400.5, '400 x\r\nSet-Cookie: a=b'])('does not refuse with the status %p', (status) => {
    expect(() => encodeRefusal({ status: status as number })).toThrow('from 400 to 599');
  });

  it('says itself how it is written, whatever it is told', () => {
    const headers = {
      'content-length': '9999',
      Connection: 'keep-alive',
      'Transfer-Encoding': 'chunked',
      'content-type': 'a/b',
    };
    const text = encodeRefusal({ status: 401, message: 'no', headers }).toString();
    expect(text.split('\r\n')).toEqual([
      'HTTP/1.1 401 Unauthorized',
      'Connection: close',
      'content-type: a/b',
      'Content-Length: 2',
      '',
      'no',
    ]);
  });
});
