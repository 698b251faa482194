#!/usr/bin/env node
// Checked here, in words that old versions understand, because the rest would fail with a syntax error.
var parts = process.versions.node.split('.')
if (Number(parts[0]) < 22 || (Number(parts[0]) === 22 && Number(parts[1]) < 18)) {
  console.error('koutu: expected Node 22.18 or newer but this is Node', process.versions.node)
  process.exit(3)
}
import('../dist/start.js')
