/** The present time as epoch milliseconds. */
export type Clock = () => number;
