// The stylesheets of the development pages.

export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --sheet: #fff; --ink: #1c1b19; --soft: #5d5a54; --line: #ddd9d0; --code: #f4f2ec;
  --accent: #8a2b1f; --on-accent: #fff; --good: #1d6b42; --bad: #a3261b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161513; --sheet: #1f1e1b; --ink: #ece9e2; --soft: #aaa59b; --line: #3a3833; --code: #191815;
    --accent: #e79a8c; --on-accent: #1c1110; --good: #7ccba0; --bad: #f2988c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
a { color: inherit; text-underline-offset: 0.2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code, pre { font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.625rem 0.75rem; overflow: auto; background: var(--code); border-radius: 0.375rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1.5rem; padding: 0.625rem 1.25rem; border-bottom: 1px solid var(--line); }
.brand { margin: 0; font-weight: 650; }
.brand span { color: var(--soft); font-weight: 400; }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
nav a { color: var(--soft); text-decoration: none; padding: 0.25rem 0; border-bottom: 2px solid transparent; }
nav a:hover { color: var(--ink); }
nav a[aria-current] { color: var(--ink); border-color: var(--accent); }

.column { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0; font-size: 1.875rem; line-height: 1.2; letter-spacing: -0.015em; }
.lead { max-width: 44rem; margin: 0.75rem 0 1.75rem; color: var(--soft); }
.box { margin: 0 0 1.5rem; padding: 0.75rem 1rem; background: var(--sheet); border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 0.375rem; overflow-wrap: anywhere; }
#news p { margin: 0; }
#news p + p { margin-top: 0.25rem; color: var(--soft); font-size: 0.875rem; }

.account { display: flex; flex-wrap: wrap; align-items: end; gap: 0.75rem; margin-bottom: 1rem; }
.field { flex: 1 1 15rem; min-width: 0; }
label { display: block; margin-bottom: 0.25rem; font-size: 0.875rem; font-weight: 600; }
input, button { font: inherit; color: inherit; padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; background: var(--sheet); }
input { width: 100%; }
button { cursor: pointer; }
button:hover { border-color: var(--soft); }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
.primary:hover { border-color: var(--ink); }
[aria-disabled=true] { opacity: 0.55; cursor: progress; }

.devices { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); align-items: start; gap: 1.25rem; }
.device { padding: 1rem 1.125rem 1.25rem; background: var(--sheet); border: 1px solid var(--line); border-top: 4px solid var(--line); border-radius: 0.75rem; }
.device[data-state=in] { border-top-color: var(--good); }
.device[data-state=ended] { border-top-color: var(--bad); }
h2.part { display: block; margin: 2.25rem 0 0; }
h2 { display: inline; margin: 0; font-size: 1.125rem; }
.device > .name { display: inline; margin-left: 0.5rem; color: var(--soft); }
.state { margin: 0.375rem 0 0.875rem; font-weight: 600; }
[data-state=out] .state { color: var(--soft); font-weight: 400; }
[data-state=in] .state { color: var(--good); }
[data-state=ended] .state { color: var(--bad); }
.buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.buttons button { font-size: 0.9375rem; padding: 0.375rem 0.75rem; }
h3 { margin: 1.25rem 0 0.25rem; font-size: 0.8125rem; font-weight: 600; color: var(--soft); }
h4 { margin: 0.625rem 0 0.25rem; font-size: 0.75rem; font-weight: 600; color: var(--soft); }
.log { margin: 0; padding: 0; list-style: none; }
.log li { border-top: 1px solid var(--line); padding: 0.5rem 0; }
.log:empty::after { content: 'None yet.'; color: var(--soft); font-size: 0.875rem; }
.log pre { max-height: 22rem; }
summary { cursor: pointer; }
.log summary { display: flex; align-items: baseline; gap: 0.375rem; font-size: 0.9375rem; }
.log summary::before { content: '▸'; color: var(--soft); }
.log details[open] > summary::before { content: '▾'; }
.log summary .name { overflow-wrap: anywhere; font-weight: 550; }
.log .type { font-size: 0.8125rem; }
.type { color: var(--soft); }
.result { margin-left: auto; padding: 0 0.5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: 0.8125rem; }

.text { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.text summary { font-weight: 600; }
.text ol { padding-left: 1.25rem; }
.text pre { margin-bottom: 0.5rem; }

body:has(.whole) { display: flex; flex-direction: column; height: 100dvh; min-height: 34rem; }
.whole { flex: 1; min-height: 0; display: flex; flex-direction: column; }
.whole .box { margin: 1rem; }
.strip { margin: 0; padding: 0.375rem 1.25rem; color: var(--soft); font-size: 0.875rem; border-bottom: 1px solid var(--line); }
.strip:empty { display: none; }
#explorer, #sandbox { flex: 1; min-height: 0; }
#sandbox iframe { width: 100%; height: 100%; border: 0; }

@media (max-width: 45rem) {
  .column { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .top { padding: 0.5rem 1rem; }
  nav { gap: 0.25rem 0.875rem; font-size: 0.9375rem; }
  body:has(.whole) { height: auto; }
  #explorer { flex: none; height: 52rem; }
  #sandbox { flex: none; height: 40rem; }
  .devices { grid-template-columns: minmax(0, 1fr); }
  .account button { flex: 1 1 auto; }
}
`;

/** GraphiQL puts its panes side by side at any width; on a narrow screen they are stacked. */
export const explorerStyle = `
#explorer { overflow: hidden; }
#explorer .graphiql-container { height: 100%; min-height: 0; overflow: hidden; }
#explorer :is(.graphiql-main, .graphiql-sessions, .graphiql-editors, .graphiql-query-editor, .graphiql-editor-tool),
#explorer :has(> .graphiql-editors) { min-height: 0; }
#explorer .graphiql-logo { display: none; }
/* GraphiQL moves a tab away while it is being clicked, because it can be dragged. */
#explorer .graphiql-tab { transform: none !important; }
#explorer .graphiql-container { --color-primary: 8, 63%, 42%; }
@media (prefers-color-scheme: dark) { #explorer .graphiql-container { --color-primary: 9, 65%, 72%; } }
@media (max-width: 45rem) {
  #explorer .graphiql-main { min-width: 0; }
  #explorer :has(> .graphiql-editors) { flex-direction: column; }
  #explorer .graphiql-horizontal-drag-bar { display: none; }
  #explorer .graphiql-editors { flex: 3 1 0% !important; min-height: 0; }
  #explorer .graphiql-response { flex: 2 1 0% !important; min-height: 0; padding-bottom: 0.5rem; }
  #explorer .graphiql-sidebar { width: 2.75rem; padding: 0.25rem; }
}
`;
