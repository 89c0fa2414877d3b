/** Small conveniences. Every page is whole without them. */
import { confirmForms } from "./confirm_forms";
import { keyShortcuts } from "./key_shortcuts";
import { closeMenus } from "./menus";
import { printButtons } from "./print_buttons";
import { autoSubmit } from "./auto_submit";

confirmForms(document);
keyShortcuts(document);
closeMenus(document);
printButtons(document);
autoSubmit(document);
