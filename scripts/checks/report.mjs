/** What one check found: named results, each counted as one test. */
export class Report {
  results = [];
  notes = [];

  pass(name) {
    this.results.push({ name, state: 'passed', count: 1 });
  }

  /** @param {string} problem what is wrong and what to do */
  fail(name, problem) {
    this.results.push({ name, state: 'failed', count: 1, text: problem });
  }

  skip(name, reason, count = 1) {
    this.results.push({ name, state: 'skipped', count, text: reason });
  }

  /** For tests that some other runner has counted. */
  add(state, count, name = '') {
    if (count > 0) this.results.push({ name, state, count });
  }

  note(line) {
    this.notes.push(line);
  }

  count(state) {
    const counts = this.results.filter((result) => result.state === state);
    return counts.reduce((sum, { count }) => sum + count, 0);
  }
}
