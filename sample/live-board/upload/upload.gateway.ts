// Uploads: `upload.begin` announces a file and streams its progress, binary messages bring its pieces. One at a time for
// each client; cancelling the stream, or losing the connection, is the end of it.

import { UseInterceptors } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { OnBinary, type WireSocket } from 'nestwire';
import { Observable } from 'rxjs';
import { MessageMeterInterceptor } from '../meter/message-meter.interceptor.js';
import { requestPipe } from '../request.pipe.js';
import { Upload, type UploadProgress, type UploadResult } from './upload.js';
import { MAX_CHUNK_BYTES, MAX_FILE_BYTES } from './upload-limits.js';
import { UploadRequest } from './upload.request.js';

const MEBIBYTE = 1024 * 1024;

@WebSocketGateway({ path: '/live' })
@UseInterceptors(MessageMeterInterceptor)
export class UploadGateway {
  private readonly uploads = new WeakMap<WireSocket, Upload>();

  @SubscribeMessage('upload.limits')
  limits(): { maxFileBytes: number; maxChunkBytes: number } {
    return { maxFileBytes: MAX_FILE_BYTES, maxChunkBytes: MAX_CHUNK_BYTES };
  }

  /** The first value says that the pieces may come; the last has the hash. */
  @SubscribeMessage('upload.begin')
  begin(
    @MessageBody(requestPipe) { name, size }: UploadRequest,
    @ConnectedSocket() socket: WireSocket,
  ): Observable<UploadProgress | UploadResult> {
    if (size > MAX_FILE_BYTES) {
      const [has, allowed] = [Math.ceil(size / MEBIBYTE), MAX_FILE_BYTES / MEBIBYTE];
      const message = `${name} is too large: it has ${has} MiB, and at most ${allowed} MiB are taken.`;
      throw new WsException({ status: 413, code: 'FILE_TOO_LARGE', message });
    }
    if (this.uploads.has(socket)) {
      throw new WsException({ status: 409, code: 'UPLOAD_RUNNING', message: 'Another upload is still running.' });
    }
    return new Observable((subscriber) => {
      const upload = new Upload(size, subscriber);
      this.uploads.set(socket, upload);
      subscriber.add(() => this.uploads.delete(socket));
      upload.start();
    });
  }

  @OnBinary()
  receive(@MessageBody() chunk: Uint8Array, @ConnectedSocket() socket: WireSocket): void {
    // Pieces that were under way when the upload was cancelled belong to none.
    this.uploads.get(socket)?.receive(chunk);
  }
}
