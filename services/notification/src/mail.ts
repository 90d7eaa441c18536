/** What a mail says, in both forms. */
export type Mail = { readonly subject: string; readonly text: string; readonly html: string };

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Whether `text` is one address: mail programs take commas and brackets for more than one. */
export function isOneAddress(text: string): boolean {
  return /^[^\s,;:<>()"@]+@[^\s,;:<>()"@]+$/.test(text);
}

/** `text` as it stands, in HTML: between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A page that mail programs show alike: styles inside, nothing fetched. `body` is HTML. */
export function htmlPage(title: string, body: string, language: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1c1b1a; max-width: 36rem; margin: 0 auto; padding: 1.5rem; }
table { width: 100%; border-collapse: collapse; } td { padding: .25rem 0; vertical-align: top; }
td:last-child { text-align: right; white-space: nowrap; } a { color: #7a3b12; }
</style></head>
<body>
${body}
</body>
</html>
`;
}
