import type { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import { cutPage, type Handlers, type Kept, readPage, type ServiceContext } from "@shopmesh/mesh";
import { pageOf, word } from "../effects/wording.ts";
import { type MessageName, messageNamed, messageNames } from "../message.ts";
import { sampleModel } from "../model.ts";
import { defaultWording, findWording, insertWording, listWordings } from "../store/wordings.ts";
import { type Locale, locales, type TemplateText } from "../templates/template.ts";
import { wordingToProto } from "./proto.ts";

const pages = { standard: 50, most: 200, key: [/^[a-z-]+$/, /^[a-z]{2}$/] } as const;

/** What wordings need. */
export type TemplateDeps = Pick<ServiceContext, "clock"> & {
  /** What this process keeps of those that were changed. */
  readonly wordings: Pick<Kept<unknown>, "forget">;
};

type Method = "listTemplates" | "previewTemplate" | "updateTemplate";

/** How messages are worded. */
export function templateHandlers({ clock, wordings }: TemplateDeps): Handlers<typeof NotificationAdminService, Method> {
  return {
    async listTemplates(request, call) {
      const page = readPage(request, pages);
      const [afterName = "", afterLocale = ""] = page.after ?? [];
      const changed = await listWordings(call.sql);
      const all = messageNames
        .toSorted()
        .flatMap((name) =>
          locales
            .toSorted()
            .map(
              (locale) =>
                changed.find((one) => one.name === name && one.locale === locale) ?? defaultWording(name, locale),
            ),
        );
      const isWanted = (name: string, locale: string) =>
        (request.name === "" || name === request.name) &&
        (name > afterName || (name === afterName && locale > afterLocale));
      const found = all.filter(({ name, locale }) => isWanted(name, locale)).slice(0, page.limit);
      const { rows, nextPageToken } = cutPage(found, page, ({ name, locale }) => [name, locale]);
      return { templates: rows.map(wordingToProto), nextPageToken };
    },
    async previewTemplate(request, call) {
      const { name, locale } = keyOf(request);
      const text = request.text ?? (await findWording(call.sql, name, locale)).text;
      const { subject, text: plain, html, short } = tried(text, locale);
      return { subject, text: plain, html, short };
    },
    async updateTemplate(request, call) {
      const { name, locale } = keyOf(request);
      const { subject = "", text = "", html = "", short = "" } = request.text ?? {};
      const wording = { name, locale, text: { subject, text, html, short }, createMs: clock() };
      tried(wording.text, locale);
      return call.transaction(async (tx) => {
        const { version } = await findWording(tx, name, locale);
        const lost = new DomainError("aborted", "TEMPLATE_CHANGED", { name, locale, version: String(version) });
        if (version !== request.version) throw lost;
        const next = { ...wording, version: version + 1 };
        try {
          await insertWording(tx, next);
          tx.onCommit(() => wordings.forget());
        } catch (error) {
          throw isRefusal(error, "DUPLICATE") ? lost : error;
        }
        return { template: wordingToProto(next) };
      });
    },
  };
}

/** The message as it would look. Throws TEMPLATE_INVALID. */
function tried(text: TemplateText, locale: Locale) {
  return pageOf(word(text, sampleModel, { locale, isStrict: true }), locale, undefined);
}

function keyOf(request: { readonly name: string; readonly locale: string }): { name: MessageName; locale: Locale } {
  const name = messageNamed(request.name);
  const locale = locales.find((known) => known === request.locale);
  if (name !== undefined && locale !== undefined) return { name, locale };
  throw new DomainError("not-found", "TEMPLATE_NOT_FOUND", { name: request.name, locale: request.locale });
}
