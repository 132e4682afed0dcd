import { MessageBody, WebSocketGateway } from '@nestjs/websockets';
import { OnBinary, OnText } from 'nestwire';

@WebSocketGateway({ path: '/' })
export class EchoGateway {
  @OnText()
  echoText(@MessageBody() text: string): string {
    return text;
  }

  @OnBinary()
  echoBytes(@MessageBody() bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}
