import { readFileSync } from 'node:fs';
import { mutants } from '../test/chaos/mutants.js';
for (const m of mutants) for (const e of m.edits) { let t=''; try { t=readFileSync(e.file,'utf8') } catch {} ; const n=t.split(e.from).length-1; if (n!==1) console.log(n, m.name, e.file, JSON.stringify(e.from)); }
