import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import type { SubscribedTopic } from '../topic/subscribe-request.js';

/**
 * In a handler of `@SubscribeTopic('room/:id')`, `@TopicParam('id')` is what stands for `:id` in the topic; without a name, all
 * parameters.
 */
export const TopicParam: (name?: string, ...pipes: (PipeTransform | Type<PipeTransform>)[]) => ParameterDecorator =
  createParamDecorator((name: string | undefined, context: ExecutionContext): unknown => {
    const { params } = context.switchToWs().getData<SubscribedTopic>();
    return name === undefined ? params : params[name];
  });
