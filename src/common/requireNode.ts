// Imported first by what a team imports. Unlike checkNode.js it throws: the process is the team's.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  throw new Error(
    `Hufu needs Node.js 20.19 or newer, and this is ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
