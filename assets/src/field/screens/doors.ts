/** Before the first stall: who this phone works for, which market, and what stands in the way. */
import { h, icon } from "../dom";
import { draw } from "../frame";
import { chooseMarket, fetchMarket, type Market } from "../market";
import type { Me } from "../model";
import { CallError, type Trouble } from "../server";
import { t } from "../words";

/** What keeps the app shut; `said` are the server's own words for it, when it gave any. */
export function door(trouble: Trouble | "first_offline", said = ""): void {
  const words = {
    signed_out: [t("door_signed_out"), t("door_signed_out_help")],
    device_revoked: [t("door_revoked"), t("door_revoked_help")],
    role: [t("door_role"), t("door_role_help")],
    offline: [t("door_offline"), t("door_offline_help")],
    first_offline: [t("door_offline"), t("door_offline_help")],
    server: [t("door_server"), t("door_server_help")],
  }[trouble];
  draw({
    title: words[0]!,
    main: [
      h("p", null, said === "" ? words[1]! : said),
      trouble === "signed_out" ? h("a", { class: "btn go wide big", href: "/sign-in?next=/dd/" }, t("sign_in")) : null,
      h("button", { class: "btn wide", type: "button", onclick: () => location.reload() }, icon("sync"), ` ${t("try_again")}`),
      trouble === "role" ? h("a", { class: "btn quiet wide", href: "/" }, t("to_office")) : null,
    ],
  });
}

export function chooseOne(me: Me, chosen: (id: string) => void): void {
  draw({
    title: t("choose_market"),
    main: me.markets.length === 0
      ? h("div", { class: "empty" }, h("p", null, h("b", { class: "ink" }, t("no_market"))), h("p", null, t("no_market_help")))
      : h("div", { class: "lines" }, me.markets.map((market) =>
        h("a", { href: "#/", onclick: (event) => {
          event.preventDefault();
          chooseMarket(market.market_id);
          chosen(market.market_id);
        } }, h("span", { class: "k" }, icon("stall")), h("span", null, market.name), icon("next")))),
  });
}

/** What is here sooner than this is not worth a screen of its own, which costs a slow phone as much. */
const AT_ONCE_MS = 150;

/** The first load of a market: a weak network takes a while, so it says what it does. */
export async function loadFirst(id: string, name: string): Promise<Market | CallError> {
  const saying = setTimeout(() => {
    draw({ title: name, main: [h("p", { role: "status" }, t("loading_market")), h("progress", { class: "wide", "aria-label": t("loading_market") })] });
  }, AT_ONCE_MS);
  try {
    return await fetchMarket(id);
  } catch (error) {
    if (error instanceof CallError) return error;
    throw error;
  } finally {
    clearTimeout(saying);
  }
}
