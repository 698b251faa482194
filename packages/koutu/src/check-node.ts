// Imported before anything else, and evaluated first: on an old Node the rest would fail with an error that explains nothing.
// What is imported by name from Node along with it must exist there, too, or linking fails before this runs.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  throw new Error(`koutu: expected Node 22.18 or newer but this is Node ${process.versions.node}`)
}
