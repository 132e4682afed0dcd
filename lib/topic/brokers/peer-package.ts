// A package that only some brokers need, loaded when one of them starts: who uses none need not install it.

/**
 * @param owner who needs it
 * @throws Error that says what to install
 */
export async function loadPeer<T>(owner: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new Error(`${owner} needs the package ${name}: npm install ${name}`, { cause: error });
  }
}
