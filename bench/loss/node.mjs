// One node of the loss report: a Nest application whose clients may subscribe to any topic, and a publisher that keeps its pace,
// retries nothing, and notes of each message what became of it.

import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WebSocketGateway } from '@nestjs/websockets';
import { filter, firstValueFrom } from 'rxjs';
import { answerQuestions } from '../child-process.mjs';
import { importNestwire, makeBroker } from '../make-broker.mjs';

const TICK_MS = 20;
/** Short, so that an outage makes publishes fail, and not only late. */
const PUBLISH_TIMEOUT_MS = 1000;
const TEXT = 'The quick brown fox jumps over the lazy dog.';

/** `confirmed`: [topic, number, epoch, offset, time]; `failed`, `uncertain`: [topic, number]. */
const ledger = { confirmed: [], failed: [], uncertain: [] };
let topics;
let publishing;

answerQuestions({
  /** @returns {Promise<number>} the port */
  start: async (kind, url) => {
    const { SubscribeTopic, Topics, TopicsModule, WireAdapter } = await importNestwire();
    class LossGateway {
      join() {}
    }
    SubscribeTopic('loss/:number')(
      LossGateway.prototype,
      'join',
      Object.getOwnPropertyDescriptor(LossGateway.prototype, 'join'),
    );
    WebSocketGateway()(LossGateway);
    class AppModule {}
    const broker = await makeBroker(kind, url);
    Module({
      imports: [TopicsModule.forRoot({ broker, publishTimeoutMs: PUBLISH_TIMEOUT_MS })],
      providers: [LossGateway],
    })(AppModule);
    const app = await NestFactory.create(AppModule, { logger: false });
    app.useWebSocketAdapter(new WireAdapter(app));
    await app.listen(0);
    topics = app.get(Topics);
    return app.getHttpServer().address().port;
  },
  /** Begins. @param numbers which numbers each topic gets from this node: from `first` on every `step`th, below `end` */
  publish: (topicCount, { first, step, end }, perSecond) => {
    publishing = publishAll(topicCount, first, step, end, Math.max(1, Math.round((perSecond * TICK_MS) / 1000)));
  },
  /** How many are over and done with. */
  progress: () => ledger.confirmed.length + ledger.failed.length + ledger.uncertain.length,
  /** The last message of each topic, once the broker is back. @returns where it stands in each */
  publishLast: async (topicCount, number) => {
    await publishing;
    await firstValueFrom(topics.status.pipe(filter((status) => status === 'up')));
    const positions = await Promise.all(Array.from({ length: topicCount }, (_, topic) => publishOne(topic, number)));
    if (positions.includes(undefined)) throw new Error('The last message of a topic was not confirmed');
    return positions;
  },
  ledger: async () => {
    await publishing;
    return ledger;
  },
});

async function publishAll(topicCount, first, step, end, perTick) {
  const open = [];
  let inTick = 0;
  for (let number = first; number < end; number += step) {
    for (let topic = 0; topic < topicCount; topic++) {
      open.push(publishOne(topic, number));
      if (++inTick < perTick) continue;
      inTick = 0;
      await setTimeout(TICK_MS);
    }
  }
  await Promise.all(open);
}

/** @returns undefined where it was not confirmed */
async function publishOne(topic, number) {
  try {
    const { epoch, offset } = await topics.publish(`loss/${topic}`, 'numbered', { number, at: Date.now(), text: TEXT });
    ledger.confirmed.push([topic, number, epoch, offset, Date.now()]);
    return { epoch, offset };
  } catch (error) {
    ledger[isUncertain(error) ? 'uncertain' : 'failed'].push([topic, number]);
    return undefined;
  }
}

/** The error says so. */
const isUncertain = (error) => error.mayBePublished === true;
