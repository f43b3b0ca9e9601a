/** The report's style sheet. Part of the page's security policy by its hash: it holds no text from outside. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --quiet: #5c6877; --paper: #ffffff; --line: #d9dfe7; --soft: #f4f6f9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --quiet: #9aa7b8; --paper: #14181f; --line: #2c3542; --soft: #1c222c; } }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p { margin: .35rem 0; }
.quiet { color: var(--quiet); font-size: .9rem; }
.notice { border-left: 4px solid #b58900; background: var(--soft); padding: .6rem .8rem; margin: .8rem 0; }
.notice.failed { border-color: #c0392b; }
article { border: 1px solid var(--line); border-radius: 6px; padding: .3rem .9rem .7rem; margin: .8rem 0; }
pre { background: var(--soft); border-radius: 4px; padding: .6rem .8rem; overflow-x: auto; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font-size: .88em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; margin: .5rem 0; }
@media (max-width: 45rem) { table { display: block; overflow-x: auto; } }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.badge { display: inline-block; border-radius: 4px; padding: 0 .45rem; font-size: .8rem; background: #6b7785; color: #fff; }
.badge.completed { background: #1e7b4a; } .badge.failed, .badge.critical { background: #b3261e; } .badge.high { background: #c2571a; }
.badge.medium { background: #94690b; } .badge.low { background: #3a6ea5; } .badge.cancelled, .badge.skipped { background: #6b7785; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: currentColor; } svg rect { fill: #3a6ea5; } svg rect.failed { fill: #b3261e; } svg rect.cancelled { fill: #6b7785; }
`;
