import { SetMetadata } from '@nestjs/common';

export const ORDERED_METADATA = 'nestwire:ordered';

/**
 * Handles a client's messages one at a time, in the order in which they came, so that the answers leave in that order: for one
 * handler, or for all of a gateway. A message is done when its answer is: the next one waits for the end of a stream too.
 * Messages of one client to ordered handlers of a path wait for each other, whichever gateway they are for; those to other
 * handlers do not, and clients never wait for each other.
 */
export function Ordered(): ClassDecorator & MethodDecorator {
  return SetMetadata(ORDERED_METADATA, true);
}
