/** The field app. */
import "./model";
