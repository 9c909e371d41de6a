/** A span of time as people say it: "0.4 s", "12 s", "2 min 13 s", "3 h 5 min". */
export declare function duration(ms: number): string;
/** A running time as a clock shows it: "0:12", "1:02:03". */
export declare function stopwatch(ms: number): string;
/** A round trip: "0.3 ms", "48 ms", "1.2 s". */
export declare function roundTrip(ms: number): string;
export declare function lost(retryInMs: number | null, waiting: number): string;
export declare function ended(exit: {
    code: number | null;
    signal: string | null;
}, ranMs: number | null): string;
/** Words of a command as one would type them. */
export declare function commandLine(words: readonly string[]): string;
/** A directory, short: the last two parts are what tells it. */
export declare function shortPath(path: string): string;
