#!/usr/bin/env node
/** The `flotilla` command. */
import { runTask } from './main.js';

runTask('cli', process.argv.slice(2));
