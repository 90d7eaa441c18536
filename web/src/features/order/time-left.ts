/** What is left until `untilMs`, as a clock shows it: "4:09", "1:02:30"; empty once it is over. */
export function timeLeft(untilMs: number, nowMs: number): string {
  const seconds = Math.ceil((untilMs - nowMs) / 1_000);
  if (seconds <= 0) return "";
  const two = (value: number) => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}:${two(seconds)}` : `${hours}:${two(minutes)}:${two(seconds)}`;
}
