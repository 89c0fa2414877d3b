/** Whose phone this is, and how it is doing. */
import { h, glyph, icon } from "../dom";
import { findings } from "../environment";
import { draw, toast } from "../frame";
import { moment } from "../looks";
import { holdsSomething } from "../outbox";
import { signOut } from "../session";
import { state } from "../state";
import { applyUpdate } from "../updates";
import { chooseLanguage, lang, t, word, type Key } from "../words";
import { saveFile } from "./outbox";

export async function meScreen(): Promise<void> {
  const trouble = h("div", { class: "stack-2" });
  const { me, market } = state;
  const here = location.hash;
  const isHolding = await holdsSomething();
  if (location.hash !== here) return;
  draw({
    title: t("tab_me"), tab: "me",
    main: [
      h("div", null, h("p", { class: "name-l" }, me.staff.name), h("p", { class: "soft" }, [t(`role_${me.staff.role}` as Key), me.device?.label].filter(Boolean).join(" · "))),
      state.hasUpdate ? h("button", { class: "btn go wide", type: "button", onclick: () => void applyUpdate().then((answer) => answer === "draft_open" && toast(t("update_draft"))) }, t("update_do")) : null,
      trouble,
      h("section", { class: "stack-2" }, h("h2", null, market.rules.name),
        h("p", { class: "hint" }, t("list_of", { n: market.stalls.length, when: moment(market.loadedAt) })),
        h("a", { class: "btn wide", href: "#/rows" }, t("my_rows")),
        me.markets.length > 1 ? h("a", { class: "btn wide", href: "#/markets" }, t("change_market")) : null,
        market.rules.contact_phone ? h("a", { class: "btn wide", href: `tel:${market.rules.contact_phone}` }, icon("phone"), ` ${t("call", { who: market.rules.contact_name ?? market.rules.contact_phone })}`) : null,
        h("a", { class: "btn wide", href: "/dd/records" }, t("records_link"))),
      h("section", { class: "stack-2" }, h("h2", null, t("this_phone")),
        h("p", { class: "hint" }, t("install")),
        isHolding ? h("button", { class: "btn wide", type: "button", onclick: () => void saveFile() }, icon("save"), ` ${t("export")}`) : null,
        h("button", { class: "btn wide", type: "button", lang: lang() === "vi" ? "en" : "vi", onclick: () => {
          chooseLanguage(lang() === "vi" ? "en" : "vi");
          location.reload();
        } }, t("other_language")),
        h("button", { class: "btn wide", type: "button", onclick: () => void leave() }, t("sign_out")),
        isHolding ? h("p", { class: "hint" }, t("held_back")) : null),
    ],
  });
  const found = await findings();
  trouble.replaceChildren(...found.map((one) => h("div", { class: "note" }, glyph("hen"), h("div", null, t(`finding_${one}`)))));
}

async function leave(): Promise<void> {
  const answer = await signOut();
  if (answer === "held_back") toast(t("held_back"));
  else if (answer === "offline") toast(t("sign_out_offline"));
  else location.assign("/sign-in?next=/dd/");
}

export { word };
