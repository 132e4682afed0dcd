// Two packages that bring no types: as much as the peer needs.

declare module 'faye-websocket' {
  import type { Buffer } from 'node:buffer';

  interface Events {
    open: object;
    message: { data: string | Buffer };
    close: { code: number; reason: string };
    error: { message: string };
  }

  class Client {
    constructor(url: string, protocols: string[], options: { extensions: unknown[] });
    readonly protocol: string;
    on<K extends keyof Events>(event: K, listener: (event: Events[K]) => void): void;
    send(message: string | Buffer): boolean;
    ping(message: string, callback: () => void): boolean;
    close(code?: number, reason?: string): void;
  }

  const faye: { Client: typeof Client };
  export default faye;
}

declare module 'permessage-deflate' {
  const extension: unknown;
  export default extension;
}
