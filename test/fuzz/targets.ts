// Every fuzz target by the name of its folder in corpus/.

import type { Target } from './target.js';
import { conversation } from './targets/conversation.js';
import { frameDecoder } from './targets/frame-decoder.js';
import { handshake } from './targets/handshake.js';
import { headerGrammar } from './targets/header-grammar.js';
import { inflating } from './targets/inflating.js';
import { jsonEnvelope } from './targets/json-envelope.js';
import { messageDecoder } from './targets/message-decoder.js';
import { origin } from './targets/origin.js';

export const TARGETS: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['frame-decoder', frameDecoder],
  ['message-decoder', messageDecoder],
  ['inflating', inflating],
  ['conversation', conversation],
  ['header-grammar', headerGrammar],
  ['handshake', handshake],
  ['origin', origin],
  ['json-envelope', jsonEnvelope],
]);
