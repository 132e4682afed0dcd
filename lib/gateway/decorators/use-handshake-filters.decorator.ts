import { addHandshakeEnhancers, type HandshakeFilter } from '../handshake/handshake-enhancers.js';

/**
 * Gives exception filters the errors of a gateway's handshakes: of its handshake guards, and of the pipes of its
 * `@PathParam()` and its like. They are filters as for controllers: the response that they send is the refusal, and one that
 * sends nothing leaves the answer to Nest's rules.
 */
export function UseHandshakeFilters(...filters: HandshakeFilter[]): ClassDecorator {
  return (type) => addHandshakeEnhancers(type, { filters });
}
