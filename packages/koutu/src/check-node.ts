// Imported and evaluated first: on an old Node, everything else fails with an unhelpful error. Names imported from Node beside
// it must exist there, too, or linking fails before this runs.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  throw new Error(`koutu: expected Node 22.18 or newer but this is Node ${process.versions.node}`)
}
