/** Small conveniences. Every page is whole without them. */
import { fileFields } from "./file_fields";
import { keyShortcuts } from "./key_shortcuts";
import { closeMenus } from "./menus";
import { showOpenStall } from "./open_stall";
import { printButtons } from "./print_buttons";
import { amountPage } from "./amount";
import { autoSubmit } from "./auto_submit";
import { drawnSheets } from "./drawn_sheets";
import { liveForms } from "./live_form";

fileFields(document);
keyShortcuts(document);
closeMenus(document);
showOpenStall(document);
printButtons(document);
autoSubmit(document);
amountPage(document);
liveForms(document);
drawnSheets(document);
