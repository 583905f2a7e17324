// Imported before anything else and written for any Node that knows ES modules: an old one then
// gets this line and not a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error('Anacrusis needs Node >= 20.19, this is ' + process.versions.node + '.');
  process.exit(1);
}
