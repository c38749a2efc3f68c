import { startServerPair } from '../test/chaos/postgres.js';
import { closeAll } from '../test/support/whenFileEnds.js';
import postgres from '../node_modules/postgres/src/index.js';
const t=performance.now(); const say=(x:string)=>console.log(x,(performance.now()-t).toFixed(0));
const p = await startServerPair('hufu'); say('up');
try {
const q = async (s:string)=>{const sql=postgres(p.primaryUrl(),{max:1});try{return await sql.unsafe(s)}finally{await sql.end()}};
await q('create table t(x int)'); say('t');
await p.crash(100); say('crash');
await q('insert into t values(1)'); say('i');
await p.failOver(); say('failover');
await q('insert into t values(2)'); say('i2');
await p.failOver(); say('failover');
console.log(await q('select * from t'), await q('select sync_state from pg_stat_replication'));
} finally { await closeAll(); }
say('end');
