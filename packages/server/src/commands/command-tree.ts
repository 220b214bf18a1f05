import type { Command } from '@commander-js/extra-typings';

/** What the parts of the command line are added to. */
export type CommandTree = Command<[], { json?: true }>;
