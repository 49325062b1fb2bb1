export { default } from "skysift-page/index.js";
