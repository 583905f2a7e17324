/**
 * With ANACRUSIS_DEBUG=1 a tensor that is collected without having been disposed of is reported with
 * the place that made it. Its memory is freed either way; only the pool misses it.
 */
const registry =
  process.env['ANACRUSIS_DEBUG'] === '1'
    ? new FinalizationRegistry<string>((site) => {
        process.emitWarning(`a tensor was collected without dispose(); it was made\n${site}`, {
          code: 'ANACRUSIS_LEAK',
        });
      })
    : null;

/** Tensors on the caller's own memory are not watched: nothing is lost with them. */
export function watchForLeak(tensor: object, storage: { block: object | null }): void {
  if (!registry || !storage.block) return;
  const lines = new Error().stack?.split('\n').slice(1) ?? [];
  const site = lines.filter((line) => !line.includes(import.meta.dirname)).slice(0, 3);
  registry.register(tensor, site.join('\n'), tensor);
}

export function forgetLeak(tensor: object): void {
  registry?.unregister(tensor);
}
