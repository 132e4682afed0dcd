// Whether a server answers with the right payloads: sends each message once, and compares the answers byte for byte. What was
// compressed must come back compressed: a server that spares itself the work is not to be taken for a fast one.

export async function verifyAnswers(client, messages) {
  const { reader } = client;
  const before = reader.compressedMessages;
  const answers = client.payloads(messages.length);
  client.send(Buffer.concat(messages.map(({ bytes }) => bytes)));
  comparePayloads(
    await answers,
    messages.map(({ payload }) => payload),
  );
  const [came, sent] = [reader.compressedMessages - before, messages.filter(({ isCompressed }) => isCompressed).length];
  if (came !== sent)
    throw new Error(`${sent} of ${messages.length} messages were sent compressed, and ${came} came back so`);
}

/** @throws where one is not as it should be */
export function comparePayloads(payloads, expected) {
  for (const [i, payload] of payloads.entries()) {
    if (payload.equals(expected[i])) continue;
    const [came, should] = [payload, expected[i]].map((bytes) => `${bytes.length} bytes: ${bytes.subarray(0, 60)}`);
    throw new Error(`answer ${i} has ${came}, and not ${should}`);
  }
}
