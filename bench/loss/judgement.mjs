// What the publishers know and what the clients were told in, the figures of the report out.

/**
 * @param ledgers of the nodes (node.mjs)
 * @param journals of all clients and topics
 */
export function judge(ledgers, journals, epochs) {
  const confirmed = ledgers.flatMap((ledger) => ledger.confirmed);
  const failed = ledgers.flatMap((ledger) => ledger.failed);
  for (const [topic, , epoch, , at] of confirmed) epochs.note(topic, epoch, at);
  const byTopic = new Map();
  for (const each of confirmed) {
    if (!byTopic.has(each[0])) byTopic.set(each[0], []);
    byTopic.get(each[0]).push(each);
  }
  let expected = 0;
  let inGaps = 0;
  const losses = [];
  for (const journal of journals) {
    for (const [topic, number, epoch, offset] of byTopic.get(journal.topic)) {
      expected++;
      if (journal.has[number]) continue;
      if (journal.knowsGapAt({ epoch, offset })) inGaps++;
      else losses.push({ topic, number, epoch, offset, last: journal.last });
    }
  }
  const wasReceived = ([topic, number]) => journals.some((journal) => journal.topic === topic && journal.has[number]);
  const counts = (name) => journals.reduce((sum, journal) => sum + journal.counts[name], 0);
  return {
    published: {
      confirmed: confirmed.length,
      failed: failed.length,
      uncertain: ledgers.reduce((sum, { uncertain }) => sum + uncertain.length, 0),
    },
    // They were said to have failed for certain.
    receivedAllTheSame: failed.filter(wasReceived).length,
    expected,
    inGaps,
    live: counts('live'),
    recovered: counts('recovered'),
    recoveries: counts('recoveries'),
    gaps: counts('gaps'),
    refused: counts('refused'),
    duplicates: counts('duplicates'),
    outOfOrder: counts('outOfOrder'),
    losses,
  };
}
