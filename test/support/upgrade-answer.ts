// The HTTP answer to one upgrade: a refusal to its end, or a 101.

import { type HttpAnswer, parseHttpAnswer } from '../handshake/http-answer.js';
import { RawClient, upgradeRequest } from './raw-client.js';

/** Of a refusal: complete, and the connection has ended. */
export async function refusalOf(
  port: number,
  path: string,
  headers?: Record<string, string | undefined>,
): Promise<HttpAnswer> {
  const client = await RawClient.open(port);
  client.write(upgradeRequest(path, headers));
  return parseHttpAnswer(await client.rest());
}

/** The status line and header lines of any answer; the client leaves then. */
export async function headOf(
  port: number,
  path: string,
  headers?: Record<string, string | undefined>,
): Promise<string[]> {
  const client = await RawClient.open(port);
  client.write(upgradeRequest(path, headers));
  const head = await client.head();
  client.drop();
  return head;
}
