// The page: static files that the browser takes as they are, and the headers that keep it to itself.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';

// This file runs as build/sample/live-board/page.js; the page stays where it was written.
const PAGE = fileURLToPath(new URL('../../../sample/live-board/public/', import.meta.url));
const CHARTS = dirname(fileURLToPath(import.meta.resolve('uplot')));

const HEADERS = {
  // 'self' in connect-src is the WebSocket of this very host, too. Nothing inline, nothing from elsewhere.
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

export function servePage(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.use((_request: unknown, response: ServerResponse, next: () => void) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    next();
  });
  app.useStaticAssets(PAGE);
  app.useStaticAssets(CHARTS, { prefix: '/uplot/' });
}
