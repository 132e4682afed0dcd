// Where nodes speak to each other about who is in which topic: one subject that all listen to, and one for each node.

import type { ControlChannel } from '../presence-exchange.js';
import type { NatsLink } from './nats-link.js';

export class ControlSubjects implements ControlChannel {
  private readonly link: NatsLink;
  private readonly subject: string;

  constructor(link: NatsLink, prefix: string) {
    this.link = link;
    this.subject = `${prefix}.control`;
  }

  listen(node: string, receive: (text: string) => void): void {
    for (const subject of [this.subject, this.subjectOf(node)]) {
      this.link.listen(subject, (message) => receive(message.string()));
    }
  }

  async broadcast(text: string): Promise<void> {
    this.link.publish(this.subject, text);
  }

  async sendTo(node: string, text: string): Promise<void> {
    this.link.publish(this.subjectOf(node), text);
  }

  private subjectOf(node: string): string {
    return `${this.subject}.${node}`;
  }
}
