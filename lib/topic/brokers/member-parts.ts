// A node's members of a topic, in parts that a broker lets through: most limit a message's size.

import type { BrokerSink, PresentMember } from '../broker.js';

/** Of a part's JSON text, in UTF-16 units, unless one member alone has more. */
const MAX_PART_LENGTH = 64 * 1024;

/** @returns at least one part, empty where there are no members */
export function membersInParts(
  members: readonly PresentMember[],
  sink: Pick<BrokerSink, 'failed'>,
): readonly (readonly PresentMember[])[] {
  let part: PresentMember[] = [];
  const parts = [part];
  let length = 0;
  for (const member of members) {
    const sayable = sayableMember(member, sink);
    const ofMember = JSON.stringify(sayable).length;
    if (part.length > 0 && length + ofMember > MAX_PART_LENGTH) {
      parts.push((part = []));
      length = 0;
    }
    part.push(sayable);
    length += ofMember;
  }
  return parts;
}

/** The member as other nodes can be told of it: what JSON cannot say of it is left out. */
function sayableMember(member: PresentMember, sink: Pick<BrokerSink, 'failed'>): PresentMember {
  try {
    JSON.stringify(member);
    return member;
  } catch (error) {
    sink.failed('What was said of a member of a topic is no JSON, and other nodes are not told of it', error);
    return { id: member.id };
  }
}
