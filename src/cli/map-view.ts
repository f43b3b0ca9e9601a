/** How far a map is, as lines of a terminal: a bar where it can be redrawn, a sentence elsewhere. */
import type { MapStanding } from '../client/map-progress.ts';
import { countText, durationText } from '../report/words.ts';
import { cut } from './table.ts';
import { say, type Styled, type Terminal } from './terminal.ts';

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;

/** The facts have the room that they need, the bar what is left: what fits on one line. */
export function mapBar(terminal: Terminal, standing: MapStanding, indent: number): Styled {
  const room = terminal.columns - indent - 1;
  const facts = cut(mapText(standing), room - NARROWEST_BAR);
  const width = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, room - facts.length));
  const full = Math.floor(partOf(standing) * width);
  const bar = say`${terminal.style('cyan', '█'.repeat(full))}${terminal.style('dim', '░'.repeat(width - full))}`;
  return say`${' '.repeat(indent)}${bar} ${facts}`;
}

/** The items first; the rest as far as there is something to say. What it costs is in the books, and stands with the subtask. */
export function mapText({ phase, done, items, dead, reused, perSecond, secondsLeft }: MapStanding): string {
  if (items === 0) return phase === 'items' ? 'counting the items' : 'comparing what came close';
  return [
    `${done.toLocaleString('en')} of ${countText(items, phase === 'items' ? 'item' : 'pair')}`,
    dead > 0 ? countText(dead, 'dead letter') : '',
    reused > 0 ? `${reused.toLocaleString('en')} known before` : '',
    perSecond > 0 ? `${rateText(perSecond)}/s` : '',
    secondsLeft === null || secondsLeft === 0 ? '' : `${leftText(secondsLeft)} left`,
  ]
    .filter((fact) => fact !== '')
    .join(' · ');
}

/** Of what was told of a map. */
export interface Told {
  phase: MapStanding['phase'];
  done: number;
  tenth: number;
  atMs: number;
}

const EVERY_MS = 10_000;

/** What is to be told now: at each tenth of the work, and else every ten seconds at most; null where there is nothing new. */
export function newsOf(standing: MapStanding, told: Told | undefined, nowMs: number): Told | null {
  const { phase, done } = standing;
  const news = { phase, done, tenth: Math.floor(partOf(standing) * 10), atMs: nowMs };
  if (!told || told.phase !== phase || news.tenth > told.tenth) return news;
  return done > told.done && nowMs - told.atMs >= EVERY_MS ? news : null;
}

const partOf = ({ done, items }: MapStanding): number => (items === 0 ? 0 : Math.min(1, done / items));

const leftText = (seconds: number): string => (seconds < 90 ? `${seconds} s` : durationText(seconds * 1000));

const rateText = (perSecond: number): string =>
  perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en');
