// Whether a server answers with the right payloads: sends each message once, and compares the answers byte for byte.

export async function verifyAnswers(client, messages) {
  const answers = client.payloads(messages.length);
  client.send(Buffer.concat(messages.map(({ bytes }) => bytes)));
  comparePayloads(
    await answers,
    messages.map(({ payload }) => payload),
  );
}

/** @throws where one is not as it should be */
export function comparePayloads(payloads, expected) {
  for (const [i, payload] of payloads.entries()) {
    if (payload.equals(expected[i])) continue;
    const [came, should] = [payload, expected[i]].map((bytes) => `${bytes.length} bytes: ${bytes.subarray(0, 60)}`);
    throw new Error(`answer ${i} has ${came}, and not ${should}`);
  }
}
