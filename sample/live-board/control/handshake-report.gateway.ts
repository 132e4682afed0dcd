// A browser does not tell its page how a refused handshake was answered. The server does, over the page's other connection:
// to the one who knows the word that the page put into the address of its attempt.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import type { HandshakeDiagnostics } from 'nestwire';
import { requestPipe } from '../request.pipe.js';
import { HandshakeReportRequest } from './handshake-report.request.js';

const CHANNEL = 'nestwire:handshake';
const MOST_KEPT = 100;

export interface HandshakeReport {
  /** The status line. */
  readonly line: string;
  readonly body: string;
}

@WebSocketGateway({ path: '/live' })
export class HandshakeReportGateway implements OnModuleInit, OnModuleDestroy {
  /** By attempt, the oldest first. */
  private readonly reports = new Map<string, HandshakeReport>();

  onModuleInit(): void {
    subscribe(CHANNEL, this.remember);
  }

  onModuleDestroy(): void {
    unsubscribe(CHANNEL, this.remember);
  }

  @SubscribeMessage('control.handshake')
  handshake(@MessageBody(requestPipe) { attempt }: HandshakeReportRequest): HandshakeReport {
    const report = this.reports.get(attempt);
    if (report !== undefined) return report;
    throw new WsException({ status: 404, code: 'UNKNOWN_ATTEMPT', message: 'Of this attempt nothing is known.' });
  }

  private readonly remember = (message: unknown): void => {
    const { request, answer } = message as HandshakeDiagnostics;
    const attempt = /^\/control\?attempt=(\w{16,64})$/.exec(request.url ?? '')?.[1];
    if (attempt === undefined) return;
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    this.reports.set(attempt, { line: head.slice(0, head.indexOf('\r\n')), body: utf8(body) });
    const [oldest] = this.reports.keys();
    if (this.reports.size > MOST_KEPT && oldest !== undefined) this.reports.delete(oldest);
  };
}

/** The channel tells bytes as characters. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}
