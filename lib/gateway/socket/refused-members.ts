// Members that gateways know from other platforms and that are not offered here: to call one is an error that names the
// way to go, instead of "is not a function".

/** @param replacements what to use instead, by the name of the member */
export function refuseMembers(
  prototype: object,
  className: string,
  replacements: Readonly<Record<string, string>>,
): void {
  for (const [name, replacement] of Object.entries(replacements)) {
    const refuse = (): never => {
      throw new TypeError(`${className} has no ${name}(): ${replacement}`);
    };
    // Writable, so that an application may put something of its own there.
    Object.defineProperty(prototype, name, { value: refuse, writable: true, configurable: true });
  }
}
