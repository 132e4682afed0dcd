// Tables, and numbers as people read them.

export function markdownTable(header, rows) {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three digits: more would not come out the same again. */
export function digits(value) {
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(size >= 10 ? 1 : 2);
}

export function withSpread({ low, mid, high }) {
  return low === high ? digits(mid) : `${digits(mid)} (${digits(low)}–${digits(high)})`;
}

export const percent = (share) => `${Math.round(share * 100)} %`;

export const megabytes = (bytes) => `${digits(bytes / 1e6)} MB`;
